/** .tflite files beside LiteRT's wasm, which says what they mean. */
import boxJson from '@handtracking.io/yoha/dist/box/model.json?url';
import box from '@handtracking.io/yoha/dist/box/model.tflite?url';
import lanJson from '@handtracking.io/yoha/dist/lan/model.json?url';
import lan from '@handtracking.io/yoha/dist/lan/model.tflite?url';
import selfie from '@mediapipe/selfie_segmentation/selfie_segmentation.tflite?url';
import selfieLandscape from '@mediapipe/selfie_segmentation/selfie_segmentation_landscape.tflite?url';
import { describe, expect, test } from 'vitest';
import { loadGraphModel, type Gpu } from '../../src/index';
import { TFLITE } from '../../src/load/tflite/dialect';
import { loadTfliteModel } from '../../src/load/tflite/load-tflite-model';
import { withGpu } from '../support/gpu';
import { runLiteRt } from '../support/litert';
import { randomValues } from '../support/random';
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
    await withGpu({}, async (gpu) => {
      expect(await differences(gpu, supported(one))).toEqual({});
    });
  });
});

/** A picture: blobs of colour, from 0 to `white`. */
function picture([, height, width, channels]: readonly number[], white: number): Float32Array {
  return Float32Array.from({ length: height * width * channels }, (_, i) => {
    const [y, x, c] = [
      Math.floor(i / channels / width) / height,
      (Math.floor(i / channels) % width) / width,
      i % channels,
    ];
    const blob = Math.exp(-((x - 0.5) ** 2 + (y - 0.4 - 0.1 * c) ** 2) * 9);
    return Math.round(white * (0.2 + 0.5 * blob + 0.2 * Math.sin(7 * x + 3 * c) * Math.cos(5 * y)));
  });
}

const MODELS = [
  { name: 'selfie segmentation', url: selfie, white: 1, most: 1e-4 },
  { name: 'selfie segmentation, landscape', url: selfieLandscape, white: 1, most: 1e-4 },
  { name: 'hand boxes', url: box, white: 255, most: 1e-4, json: boxJson },
  { name: 'hand landmarks, whose numbers are of 8 bits', url: lan, white: 255, most: 0.1, json: lanJson },
] as const;

test.for(MODELS.map((model) => [model.name, model] as const))(
  '%s',
  async ([, { url, white, most, ...rest }]) => {
    await withGpu({}, async (gpu) => {
      const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
      using model = await loadTfliteModel(gpu, bytes);
      const [{ name, shape, dtype }] = model.inputs;
      const sizes = shape!.map((n) => Math.abs(n));
      const values = picture(sizes, 255).map((v) => (white === 1 ? v / 255 : v));
      const pixels = dtype === 'int32' ? Int32Array.from(values) : values;
      const expected = await runLiteRt(bytes, [[pixels, sizes]]);
      console.log([...expected.keys()]);
      const results = await model.run({ [name]: pixels });
      for (const end of model.outputs) {
        const y = await results[end.name].read();
        console.log(
          `${end.name} ${results[end.name].shape} ${distance(y, expected.get(end.name) ?? [])} ${Array.from(y).slice(0, 4)} | ${Array.from(expected.get(end.name) ?? []).slice(0, 4)}`,
        );
      }
      if ('json' in rest) {
        using graph = await loadGraphModel(gpu, rest.json);
        const r = await graph.run({ [graph.inputs[0].name]: pixels });
        for (const e of model.outputs)
          console.log(e.name, distance(await results[e.name].read(), await r[e.name].read()), await r[e.name].read());
      }
    });
  },
  100000,
);
