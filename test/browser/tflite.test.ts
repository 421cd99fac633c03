/** Compares .tflite files with LiteRT's wasm, which defines their meaning. */
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
import { damagedTflite } from '../fuzz/damaged-tflite';
import { useGpu } from '../support/gpu';
import { runLiteRt } from '../support/litert';
import { ENGINE_WORDS } from '../support/message';
import { STEP, TFLITE_CASES, wholeNumbers, type TfliteCase } from '../support/tflite-cases';
import { tinyTflite, type TinyTensor, type TinyTflite } from '../support/tflite-file';

const gpu = useGpu();

/** The distance of two results, relative to the second. */
function distance(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity;
  const [sum, own] = Array.from(expected).reduce(([d, n], v, i) => [d + (actual[i] - v) ** 2, n + v ** 2], [0, 0]);
  return Math.sqrt(sum) / Math.max(Math.sqrt(own), 1e-6);
}

/** The outputs of a case that differ from LiteRT's, and by how much. */
async function differences(own: Gpu, { file, feeds }: TfliteCase): Promise<Record<string, string>> {
  const bytes = tinyTflite(file);
  const expected = await runLiteRt(bytes, file.inputs.map((name) => [feeds[name], file.tensors[name].shape])); // prettier-ignore
  using model = await loadTfliteModel(own, bytes);
  const results = await model.run(feeds);
  const wrong: Record<string, string> = {};
  for (const name of file.outputs) {
    using tensor = results[name];
    const d = distance(await tensor.read(), expected.get(name) ?? []);
    if (!(d < 1e-5)) wrong[name] = `${d.toExponential(1)}, shape ${tensor.shape.join()}`;
  }
  return wrong;
}

test('every operator has a case', () => {
  const tested = new Set(TFLITE_CASES.flatMap(({ file }) => file.operators.map(({ op }) => op)));
  // Tests below cover the first four. The others give truth values, 64-bit integers or results of two types, which the writer
  // of test files does not support. They share their entries with TensorFlow's ops, whose tests cover them.
  const elsewhere = ['QUANTIZE', 'DEQUANTIZE', 'NON_MAX_SUPPRESSION_V4', 'Convolution2DTransposeBias'];
  const others = ['NON_MAX_SUPPRESSION_V5', 'RANK', 'REDUCE_ALL', 'REDUCE_ANY', 'TOPK_V2', 'WHERE'];
  const untested = [...TFLITE.ops.keys()].filter((op) => !tested.has(op));
  expect(untested.toSorted()).toEqual([...elsewhere, ...others].toSorted());
});

describe('operators are what LiteRT computes', () => {
  test.for(TFLITE_CASES.map((one) => [one.name, one] as const))('%s', async ([, one]) => {
    expect(await differences(gpu(), one)).toEqual({});
  });
});

/** Networks, the numbers that they take for the bytes of a photograph, and the allowed difference from LiteRT. */
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
  // LiteRT rounds each result to one of 256 numbers, but this library computes with real numbers. The graph model of this
  // network has other weights.
  { name: 'hand landmarks, of whole numbers', url: lan, value: (byte: number) => byte, most: 0.06 },
] as const;

