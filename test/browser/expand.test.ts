/**
 * A pointwise convolution and the depthwise one after it in one dispatch: the same numbers as two float64 convolutions one after
 * the other, and in a program as the calls that it was traced from.
 */
import { describe, expect, test } from 'vitest';
import { depthwiseProblem, pointwiseProblem } from '../../src/conv/problem';
import { convReference } from '../../src/conv/reference';
import { outputShape, type ConvGeometry } from '../../src/conv/window';
import { activationCode } from '../../src/kernels/activation';
import { expandFused } from '../../src/kernels/expand';
import type { Target } from '../../src/kernels/kernel';
import type { ConvPair } from '../../src/kernels/pair';
import { profileOf } from '../../src/kernels/profile';
import { expectClose, sumBound } from '../support/close';
import { useGpu } from '../support/gpu';
import { randomValues } from '../support/random';
import { runStep } from '../support/run-step';
import { AMD } from '../support/target';

const gpu = useGpu();

interface Case {
  readonly name: string;
  readonly input: readonly [batch: number, height: number, width: number, channels: number];
  readonly filter: readonly [height: number, width: number];
  readonly out: number;
  readonly geometry: ConvGeometry;
}

const same = { padding: 'same' } as const;
const cases: readonly Case[] = [
  { name: 'less than one tile', input: [1, 3, 5, 4], filter: [3, 3], out: 4, geometry: same },
  { name: 'one pixel', input: [1, 1, 1, 4], filter: [3, 3], out: 8, geometry: same },
  { name: 'a whole map in a tile, ragged slices', input: [1, 14, 14, 8], filter: [3, 3], out: 20, geometry: same },
  {
    name: 'ragged tiles, words that are no power of two',
    input: [1, 19, 33, 44],
    filter: [3, 3],
    out: 12,
    geometry: same,
  },
  { name: 'stride 2, batch 3', input: [3, 17, 18, 8], filter: [3, 3], out: 36, geometry: { ...same, strides: 2 } },
  { name: '5x5, chunks of words', input: [1, 20, 21, 64], filter: [5, 5], out: 8, geometry: same },
  { name: '5x5, stride 2', input: [1, 29, 30, 12], filter: [5, 5], out: 8, geometry: { ...same, strides: 2 } },
  { name: 'strides differ, valid', input: [2, 19, 40, 8], filter: [2, 5], out: 8, geometry: { strides: [3, 1] } },
  { name: 'lopsided padding', input: [2, 17, 6, 4], filter: [2, 3], out: 12, geometry: { padding: [[0, 3], [2, 0]] } }, // prettier-ignore
  { name: 'padding of whole tiles', input: [1, 5, 18, 4], filter: [3, 3], out: 4, geometry: { padding: [[19, 20], [2, 9]] } }, // prettier-ignore
  { name: 'a tall stride', input: [1, 43, 9, 4], filter: [3, 2], out: 8, geometry: { strides: [7, 2] } },
  { name: 'long filters', input: [1, 18, 20, 4], filter: [8, 1], out: 4, geometry: same },
];

function pairOf({ input, filter, out, geometry }: Case, between: ConvPair['between'] = []): ConvPair {
  const pointwise = pointwiseProblem('test', input, [input[3], out], {});
  return {
    depthwise: depthwiseProblem('test', outputShape(pointwise), [...filter, out, 1], geometry),
    pointwise,
    between,
  };
}

const bias = { kind: 'bias' } as const;
const relu6 = { kind: 'activation', code: activationCode('test', 'relu6') } as const;

/** The tiles for GPUs, and for those that have workgroups of half the size. */
function tilesOf(pair: ConvPair): ReturnType<typeof expandFused.tiles> {
  const targets = [256, 128].map((most): Target => {
    const { limits, ...target } = gpu().context.target;
    return { ...target, profile: profileOf(AMD), limits: { ...limits, maxComputeInvocationsPerWorkgroup: most } };
  });
  const tiles = targets.flatMap((target) => expandFused.tiles(pair, target));
  return [...new Map(tiles.map((tile) => [JSON.stringify(tile), tile])).values()];
}

const absolute = (values: Float32Array): Float32Array => values.map(Math.abs);
const clipped = (v: number): number => Math.min(Math.max(v, 0), 6);

describe('expand/fused matches the reference by every tile', () => {
  test.for(cases)('$name', async (c) => {
    const pair = pairOf(c, [bias, relu6]);
    expect(expandFused.supports(pair)).toBe(true);
    const { depthwise, pointwise } = pair;
    const [inputs, taps] = [c.input[3], c.filter[0] * c.filter[1]];
    const numbers = {
      x: randomValues(c.input.reduce((a, b) => a * b, 1), 1), // prettier-ignore
      mix: randomValues(inputs * c.out, 2),
      weights: randomValues(taps * c.out, 3),
      between_bias: randomValues(c.out, 4),
      bias: randomValues(c.out, 5),
    };
    const tensors = Object.entries(numbers).map(
      ([name, values]) => [name, gpu().tensor(values, [values.length])] as const,
    );
    const outputs = tilesOf(pair).map((tile) =>
      runStep(
        gpu().context,
        expandFused.step(pair, tile, [bias], gpu().context.target),
        Object.fromEntries(tensors),
        outputShape(depthwise),
      ),
    );
    const middle = convReference(pointwise, numbers.x, numbers.mix).map((v, i) =>
      clipped(v + numbers.between_bias[i % c.out]),
    );
    const expected = convReference(depthwise, middle, numbers.weights).map((v, i) => v + numbers.bias[i % c.out]);
    const middleBound = sumBound(inputs + 1, convReference(pointwise, absolute(numbers.x), absolute(numbers.mix)).map((v) => v + 1)); // prettier-ignore
    const weights = absolute(numbers.weights);
    const carried = convReference(depthwise, middleBound, weights);
    const own = sumBound(
      taps + 1,
      convReference(depthwise, middle.map(Math.abs), weights).map((v) => v + 1),
    );
    const bound = carried.map((error, i) => error + own[i]);
    try {
      // Side by side: Firefox looks only every 100 ms whether a read is done.
      const results = await Promise.all(outputs.map((output) => output.read()));
      for (const result of results) expectClose(result, expected, outputShape(depthwise), bound);
    } finally {
      for (const tensor of [...outputs, ...tensors.map(([, one]) => one)]) tensor.dispose();
    }
  });
});
