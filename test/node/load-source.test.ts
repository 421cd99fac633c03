/**
 * Gets the bytes of a file from every place where an app may have it, and a model.json with its shards in every form.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { checkLoading } from '../../src/load/loading';
import { checkWeightPlaces, isHere, openModelJson, type GraphModelSource, type ModelJsonOptions } from '../../src/load/tfjs/model-json'; // prettier-ignore
import { bytesOfSource, nameOfSource, textOfSource, type ModelSource } from '../../src/load/source';
import { manifestOf } from '../../src/load/tfjs/manifest';
import { messageOf, rejectionOf } from '../support/message';

const bytes = (first: number, count: number): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length: count }, (_, i) => first + i);
let asked: IncomingMessage[] = [];
let served: ReadonlyMap<string, Uint8Array | string> = new Map();
let base: string;

beforeAll(async () => {
  const server = createServer((request, response) => {
    asked.push(request);
    const body = served.get(decodeURIComponent(request.url!.split('?')[0]));
    response.statusCode = body === undefined ? 404 : 200;
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return () => {
    server.closeAllConnections();
    server.close();
  };
});
beforeEach(() => {
  asked = [];
  served = new Map();
});

describe('the bytes of a source', () => {
  test('are the same, wherever it is', async () => {
    served = new Map([['/m.onnx', bytes(1, 5)]]);
    const whole = bytes(0, 7);
    const sources: readonly ModelSource[] = [
      `${base}/m.onnx`,
      new URL('/m.onnx', base),
      await fetch(`${base}/m.onnx`),
      new Response(bytes(1, 5)),
      new Blob([bytes(1, 5)]),
      new File([bytes(1, 5)], 'm.onnx'),
      bytes(1, 5).buffer,
      whole.subarray(1, 6),
      new DataView(whole.buffer, 1, 5),
      new Uint8Array(new SharedArrayBuffer(5)).map((_, i) => i + 1),
    ];
    for (const source of sources) expect(await bytesOfSource('load', source)).toEqual(bytes(1, 5));
  });

  test('of a buffer are copied at once', async () => {
    const given = bytes(0, 4);
    const taken = bytesOfSource('load', given);
    given.fill(9);
    expect(await taken).toEqual(bytes(0, 4));
  });

  test('arrive with progress, by a fetch of the app, and end with its signal', async () => {
    served = new Map([['/m.onnx', bytes(0, 9)]]);
    const progress: number[] = [];
    const own = (url: string, init: RequestInit): Promise<Response> =>
      fetch(url, { ...init, headers: { authorization: 'Bearer 1' } });
    await bytesOfSource('load', `${base}/m.onnx`, { fetch: own, onProgress: (...n) => progress.push(...n) });
    expect(progress.slice(-2)).toEqual([9, 9]);
    expect(asked[0].headers.authorization).toBe('Bearer 1');
    const signal = AbortSignal.abort(new Error('enough'));
    expect(await rejectionOf(bytesOfSource('load', `${base}/m.onnx`, { signal }))).toBe('enough');
    expect(await rejectionOf(bytesOfSource('load', bytes(0, 1), { signal }))).toBe('enough');
  });

  test('are refused beyond the limit', async () => {
    served = new Map([['/m.onnx', bytes(0, 9)]]);
    const message = 'bytes or more but the most of a file is 8';
    expect(await rejectionOf(bytesOfSource('load', `${base}/m.onnx`, { limit: 8 }))).toContain(
      `/m.onnx has 9 ${message}`,
    );
    const stream = new Blob([bytes(0, 9)]).stream();
    expect(await rejectionOf(bytesOfSource('load', new Response(stream), { limit: 8 }))).toBe(
      `load: the Response has 9 ${message}`,
    );
    for (const [source, name] of [
      [new File([bytes(0, 9)], 'a.onnx'), "'a.onnx'"],
      [bytes(0, 9), 'the Uint8Array'],
    ] as const)
      // prettier-ignore
      expect(await rejectionOf(bytesOfSource('load', source, { limit: 8 }))).toBe(
        `load: ${name} has 9 bytes but the most of a file is 8`,
      );
  });

  test('that cannot be had are an error that names the source', async () => {
    const used = new Response('x');
    await used.text();
    const detached = new ArrayBuffer(4);
    structuredClone(detached, { transfer: [detached] });
    const wrong: readonly (readonly [unknown, string])[] = [
      [`${base}/none.onnx`, `load: ${base}/none.onnx cannot be fetched: status 404`],
      ['none.onnx', "load: source 'none.onnx' is no address; give the address of a file, or its bytes"],
      [await fetch(`${base}/none.onnx`), `load: ${base}/none.onnx cannot be fetched: status 404`],
      [used, 'load: the body of the Response was read already'],
      [detached, 'load: the ArrayBuffer of the source is detached'],
      [fetch(`${base}/none.onnx`), 'load: source is a Promise (await it); give an address, an ArrayBuffer'],
      [null, 'load: source is null; give an address'],
      [[1, 2], 'load: source is [1, 2]; give an address'],
      [{ arrayBuffer: 1 }, 'load: source is [object Object]; give an address'],
    ];
    for (const [source, message] of wrong) {
      expect(await rejectionOf(bytesOfSource('load', source as ModelSource))).toContain(message);
    }
    const nothing = (): Promise<Response> => Promise.resolve(undefined as never);
    expect(await rejectionOf(bytesOfSource('load', base, { fetch: nothing }))).toContain(
      'load: options.fetch gives undefined for http',
    );
    const refused = (): Promise<Response> => Promise.reject(new Error('no key'));
    expect(await rejectionOf(bytesOfSource('load', base, { fetch: refused }))).toContain('cannot be fetched: no key');
  });

  test('as text are the same', async () => {
    served = new Map([['/m.json', '{"ü":1}']]);
    const text = new TextEncoder().encode('{"ü":1}');
    for (const source of [`${base}/m.json`, new Response(text), new Blob([text]), text])
      expect(await textOfSource('load', source)).toBe('{"ü":1}');
    expect(nameOfSource(new File([], 'a.json'))).toBe("'a.json'");
  });
});

describe('a model.json and its shards', () => {
  const specs = [
    { name: 'a', shape: [10], dtype: 'uint8' },
    { name: 'b', shape: [4], dtype: 'uint8' },
  ];
  const model = {
    format: 'graph-model',
    modelTopology: { node: [] },
    weightsManifest: [
      { paths: ['a 1.bin', 'a2.bin'], weights: [specs[0]] },
      { paths: ['b.bin'], weights: [specs[1]] },
    ],
  };
  const text = JSON.stringify(model);
  const shards = [bytes(0, 7), bytes(7, 3), bytes(10, 4)];
  const names = ['a 1.bin', 'a2.bin', 'b.bin'];
  const serve = (folder: string): void => {
    served = new Map<string, Uint8Array | string>([
      ['/m/model.json', text],
      ...names.map((name, i) => [`${folder}${name}`, shards[i]] as const),
    ]);
  };
  const open = async (source: GraphModelSource, options?: ModelJsonOptions): Promise<Uint8Array> => {
    const opened = await openModelJson('load', source, options);
    return opened.weights(manifestOf('load', opened.model));
  };

  test('are found beside the model.json of an address or a Response', async () => {
    serve('/m/');
    for (const source of [`${base}/m/model.json`, await fetch(`${base}/m/model.json`)])
      expect(await open(source)).toEqual(bytes(0, 14));
    expect(await rejectionOf(open(new Response(text)))).toBe(
      'load: the model.json has no address, so its shards cannot be found beside it; give weightUrl, weightPathPrefix or { model, weights }',
    );
    const withoutWeights = JSON.stringify({ ...model, weightsManifest: [] });
    expect(await open(new Response(withoutWeights))).toEqual(new Uint8Array());
  });

  test('are fetched from where the app says, by its own fetch', async () => {
    serve('/else/v2-');
    const own: string[] = [];
    const how = { fetch: (url: string, init: RequestInit) => (own.push(url), fetch(url, init)) };
    const source = `${base}/m/model.json?key=1`;
    expect(await open(source, { ...how, weightPathPrefix: `${base}/else/v2-` })).toEqual(bytes(0, 14));
    expect(own.toSorted()).toEqual([`${base}/else/v2-a%201.bin?key=1`, `${base}/else/v2-a2.bin?key=1`, `${base}/else/v2-b.bin?key=1`, source].toSorted()); // prettier-ignore
    const weightUrl = (name: string): Promise<string> =>
      Promise.resolve(`${base}/else/v2-${encodeURIComponent(name)}?s=2`);
    expect(await open(source, { ...how, weightUrl })).toEqual(bytes(0, 14));
    expect(own.filter((url) => url.endsWith('.bin?s=2'))).toHaveLength(3);
    expect(await open(new Response(text), { weightUrl })).toEqual(bytes(0, 14));
    expect(await open(new Response(text), { weightPathPrefix: `${base}/else/v2-` })).toEqual(bytes(0, 14));
    const nowhere = (): string => 'nowhere';
    expect(await rejectionOf(open(source, { weightUrl: nowhere }))).toContain(
      "weightUrl('a 1.bin') 'nowhere' is no addr",
    );
    expect(await rejectionOf(open(source, { weightPathPrefix: 'x/' }))).toContain(
      "weightPathPrefix 'x/a%201.bin' is no",
    );
  });

  test('a model.json can only name shards in its own folder', () => {
    for (const path of ['../a.bin', 'https://example.com/a.bin', '//example.com/a', 'a/b.bin', '..', 'a%2fb']) {
      const bad = { ...model, weightsManifest: [{ paths: [path], weights: [specs[1]] }] };
      expect(messageOf(() => manifestOf('load', bad))).toContain('a shard is a file beside model.json');
    }
  });

  test('are files that were chosen or dropped, in any order', async () => {
    const files = [...names.map((name, i) => new File([shards[i]], name)), new File([text], 'MODEL.JSON')].toReversed();
    expect(await open(files)).toEqual(bytes(0, 14));
    expect(await rejectionOf(open(files.slice(0, 3)))).toBe(
      "load: the weights need the file 'a 1.bin', which is not among 'MODEL.JSON', 'b.bin', 'a2.bin'; give it, too",
    );
    expect(await rejectionOf(open(files.slice(1)))).toBe(
      "load: of the files 'b.bin', 'a2.bin', 'a 1.bin' 0 end in .json; give one model.json and its shards",
    );
    const cut = files.with(2, new File([bytes(7, 2)], 'a2.bin'));
    expect(await rejectionOf(open(cut))).toContain(
      "the shards ['a 1.bin', 'a2.bin'] have 9 bytes but the manifest has 10",
    );
  });

  test('are given by name, as buffers or Blobs', async () => {
    const blobs = shards.map((shard) => new Blob([shard]));
    expect(isHere({ model, weights: shards })).toBe(true);
    for (const source of [
      { model, weights: blobs },
      { model: new Blob([text]), weights: [shards[0], blobs[1], shards[2].buffer] },
      { model: text, weights: new Blob(shards) },
    ]) {
      expect(isHere(source)).toBe(false);
      expect(await open(source)).toEqual(bytes(0, 14));
    }
    const changing = shards.map((shard) => shard.slice());
    const opening = open({ model: new Blob([text]), weights: changing });
    for (const shard of changing) shard.fill(99);
    expect(await opening).toEqual(bytes(0, 14));
  });

  test('are what TensorFlow.js loads from', async () => {
    const weightData = bytes(0, 14).buffer;
    const artifacts = { modelTopology: model.modelTopology, format: 'graph-model', weightSpecs: specs } as tf.io.ModelArtifacts; // prettier-ignore
    const parts = [weightData.slice(0, 3), weightData.slice(3)];
    const stream = (pieces: readonly ArrayBuffer[]) => () => new ReadableStream<ArrayBuffer>({
      start(controller) {
        for (const piece of pieces) controller.enqueue(piece);
        controller.close();
      },
    }); // prettier-ignore
    for (const source of [
      tf.io.fromMemory({ ...artifacts, weightData }),
      tf.io.fromMemorySync({ ...artifacts, weightData }),
      { ...artifacts, weightData },
      { ...artifacts, weightData: parts },
      { ...artifacts, getWeightStream: stream(parts) },
    ]) {
      const opened = await openModelJson('load', source);
      expect((opened.model as typeof model).format).toBe('graph-model');
      expect(await opened.weights(manifestOf('load', opened.model))).toEqual(bytes(0, 14));
    }
    serve('/m/');
    expect(await open(tf.io.http(`${base}/m/model.json`))).toEqual(bytes(0, 14));
    const long = { ...artifacts, getWeightStream: stream([weightData, weightData]) };
    expect(await rejectionOf(open(long))).toBe(
      'load: the weight stream has 28 bytes or more but the weightSpecs have 14',
    );
    const binary = { ...artifacts, modelTopology: new ArrayBuffer(3) };
    expect(await rejectionOf(open(binary))).toContain('modelTopology as bytes');
    expect(await rejectionOf(open({ load: () => undefined as never }))).toContain('ModelArtifacts');
    const failing = { load: () => Promise.reject(new Error('no such model')) };
    expect(await rejectionOf(open(failing))).toContain('no such model');
  });

  test('any other source is an error that says what to give', async () => {
    for (const source of [null, 5, [], {}, new Uint8Array(3), new Blob(['abc']), { model: 1 }, [new Blob(['abc'])]]) {
      expect(await rejectionOf(open(source as never))).toMatch(
        /^load: source is .*; give the address of a model\.json/,
      );
    }
    expect(messageOf(() => checkLoading('load', { fetch: 'x' as never }))).toContain("fetch is 'x'; give a");
    expect(messageOf(() => checkWeightPlaces('load', { weightUrl: 'x' as never }))).toContain("weightUrl is 'x'");
    expect(messageOf(() => checkWeightPlaces('load', { weightPathPrefix: 3 as never }))).toContain('Prefix is 3;');
    expect(messageOf(() => checkWeightPlaces('load', { weightPathPrefix: '', weightUrl: (n) => n }))).toContain('one of them'); // prettier-ignore
  });
});
