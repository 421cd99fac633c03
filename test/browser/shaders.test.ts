/**
 * Every file in shaders/ is a program that compiles as it stands, and unrolling it changes nothing but its speed.
 */
import { describe, expect, test } from 'vitest';
import depthwiseTileWgsl from '../../shaders/depthwise-tile.wgsl?raw';
import { outputShape } from '../../src/conv/problem';
import { convReference } from '../../src/conv/reference';
import { depthwiseTile } from '../../src/kernels/depthwise-tile';
import { tileKnobs } from '../../src/kernels/image-tile';
import { specialize } from '../../src/kernels/specialize';
import { run } from '../../src/ops/call';
import { expectClose, sumBound } from '../support/close';
import { useGpu } from '../support/gpu';
import { depthwiseProblems } from '../support/problems';
import { randomValues } from '../support/random';

const gpu = useGpu();

const shaders = import.meta.glob<string>('../../shaders/*.wgsl', { query: '?raw', import: 'default', eager: true });

test.for(Object.entries(shaders))('%s compiles as it stands', async ([label, wgsl]) => {
  const { device } = gpu();
  // The messages below say more than the error that the scope catches.
  device.pushErrorScope('validation');
  const module = device.createShaderModule({ label, code: wgsl });
  await device.popErrorScope();
  const { messages } = await module.getCompilationInfo();
  expect(messages.map(({ type, lineNum, message }) => `${type} in line ${lineNum}: ${message}`)).toEqual([]);
  await device.createComputePipelineAsync({ label, layout: 'auto', compute: { module, entryPoint: 'main' } });
});

describe('depthwise/tile computes the same looped and unrolled', () => {
  const few = new Set([
    'strides differ per axis',
    'dilations differ per axis',
    'stride and dilation together',
    'batch 3, ragged tiles',
  ]);
  test.for(depthwiseProblems.filter(({ name }) => few.has(name)))('$name', async ({ problem: p }) => {
    const { context } = gpu();
    const values = randomValues(p.batch * p.inHeight * p.inWidth * p.inChannels, 3);
    const filter = randomValues(p.filterHeight * p.filterWidth * p.outChannels, 4);
    const tile = { ...depthwiseTile.tiles(p, { ...context.target, cpu: false })[0], TILE_WIDTH: 2, TILE_HEIGHT: 2 };
    const unrolled = depthwiseTile.step(p, tile, [], context.target);
    const wgsl = specialize(depthwiseTileWgsl.replaceAll('// @unroll', ''), {
      knobs: { ...tile, ...tileKnobs(p, tile) },
    });
    expect(wgsl).toContain('for (var tap_x');
    expect(unrolled.wgsl).not.toContain('for (');

    const shape = outputShape(p);
    const expected = convReference(p, values, filter);
    const bound = sumBound(
      p.filterHeight * p.filterWidth,
      convReference(p, values.map(Math.abs), filter.map(Math.abs)),
    );
    using x = gpu().tensor(values, [values.length]);
    using weights = gpu().tensor(filter, [filter.length]);
    using a = run('test', context, unrolled, { x, weights }, shape, '');
    using b = run('test', context, { ...unrolled, wgsl }, { x, weights }, shape, '');
    const [fromUnrolled, fromLooped] = await Promise.all([a.read(), b.read()]);
    expectClose(fromUnrolled, expected, shape, bound);
    expectClose(fromLooped, expected, shape, bound);
  });
});
