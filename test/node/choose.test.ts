/**
 * The default rule on CPU adapters. Where halves are packed in words, loading a single half is slow, and storing one is
 * slower. And its tiles for large filters on GPUs.
 */
import { describe, expect, test } from 'vitest';
import {
  conv2dProblem,
  depthwiseProblem,
  groupedProblem,
  pointwiseProblem,
  type ConvProblem,
} from '../../src/conv/problem';
import { byRule } from '../../src/kernels/choice';
import { conv2d, depthwise, grouped, pointwise } from '../../src/kernels/convolutions';
import { depthwiseRows } from '../../src/kernels/depthwise-rows';
import { addKernelsForCpu } from '../../src/kernels/for-cpu';
import { addKernelsForTuner } from '../../src/kernels/for-tuner';
import type { Halves } from '../../src/kernels/half';
import type { Target } from '../../src/kernels/kernel';
import type { Operation } from '../../src/kernels/operation';
import type { Tile } from '../../src/step';
import { AMD, SWIFTSHADER, targetFor } from '../support/target';

addKernelsForCpu();
addKernelsForTuner();

const cpu = (...features: string[]): Target => targetFor(SWIFTSHADER, ...features);
const halves: Halves = { stored: new Set(['x', 'weights', 'output']), sums: false };

const layer = depthwiseProblem('test', [1, 28, 28, 64], [3, 3, 64, 1], { padding: 'same' });
const odd = depthwiseProblem('test', [1, 28, 28, 63], [3, 3, 63, 1], { padding: 'same' });
const mix = pointwiseProblem('test', [1, 28, 28, 64], [64, 64]);

const rule = (operation: Operation<ConvProblem>, problem: ConvProblem, target: Target, half?: Halves): string =>
  byRule({ operation, kernels: operation.kernels, problem, epilogue: [], halves: half }, target).kernel.name;

test('a CPU adapter takes single lanes, but vectors of packed halves', () => {
  expect(rule(depthwise, layer, cpu())).toBe('depthwise/strip');
  expect(rule(depthwise, layer, cpu(), halves)).toBe('depthwise/tile');
  expect(rule(pointwise, mix, cpu('subgroups'))).toBe('pointwise/quad');
  expect(rule(pointwise, mix, cpu('subgroups'), halves)).toBe('pointwise/tile');
});

test('a CPU adapter takes quads for a dense convolution that is worth them', () => {
  const dense = (size: number, channels: number, outputs: number): ConvProblem =>
    conv2dProblem('test', [1, size, size, channels], [3, 3, channels, outputs], { padding: 'same' });
  expect(rule(conv2d, dense(28, 16, 16), cpu('subgroups'))).toBe('conv2d/quad');
  expect(rule(conv2d, dense(28, 16, 16), targetFor(AMD, 'subgroups'))).toBe('conv2d/split');
  expect(rule(conv2d, dense(28, 16, 16), cpu('subgroups'), halves)).toBe('conv2d/tile');
  for (const few of [dense(28, 3, 16), dense(28, 16, 4), dense(3, 16, 16)])
    expect(rule(conv2d, few, cpu('subgroups'))).toBe('conv2d/tile');
  // These filters cover separate patches of an image, so no two outputs share a pixel.
  const patches = conv2dProblem('test', [1, 32, 32, 3], [4, 4, 3, 16], { strides: 4 });
  expect(rule(conv2d, patches, cpu('subgroups'))).toBe('conv2d/quad');
});

test('a CPU adapter takes quads for wide groups, and for any that take no neighbours', () => {
  const groups = (filter: number, members: number, outputs: number): ConvProblem =>
    groupedProblem('test', [1, 14, 14, 4 * members], [filter, filter, members, 4 * outputs], { groups: 4 });
  for (const wide of [groups(3, 16, 16), groups(1, 6, 4)]) {
    expect(rule(grouped, wide, cpu('subgroups'))).toBe('grouped/quad');
    expect(rule(grouped, wide, cpu('subgroups'), halves)).toBe('grouped/direct');
    expect(rule(grouped, wide, targetFor(AMD, 'subgroups'))).not.toBe('grouped/quad');
  }
  expect(rule(grouped, groups(3, 8, 8), cpu('subgroups'))).toBe('grouped/direct');
});

