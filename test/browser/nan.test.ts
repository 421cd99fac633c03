/**
 * NaN and infinities must pass through every op as in TensorFlow, so that a network that diverged does not look healthy.
 */
import { version_cpu } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { add, compile, multiply, type DType, type Gpu, type Tensor } from '../../src/index';
import { asHalves } from '../support/close';
import { useGpu } from '../support/gpu';
import { inBothFormats } from '../support/halves';
import { nanCases, notOfTensors, type NanCase } from '../support/nan-cases';
import { publicCalls } from '../support/public-calls';
import { randomValues } from '../support/random';

beforeAll(async () => {
  // Importing the version registers the backend.
  expect(await tf.setBackend('cpu'), `TensorFlow.js ${version_cpu}`).toBe(true);
});

test('every public function that computes is in the table', () => {
  const named = new Set([...nanCases.map(({ name }) => name), ...notOfTensors]);
  expect([...named].toSorted()).toEqual([...publicCalls].toSorted());
});

/**
 * The special numbers that are put into an input. Place 0 is the first element, which is a corner of an image. Place 1 lies
 * further inside.
 */
const SPECIALS = [
  // NaN as JavaScript and most GPUs make it, and as x86 makes it.
  { bits: 0x7fc0_0000, place: 1 },
  { bits: 0xffc0_0000, place: 0 },
  // Positive and negative infinity.
  { bits: 0x7f80_0000, place: 0 },
  { bits: 0xff80_0000, place: 1 },
] as const;
type Special = (typeof SPECIALS)[number];

/** Numbers that halves hold exactly, of both signs or all positive, with the special number among them. */
function valuesOf(shape: readonly number[], positive: boolean, { bits, place }: Special): Float32Array {
  const size = shape.reduce((product, n) => product * n, 1);
  const values = asHalves(randomValues(size, 7).map((v) => (positive ? Math.abs(v) + 0.25 : v)));
  new Uint32Array(values.buffer)[place * Math.floor(size / 2 - 3)] = bits;
  return values;
}

/** The other operands are positive and small, so that sums stay below the largest half. */
function othersOf(others: NanCase['others']): readonly { shape: readonly number[]; values: Float32Array }[] {
  return others.map((shape, i) => {
    const size = shape.reduce((product, n) => product * n, 1);
    return { shape, values: asHalves(randomValues(size, i + 1).map((v) => Math.abs(v) / 4 + 0.125)) };
  });
}

/** Whether two numbers are equal up to rounding. NaN and infinities must be identical. */
function isAlike(actual: number, expected: number, tolerance: number): boolean {
  if (!Number.isFinite(expected)) return Object.is(actual, expected);
  return Math.abs(actual - expected) <= tolerance * (1 + Math.abs(expected));
}

/** Only the places of NaN and infinities matter here. Other tests check the other numbers more closely. */
const TOLERANCES: Readonly<Record<DType, number>> = { f32: 2 ** -15, f16: 2 ** -7 };

async function expectAlike(
  tensors: readonly Tensor[],
  expected: readonly tf.Tensor[],
  tolerance: number,
): Promise<void> {
  expect(tensors.length).toBe(expected.length);
  const read = await Promise.all(tensors.map((tensor) => tensor.read()));
  for (const [i, actual] of read.entries()) {
    const values = expected[i].dataSync<'float32'>();
    expect(actual.length).toBe(values.length);
    const wrong = [...actual.keys()].filter((at) => !isAlike(actual[at], values[at], tolerance));
    expect(wrong.map((at) => `[${at}] is ${actual[at]} and should be ${values[at]}`)).toEqual([]);
  }
}

describe('f32', () => {
  testAll(useGpu(), 'f32');
});

inBothFormats((gpu) => {
  describe('f16', () => {
    testAll(gpu, 'f16');
  });
});

function testAll(gpu: () => Gpu, dtype: DType): void {
  test.each(nanCases.map((given) => [given.title, given] as const))('%s', async (_, given) => {
    await Promise.all(given.shapes.map((shape) => expectBoth(gpu(), dtype, given, shape)));
  });
}

const flat = <T>(results: T | readonly T[]): readonly T[] => [results].flat() as T[];

function theirsOf(given: NanCase, values: Float32Array, shape: readonly number[]): readonly tf.Tensor[] {
  const imageOf = (of: Float32Array, sizes: readonly number[]): tf.Tensor4D =>
    tf.tensor(of, [...sizes] as [number, number, number, number]);
  const operands = othersOf(given.others);
  return tf.tidy(() => [
    ...flat<tf.Tensor>(given.theirs(imageOf(values, shape), ...operands.map((o) => imageOf(o.values, o.shape)))),
  ]);
}

/** Checks the call alone, and in a program where it may be fused with a call before it and one after it. */
async function expectBoth(gpu: Gpu, dtype: DType, given: NanCase, shape: readonly number[]): Promise<void> {
  const others = othersOf(given.others).map((other) => gpu.tensor(other.values, other.shape, { dtype }));
  const tolerance = given.name === 'cast' ? TOLERANCES.f16 : TOLERANCES[dtype];
  const program = await compile(gpu, { x: { shape, dtype } }, (inputs) => {
    const outputs = flat<Tensor>(given.ours(multiply(inputs.x, 1), ...others));
    return Object.fromEntries(outputs.map((output, i) => [String(i), add(output, 0)]));
  });
  // All numbers are checked at once, because some browsers find a finished read only by polling.
  const checked = SPECIALS.map(async (special) => {
    const values = valuesOf(shape, given.positive, special);
    using x = gpu.tensor(values, shape, { dtype });
    const expected = theirsOf(given, values, shape);
    const eager = flat<Tensor>(given.ours(x, ...others));
    const fused = Object.values(program.run({ x }));
    await Promise.all([eager, fused].map((results) => expectAlike(results, expected, tolerance)));
    for (const tensor of [...eager, ...fused]) tensor.dispose();
    tf.dispose([...expected]);
  });
  await Promise.all(checked);
  for (const other of others) other.dispose();
  program.dispose();
}
