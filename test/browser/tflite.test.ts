/** .tflite files beside LiteRT's wasm, which says what they mean. */
import boxJson from '@handtracking.io/yoha/dist/box/model.json?url';
import box from '@handtracking.io/yoha/dist/box/model.tflite?url';
import lan from '@handtracking.io/yoha/dist/lan/model.tflite?url';
import selfie from '@mediapipe/selfie_segmentation/selfie_segmentation.tflite?url';
import selfieLandscape from '@mediapipe/selfie_segmentation/selfie_segmentation_landscape.tflite?url';
import { describe, expect, test } from 'vitest';
import { photograph } from '../../demo/models/real-models';
import { loadGraphModel, type Gpu } from '../../src/index';
import { TFLITE } from '../../src/load/tflite/dialect';
import { loadTfliteModel } from '../../src/load/tflite/load-tflite-model';
import { useGpu } from '../support/gpu';
import { runLiteRt } from '../support/litert';
import { STEP, TFLITE_CASES, wholeNumbers, type TfliteCase } from '../support/tflite-cases';
import { tinyTflite } from '../support/tflite-file';

const gpu = useGpu();

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
  for (const name of file.outputs) {
    using tensor = results[name];
    const d = distance(await tensor.read(), expected.get(name) ?? []);
    if (!(d < 1e-5)) wrong[name] = `${d.toExponential(1)}, shape ${tensor.shape.join()}`;
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
    expect(await differences(gpu(), supported(one))).toEqual({});
  });
});

/** Networks, how they take a photograph, and how far from LiteRT's their results may be. */
const MODELS = [
  { name: 'selfie segmentation', url: selfie, value: (byte: number) => byte / 255, most: 1e-4 },
  { name: 'selfie segmentation, landscape', url: selfieLandscape, value: (byte: number) => byte / 255, most: 1e-4 },
  {
    name: 'hand boxes, as the graph model beside it',
    url: box,
    value: (byte: number) => byte,
    most: 1e-4,
    json: boxJson,
  },
  // LiteRT rounds each result to one of 256 numbers, which here are real ones. The graph model beside it has other weights.
  { name: 'hand landmarks, of whole numbers', url: lan, value: (byte: number) => byte, most: 0.1 },
] as const;

describe('networks are what LiteRT computes', () => {
  test.for(MODELS.map((model) => [model.name, model] as const))('%s', async ([name, { url, value, most, ...rest }]) => {
    const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
    using model = await loadTfliteModel(gpu(), bytes);
    const [{ name: input, shape, dtype }] = model.inputs;
    const sizes = shape!.map((n) => Math.abs(n));
    const [, height, width] = sizes;
    const values = await photograph({ name, photo: 4, value }, [height, width]);
    const pixels = dtype === 'int32' ? Int32Array.from(values) : values;
    const expected = await runLiteRt(bytes, [[pixels, sizes]]);
    const results = await model.run({ [input]: pixels });
    const found = new Map<string, ArrayLike<number>>();
    for (const end of model.outputs) {
      using result = results[end.name];
      found.set(end.name, await result.read());
      expect(distance(found.get(end.name)!, expected.get(end.name)!), end.name).toBeLessThan(most);
    }
    if (!('json' in rest)) return;
    using graph = await loadGraphModel(gpu(), rest.json);
    const others = await graph.run({ [graph.inputs[0].name]: pixels });
    for (const [end, ours] of found) {
      using other = others[end];
      expect(distance(ours, await other.read()), end).toBeLessThan(most);
    }
  });
});

test('a network of whole numbers is computed with as real ones: each result is what LiteRT rounds', async () => {
  const { file, feeds } = wholeNumbers();
  const bytes = tinyTflite(file);
  const expected = await runLiteRt(bytes, [[feeds.x, file.tensors.x.shape]]);
  using model = await loadTfliteModel(gpu(), bytes);
  const results = await model.run(feeds);
  // Half a step of its own; and of the mean that the dense layer reads, times weights of at most 4 * 1.27.
  const bounds: Readonly<Record<string, number>> = {
    conv_out: 0.51,
    depthwise_out: 0.51,
    sum_out: 0.01,
    dense_out: 3.1,
  };
  for (const name of file.outputs) {
    using result = results[name];
    const rounded = expected.get(name)!;
    const own = Array.from(await result.read(), (v, i) => Math.abs(v - rounded[i]) / STEP);
    expect(Math.max(...own), name).toBeLessThan(bounds[name]);
  }
});