describe('networks are what LiteRT computes', () => {
  test.for(MODELS.map((model) => [model.name, model] as const))('%s', async ([, { url, value, most, ...rest }]) => {
    const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
    using model = await loadTfliteModel(gpu(), bytes);
    const [{ name: input, shape, dtype }] = model.inputs;
    const sizes = shape!.map((n) => Math.abs(n));
    const [, height, width] = sizes;
    const values = await photograph({ photo: 'photographer', value }, [height, width]);
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
  // A result may be off by half a step. The dense layer also reads a mean that may be off by half a step, and multiplies it
  // by weights of at most 4 * 1.27 in all.
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

test('boxes are chosen in the middle of a network, and what follows runs on the GPU again', async () => {
  const corners = [0, 0, 1, 1, 0, 0.1, 1, 1.1, 0, 2, 1, 3, 0, 2, 1, 2.95];
  const number = (value: number): TinyTensor => ({ shape: [], data: Float32Array.of(value) });
  const file: TinyTflite = {
    tensors: {
      x: { shape: [4] },
      boxes: { shape: [4, 4], data: Float32Array.from(corners) },
      scores: { shape: [4] },
      most: { shape: [], type: 'INT32', data: Int32Array.of(3) },
      iou: number(0.5),
      score: number(0.1),
      indices: { shape: [3], type: 'INT32' },
      count: { shape: [], type: 'INT32' },
      chosen: { shape: [3, 4] },
      y: { shape: [3, 4] },
    },
    operators: [
      { op: 'LOGISTIC', inputs: ['x'], outputs: ['scores'] },
      { op: 'NON_MAX_SUPPRESSION_V4', inputs: ['boxes', 'scores', 'most', 'iou', 'score'], outputs: ['indices', 'count'] }, // prettier-ignore
      { op: 'GATHER', inputs: ['boxes', 'indices'], outputs: ['chosen'], options: { axis: 0, batch_dims: 0 } },
      { op: 'HARD_SWISH', inputs: ['chosen'], outputs: ['y'] },
    ],
    inputs: ['x'],
    outputs: ['y', 'indices', 'count'],
  };
  const x = Float32Array.of(1, 2, 3, 2.5);
  expect(await differences(gpu(), { name: 'boxes', file, feeds: { x } })).toEqual({});
  using model = await loadTfliteModel(gpu(), tinyTflite(file));
  expect(model.explain().nodes.map(({ op, place }) => `${op} ${place}`)).toEqual([
    'LOGISTIC gpu',
    'NON_MAX_SUPPRESSION_V4 readback',
    'GATHER readback',
    'HARD_SWISH gpu',
  ]);
  const results = await model.run({ x });
  expect([...(await results.indices.read())]).toEqual([2, 1, 0]);
  for (const result of Object.values(results)) result.dispose();
});

test('weights of 8 bits and of float16 may stay float16 on the GPU, in half the memory', async () => {
  const { file, feeds } = wholeNumbers();
  const bytes = tinyTflite({ ...file, outputs: ['conv_out'] });
  const results: Float32Array[] = [];
  for (const weights of ['f32', 'f16'] as const) {
    using model = await loadTfliteModel(gpu(), bytes, { weights });
    const { conv_out: y } = await model.run(feeds);
    using result = y;
    results.push(await result.read());
  }
  // The sums have 36 products of weights up to 1.27 and inputs up to 2.6, and each weight is within 2^-12 of its exact value,
  // relatively.
  expect(Math.max(...results[0].map((v, i) => Math.abs(v - results[1][i])))).toBeLessThan(36 * 1.27 * 2.6 * 2 ** -12);
  expect(results[0]).not.toEqual(results[1]);
});

test('a damaged file gives a result, or an error in words, and leaves nothing on the GPU', async () => {
  const wrong: string[] = [];
  let ran = 0;
  for (let seed = 0; seed < 40; seed++) {
    try {
      using model = await loadTfliteModel(gpu(), damagedTflite(seed));
      const feeds = model.inputs.map(({ name, shape }) => [name, new Float32Array(shape!.reduce((a, b) => a * Math.abs(b), 1) % 2 ** 20)] as const); // prettier-ignore
      for (const result of Object.values(await model.run(Object.fromEntries(feeds)))) result.dispose();
      ran++;
    } catch (error) {
      const { message } = error as Error;
      if (!/^(loadTfliteModel|model\.run): /.test(message) || ENGINE_WORDS.test(message))
        wrong.push(`${seed}: ${message}`);
    }
  }
  expect(wrong).toEqual([]);
  expect(ran).toBeGreaterThan(5);
  await gpu().finished();
  expect(gpu().memory().buffersInUse).toBe(0);
});
