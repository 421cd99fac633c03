/**
 * Every convolution kernel on every problem that it supports, with every tile, against the float64 reference; and with
 * every stage of the epilogue.
 */
import { describe, expect, test } from 'vitest';
import { outputShape, type ConvProblem } from '../../src/conv/problem';
import { convReference } from '../../src/conv/reference';
import type { Kernel } from '../../src/kernels/kernel';
import { run } from '../../src/ops/call';
import { conv2dKernels } from '../../src/ops/conv2d';
import { depthwiseKernels } from '../../src/ops/depthwise-conv2d';
import { groupedKernels } from '../../src/ops/grouped-conv2d';
import { pointwiseKernels } from '../../src/ops/pointwise-conv2d';
import { expectClose, sumBound } from '../support/close';
import { useGpu } from '../support/gpu';
import {
  conv2dProblems,
  depthwiseProblems,
  groupedProblems,
  pointwiseProblems,
  type NamedProblem,
} from '../support/problems';
import { randomValues } from '../support/random';

const gpu = useGpu();

const families: Readonly<Record<string, readonly [readonly Kernel[], readonly NamedProblem[]]>> = {
  depthwise: [depthwiseKernels, depthwiseProblems],
  conv2d: [conv2dKernels, [...conv2dProblems, ...pointwiseProblems]],
  pointwise: [pointwiseKernels, pointwiseProblems],
  grouped: [groupedKernels, groupedProblems],
};

for (const [family, [kernels, problems]] of Object.entries(families)) {
  describe(family, () => {
    for (const kernel of kernels) {
      for (const { name, problem } of problems.filter((p) => kernel.supports(p.problem))) {
        test(`${kernel.name} matches the reference: ${name}`, () => checkTiles(kernel, problem));
      }
    }
    test('every problem has a kernel, and every kernel a problem', () => {
      for (const { problem } of problems) expect(kernels.some((kernel) => kernel.supports(problem))).toBe(true);
      for (const kernel of kernels) expect(problems.some(({ problem }) => kernel.supports(problem))).toBe(true);
    });
  });
}

/** All tiles of a kernel, on CPU and GPU adapters' rules, on one problem. */
async function checkTiles(kernel: Kernel, p: ConvProblem): Promise<void> {
  const { context } = gpu();
  const shape = outputShape(p);
  const values = randomValues(p.batch * p.inHeight * p.inWidth * p.inChannels, 1);
  const terms = p.filterHeight * p.filterWidth * (p.inChannels / p.groups);
  const filter = randomValues(terms * p.outChannels, 2);
  const expected = convReference(p, values, filter);
  const bound = sumBound(terms, convReference(p, values.map(Math.abs), filter.map(Math.abs)));
  using x = gpu().tensor(values, [values.length]);
  using weights = gpu().tensor(filter, [filter.length]);
  const targets = [true, false].map((cpu) => ({ ...context.target, cpu }));
  const tiles = new Map(
    targets.flatMap((target) => kernel.tiles(p, target)).map((tile) => [JSON.stringify(tile), tile]),
  );
  const outputs = [...tiles.values()].map((tile) =>
    run('test', context, kernel.step(p, tile, [], context.target), { x, weights }, shape, ''),
  );
  try {
    for (const output of outputs) expectClose(await output.read(), expected, shape, bound);
  } finally {
    for (const output of outputs) output.dispose();
  }
}
