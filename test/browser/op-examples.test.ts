/**
 * Runs the example of every op unchanged, with tensors of the shapes that its comments state, and compares the shapes of the
 * results.
 */
import { expect, test } from 'vitest';
import { capture, REHEARSAL, release } from '../../src/gpu/tape';
import * as library from '../../src/index';
import type { Tensor } from '../../src/index';
import { useGpu } from '../support/gpu';
import { examplesOf } from '../support/op-examples';

const sources = import.meta.glob<string>('../../src/ops/*.ts', { query: '?raw', import: 'default', eager: true });

const gpu = useGpu();

type Shape = readonly number[];

/** The names that the examples use for tensors of the app. */
const TENSORS = (
  'x y p w q k low high nhwc filter bias gate mean variance deviation gamma beta scores anchors norms logits mask depth photo ' +
  'weights features depthwiseFilter pointwiseFilter'
).split(' ');

/** The shape of a tensor that neither the comments nor `SHAPES` describe. */
const ANY: Shape = [1, 8, 8, 4];

/** Shapes that the examples do not state. */
const SHAPES: Readonly<Record<string, Readonly<Record<string, Shape>>>> = {
  batchNorm: { mean: [4], variance: [4], gamma: [4], beta: [4] },
  cast: { filter: [3, 3, 4, 1] },
  conv2d: { x: [1, 224, 224, 3] },
  conv2dTranspose: { bias: [32] },
  explain: { filter: [3, 3, 4, 1] },
  groupedConv2d: { x: [1, 56, 56, 128] },
  instanceNorm: { beta: [32] },
  layerNorm: { beta: [96] },
  matMul: { x: [8, 16], w: [16, 4], bias: [4] },
  pointwiseConv2d: { x: [1, 8, 8, 128], bias: [256] },
  resnextBottleneck: { x: [1, 8, 8, 64] },
  separableConv2d: { depthwiseFilter: [3, 3, 4, 1], pointwiseFilter: [4, 8], mean: [4], variance: [4] },
  stridedSlice: { x: [1, 56, 56, 64] },
};

/** The weights of the blocks, by the names in their examples. */
const BLOCKS: Readonly<Record<string, Readonly<Record<string, Shape>>>> = {
  invertedResidual: { expand: [24, 144], depthwise: [3, 3, 144, 1], project: [144, 24] },
  resnextBottleneck: { reduce: [64, 128], grouped: [3, 3, 4, 128], expand: [128, 64] },
  separableBlock: { depthwise: [3, 3, 64, 1], pointwise: [64, 128] },
};

/** The comments in these examples state numbers instead of shapes. */
const OF_NUMBERS = new Set(['cumsum', 'parameterCount', 'explain']);

/** Enough numbers for every example. Nothing is uploaded. */
const NUMBERS = new Float32Array(30_000 * 768);

/** Other variables of the app. */
const APP = { weights: NUMBERS, features: NUMBERS, pixels: NUMBERS, console: { log: (): void => {} } };

const examples = Object.values(sources).flatMap((source) => examplesOf(source, TENSORS));

test('every op has an example', () => {
  const ops = examples.map(({ op }) => op);
  expect(ops.length).toBeGreaterThan(100);
  expect(Object.keys(library)).toEqual(expect.arrayContaining(ops));
  expect(Object.keys({ ...SHAPES, ...BLOCKS }).filter((op) => !ops.includes(op))).toEqual([]);
});

test.for(examples)('$op', ({ op, statements }) => {
  const own = gpu();
  const tensor = (_: unknown, shape: Shape): Tensor => own.tensor(numbersFor(shape), shape);
  const call = (): void => {
    const blocks = Object.entries(BLOCKS[op] ?? {}).map(
      ([name, shape]) => [name, { filter: tensor(0, shape) }] as const,
    );
    const made: Record<string, unknown> = { ...APP, gpu: { tensor }, ...Object.fromEntries(blocks) };
    for (const { code, names, takes, reads, given, expected } of statements) {
      const tensors = reads.map((name) => [name, tensor(0, given[name] ?? SHAPES[op]?.[name] ?? ANY)] as const);
      const value = valueOf(code, { ...library, ...made, ...Object.fromEntries(tensors) });
      if (takes === 'fields') Object.assign(made, value);
      const values = takes === 'elements' ? (value as readonly Tensor[]) : [value as Tensor];
      if (takes !== 'fields') for (const [i, name] of names.entries()) made[name] = values[i];
      if (expected.length === 0 || OF_NUMBERS.has(op)) continue;
      for (const [i, { shape }] of values.entries()) expect(shape, code).toEqual(expected[i] ?? expected[0]);
    }
  };
  release(own.context, capture(own.context, op, call, REHEARSAL));
});

function numbersFor(shape: Shape): Float32Array {
  const size = shape.reduce((product, n) => product * n, 1);
  return NUMBERS.subarray(0, size);
}

function valueOf(expression: string, scope: Readonly<Record<string, unknown>>): unknown {
  // oxlint-disable-next-line no-implied-eval, no-new-func -- the code is this repository's own
  return new Function(...Object.keys(scope), `return ${expression}`)(...Object.values(scope));
}
