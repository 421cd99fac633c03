/** .tflite files beside LiteRT's wasm, which says what they mean. */
import { describe, expect, test } from 'vitest';
import type { Gpu } from '../../src/index';
import { TFLITE } from '../../src/load/tflite/dialect';
import { loadTfliteModel } from '../../src/load/tflite/load-tflite-model';
import { withGpu } from '../support/gpu';
import { runLiteRt } from '../support/litert';
import { TFLITE_CASES, type TfliteCase } from '../support/tflite-cases';
import { tinyTflite } from '../support/tflite-file';

/** How far apart two results are, in shares of the second. */
function distance(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity;
  const [sum, own] = Array.from(expected).reduce(([d, n], v, i) => [d + (actual[i] - v) ** 2, n + v ** 2], [0, 0]);
  return Math.sqrt(sum) / Math.max(Math.sqrt(own), 1e-6);
}

/** What each output of a case differs by. */
async function differences(gpu: Gpu, { file, feeds }: TfliteCase): Promise<Record<string, string>> {
  const bytes = tinyTflite(file);
  const expected = await runLiteRt(bytes, file.inputs.map((name) => [feeds[name], file.tensors[name].shape])); // prettier-ignore
  using model = await loadTfliteModel(gpu, bytes);
  const results = await model.run(feeds);
  const wrong: Record<string, string> = {};
  for (const [i, name] of file.outputs.entries()) {
    using tensor = results[name];
    const d = distance(await tensor.read(), expected[i]);
    if (!(d < 1e-5)) wrong[name] = `${d.toExponential(1)} of ${expected[i].length}, shape ${tensor.shape.join()}`;
  }
  return wrong;
}

/** Ops that wait for a function of their own. */
const MISSING = ['ATAN2', 'BATCH_TO_SPACE_ND', 'CUMSUM', 'LOG_SOFTMAX', 'SPACE_TO_BATCH_ND', 'SPACE_TO_DEPTH'];

/** A case without operators that are missing. */
function supported(one: TfliteCase): TfliteCase {
  const operators = one.file.operators.filter(({ op }) => TFLITE.ops.has(op));
  const made = new Set(operators.flatMap((operator) => operator.outputs));
  return { ...one, file: { ...one.file, operators, outputs: one.file.outputs.filter((name) => made.has(name)) } };
}

test('ops that are missing are these', () => {
  const ops = TFLITE_CASES.flatMap(({ file }) => file.operators.map(({ op }) => op));
  const missing = [...new Set(ops)].filter((op) => !TFLITE.ops.has(op));
  expect(missing.filter((op) => !MISSING.includes(op))).toEqual([]);
});

describe('operators are what LiteRT computes', () => {
  test.for(TFLITE_CASES.map((one) => [one.name, one] as const))('%s', async ([, one]) => {
    await withGpu({}, async (gpu) => {
      expect(await differences(gpu, supported(one))).toEqual({});
    });
  });
});
