/**
 * Models from places that only a browser has: IndexedDB and chosen files. Also feeds images to models.
 */
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { loadGraphModel, type Model, type ModelFeeds } from '../../src/index';
import { useGpu } from '../support/gpu';
import { floats, placeholder, tinyModel, type } from '../support/graph-model';
import { rejectionOf } from '../support/message';

const gpu = useGpu();

/** A model that adds 10 to images of 2 x 3 pixels. */
const files = (shape: readonly number[]): ReturnType<typeof tinyModel> =>
  tinyModel(
    [placeholder('x', shape), { name: 'y', op: 'Add', input: ['x', 'ten'], attr: { T: type('DT_FLOAT') } }],
    [floats('ten', [], [10])],
  );
const { model: json, weights } = files([1, 2, 3, 3]);
const pixels = new ImageData(
  Uint8ClampedArray.from({ length: 24 }, (_, i) => i),
  3,
  2,
);
const withoutAlpha = [...pixels.data].filter((_, i) => i % 4 !== 3).map((v) => v + 10);

async function numbersOf(model: Model, feeds: ModelFeeds): Promise<number[]> {
  using y = (await model.run(feeds)).y;
  return [...(await y.read())];
}

describe('a model comes from', () => {
  const artifacts = {
    format: json.format,
    modelTopology: json.modelTopology,
    weightSpecs: json.weightsManifest.flatMap((group) => group.weights) as tf.io.WeightsManifestEntry[],
    weightData: weights.buffer,
  };

  test('the IndexedDB of TensorFlow.js', async () => {
    const path = 'indexeddb://depthwise-test';
    await tf.io.getSaveHandlers(path)[0].save!(artifacts);
    try {
      using model = await loadGraphModel(gpu(), tf.io.getLoadHandlers(path)[0]);
      expect(await numbersOf(model, pixels)).toEqual(withoutAlpha);
    } finally {
      await tf.io.removeModel(path);
    }
  });

  test('files that a page was given', async () => {
    const paths = json.weightsManifest.flatMap((group) => group.paths);
    const chosen = [new File([weights], paths[0]), new File([JSON.stringify(json)], 'model.json')];
    const list = new DataTransfer();
    for (const file of chosen) list.items.add(file);
    const handler = tf.io.browserFiles(chosen.toReversed());
    for (const source of [chosen, list.files, handler, artifacts, { model: chosen[1], weights: chosen[0] }]) {
      using model = await loadGraphModel(gpu(), source);
      expect(await numbersOf(model, { x: pixels })).toEqual(withoutAlpha);
    }
  });

  test('an address that a fetch of the app answers', async () => {
    const asked: string[] = [];
    const fetch = (url: string): Promise<Response> => {
      asked.push(url);
      return Promise.resolve(new Response(url.endsWith('.json') ? JSON.stringify(json) : weights));
    };
    const weightUrl = (name: string): string => `https://cdn.example/${name}?signed`;
    using model = await loadGraphModel(gpu(), 'https://app.example/model.json', { fetch, weightUrl });
    expect(asked).toEqual([
      'https://app.example/model.json',
      ...json.weightsManifest.flatMap((group) => group.paths.map((path) => `https://cdn.example/${path}?signed`)),
    ]);
    expect(await numbersOf(model, pixels)).toEqual(withoutAlpha);
    expect(await rejectionOf(loadGraphModel(gpu(), 'https://app.example/m.json', { fetch: 1 as never }))).toBe(
      "loadGraphModel: fetch is 1; give a function like the browser's fetch",
    );
  });
});

describe('an input is fed', () => {
  test('numbers of any kind, alone or by name', async () => {
    using model = await loadGraphModel(gpu(), files([-1, 3]));
    const given = [new Float32Array([1, 2, 3]), [1, 2, 3], new Uint8Array([1, 2, 3]), new Int32Array([1, 2, 3])];
    for (const feed of given) {
      expect(await numbersOf(model, feed)).toEqual([11, 12, 13]);
      expect(await numbersOf(model, { x: feed })).toEqual([11, 12, 13]);
    }
  });

  test('the pixels of an ImageData, with alpha where it has four channels', async () => {
    for (const shape of [
      [2, 3, 4],
      [-1, -1, -1, 4],
    ]) {
      using model = await loadGraphModel(gpu(), files(shape));
      expect(await numbersOf(model, pixels)).toEqual([...pixels.data].map((v) => v + 10));
    }
  });

  test('an image of another size or kind, which is told how to become a tensor', async () => {
    using model = await loadGraphModel(gpu(), files([1, 4, 3, 3]));
    expect(await rejectionOf(model.run(pixels))).toBe(
      "model.run: input 'x' is an ImageData of 3 x 2 pixels but the model takes [1, 4, 3, 3]; give tensorFromImage(gpu, image, { size: [4, 3] }), with the range that the model was trained on",
    );
    using planes = await loadGraphModel(gpu(), files([1, 3, 8, 9]));
    const canvas = new OffscreenCanvas(9, 8);
    for (const feeds of [canvas, { x: canvas }] as unknown as ModelFeeds[]) {
      expect(await rejectionOf(planes.run(feeds))).toBe(
        "model.run: input 'x' is [object OffscreenCanvas]; give tensorFromImage(gpu, image, { size: [8, 9], dataFormat: 'NCHW' }), with the range that the model was trained on",
      );
    }
    const messages = [new ArrayBuffer(4), 'x', { x: new ArrayBuffer(4) }, { x: new DataView(new ArrayBuffer(4)) }].map(
      (feeds) => rejectionOf(model.run(feeds as never)),
    );
    expect(await Promise.all(messages)).toEqual([
      "model.run: feeds are [object ArrayBuffer]; give an object with a tensor for each input: 'x'",
      "model.run: feeds are 'x'; give an object with a tensor for each input: 'x'",
      "model.run: input 'x' is [object ArrayBuffer]; give a tensor or an array of numbers",
      "model.run: input 'x' is [object DataView]; give a tensor or an array of numbers",
    ]);
  });

  test('alone only where there is one', async () => {
    const two = tinyModel([placeholder('a', [1]), placeholder('b', [1]), { name: 'y', op: 'Add', input: ['a', 'b'] }]);
    using model = await loadGraphModel(gpu(), two);
    expect(await rejectionOf(model.run([1]))).toContain("the model has 2 inputs, 'a', 'b'; give an object");
  });
});