test('a CPU adapter takes quads for channels that do not fill vectors, if there is enough to do', () => {
  const dense = (channels: number, outputs: number, strides: number): ConvProblem =>
    conv2dProblem('test', [1, 28, 28, channels], [3, 3, channels, outputs], { padding: 'same', strides });
  const groups = (width: number, strides: number): ConvProblem =>
    groupedProblem('test', [1, 28, 28, 4 * width], [3, 3, width, 4 * width], { groups: 4, padding: 'same', strides });
  for (const much of [dense(3, 21, 2), dense(5, 30, 1)])
    expect(rule(conv2d, much, cpu('subgroups'))).toBe('conv2d/quad');
  for (const little of [dense(3, 21, 1), dense(1, 21, 2)])
    expect(rule(conv2d, little, cpu('subgroups'))).toBe('conv2d/tile');
  expect(rule(grouped, groups(9, 2), cpu('subgroups'))).toBe('grouped/quad');
  for (const little of [groups(5, 2), groups(9, 1)])
    expect(rule(grouped, little, cpu('subgroups'))).toBe('grouped/direct');
});

test('a CPU adapter walks the rows of a large filter in small parts of one size', () => {
  const tile = (filter: number, size: number, strides = 1): Tile => {
    const problem = depthwiseProblem('test', [1, size, size, 8], [filter, filter, 8, 1], { padding: 'same', strides });
    return depthwiseRows.tiles(problem, cpu())[0];
  };
  expect(tile(31, 56)).toEqual({ TILE_WIDTH: 14, CHUNK: 4, LANES: 1 });
  expect(tile(9, 30)).toEqual({ TILE_WIDTH: 10, CHUNK: 3, LANES: 1 });
  expect(tile(9, 30, 2)).toEqual({ TILE_WIDTH: 5, CHUNK: 3, LANES: 1 });
  expect(tile(13, 10)).toEqual({ TILE_WIDTH: 10, CHUNK: 13, COLUMNS: 4, LANES: 1 });
});

test('a CPU adapter takes single lanes of halves with shader-f16, or if the channels do not fill vectors', () => {
  expect(rule(depthwise, layer, cpu('shader-f16'), halves)).toBe('depthwise/strip');
  expect(rule(depthwise, odd, cpu(), halves)).toBe('depthwise/strip');
});

describe('a GPU shares the rows of a large filter among invocations', () => {
  const tile = (filter: number, size: number, channels: number, batch = 1, device = AMD): Tile => {
    const shape = [batch, size, size, channels];
    const problem = depthwiseProblem('test', shape, [filter, filter, channels, 1], { padding: 'same' });
    return depthwiseRows.tiles(problem, targetFor(device))[0];
  };

  test('eight, where the strips of the map are few', () => {
    expect(tile(13, 7, 64)).toMatchObject({ TILE_WIDTH: 1, SPLITS: 8 });
    expect(tile(13, 7, 1024)).toMatchObject({ TILE_WIDTH: 4, SPLITS: 8 });
    for (const strips of [tile(27, 14, 512), tile(29, 28, 256), tile(31, 56, 128), tile(31, 112, 64)])
      expect(strips).toMatchObject({ TILE_WIDTH: 7, SPLITS: 8 });
  });

  test('four, where eight leave more of them idle', () => {
    expect(tile(11, 28, 256)).toMatchObject({ TILE_WIDTH: 7, SPLITS: 4 });
  });

  test('none, where the strips keep the device busy, or where workgroup memory is no faster', () => {
    for (const alone of [tile(9, 112, 64), tile(13, 56, 128, 8)]) {
      expect(alone.TILE_WIDTH).toBe(7);
      expect(alone).not.toHaveProperty('SPLITS');
    }
    expect(tile(27, 14, 512, 1, { vendor: 'arm', architecture: 'valhall' })).toMatchObject({ TILE_WIDTH: 1 });
    expect(tile(27, 14, 512, 1, { vendor: 'arm', architecture: 'valhall' })).not.toHaveProperty('SPLITS');
  });
});
