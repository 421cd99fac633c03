/**
 * The labels that a profiler shows: programs have the kernel and the tile, because a program serves many problems, and
 * dispatches also have the problem.
 */
import { expect, test, vi } from 'vitest';
import { stepsBehind } from '../../src/gpu/provenance';
import { compile, depthwiseConv2d, type Tensor } from '../../src/index';
import { withGpu } from '../support/gpu';

test('programs are named by kernel and tile, dispatches by their problem, called or in a program', async () => {
  const markers = vi.spyOn(GPUComputePassEncoder.prototype, 'insertDebugMarker');
  try {
    await withGpu({}, async (own) => {
      const pipelines = vi.spyOn(own.device, 'createComputePipelineAsync');
      using filter = own.tensor(new Float32Array(9 * 4), [3, 3, 4, 1]);
      const call = (size: number, x = own.tensor(new Float32Array(size * size * 4), [1, size, size, 4])): Tensor =>
        depthwiseConv2d(x, filter);
      const [small, large] = [call(7), call(9)];
      await Promise.all([small, large].map((y) => y.read()));
      using program = await compile(own, { x: [1, 7, 7, 4] }, ({ x }) => call(7, x));
      program.run({ x: new Float32Array(7 * 7 * 4) });
      await own.finished();

      const steps = [small, large].flatMap(({ provenance }) => stepsBehind(provenance!));
      const programs = steps.map(({ kernel, tile }) => `${kernel} ${Object.values(tile).join('x')}`);
      expect(pipelines.mock.calls.map(([{ label }]) => label)).toEqual([...new Set(programs)]);
      const sizes = markers.mock.calls.map(([label]) => label.split(' ').slice(2, 3).join());
      // Of two calls that need nothing of each other, the one that is compiled first goes first.
      expect(sizes.toSorted()).toEqual(['1x7x7x4->4', '1x7x7x4->4', '1x9x9x4->4']);
    });
  } finally {
    markers.mockRestore();
  }
});
