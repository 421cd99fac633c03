/**
 * loadModel takes models of every format from every kind of source.
 */
import { expect, describe, test } from 'vitest';
import { loadModel, type AnyModelSource, type LoadModelOptions } from '../../src/index';
import { useGpu } from '../support/gpu';
import { floats, placeholder, tinyModel } from '../support/graph-model';
import { rejectionOf } from '../support/message';
import { onnxFile } from '../support/onnx-file';
import { tinyTflite } from '../support/tflite-file';

const gpu = useGpu();

const one = { shape: [3] };
const tflite = tinyTflite({
  tensors: { x: one, y: one },
  operators: [{ op: 'ADD', inputs: ['x', 'x'], outputs: ['y'] }],
  inputs: ['x'],
  outputs: ['y'],
}).slice();
const two = { two: { shape: [1], values: [2] } } as const;
const doubling = {
  inputs: [{ name: 'x', shape: [3] }],
  nodes: [{ op: 'Mul', inputs: ['x', 'two'], outputs: ['y'] }],
  outputs: [{ name: 'y', shape: [3] }],
};
const onnx = onnxFile({ ...doubling, constants: two }).slice();
const split = onnxFile({ ...doubling, constants: { two: { ...two.two, external: { location: 'two.data' } } } }).slice();
const second = new Float32Array([2]);
const graph = tinyModel(
  [placeholder('x', [3]), { name: 'y', op: 'Mul', input: ['x', 'two'] }],
  [floats('two', [], [2])],
);
const layer = {
  class_name: 'Dense',
  config: { name: 'y', units: 3, activation: 'linear', use_bias: false, batch_input_shape: [null, 3] },
};
const layers = {
  modelTopology: { class_name: 'Sequential', config: [layer] },
  weightsManifest: [{ paths: ['w.bin'], weights: [{ name: 'y/kernel', shape: [3, 3], dtype: 'float32' }] }],
};
const kernel = new Float32Array([2, 0, 0, 0, 2, 0, 0, 0, 2]);
const text = JSON.stringify(graph.model);
const [shard] = graph.model.weightsManifest.flatMap(({ paths }) => paths);

/** The files that the server has. It records every request, so that a test sees whether a file is fetched twice. */
const served: Readonly<Record<string, BlobPart>> = {
  'a.bin': tflite,
  'b.bin': onnx,
  'split.onnx': split,
  'two.data': second,
  'model.json': text,
  [shard]: graph.weights,
  'layers.json': JSON.stringify(layers),
  'w.bin': kernel,
};
function server(): { readonly asked: string[]; readonly fetch: (url: string) => Promise<Response> } {
  const asked: string[] = [];
  const fetch = (url: string): Promise<Response> => {
    const name = new URL(url).pathname.split('/').at(-1)!;
    asked.push(name);
    const body = served[name];
    return Promise.resolve(
      new Response(body === undefined ? null : new Blob([body]), { status: body === undefined ? 404 : 200 }),
    );
  };
  return { asked, fetch };
}

/** Loads a model that doubles its three numbers, runs it, and returns the format that was found. */
async function formatOf(source: AnyModelSource, options?: LoadModelOptions): Promise<string> {
  using model = await loadModel(gpu(), source, options);
  const [output] = Object.values(await model.run(new Float32Array([1, 2, 3])));
  using y = output;
  expect([...(await y.read())]).toEqual([2, 4, 6]);
  return model.format;
}

describe('a model is what its first bytes say', () => {
  test.for([
    ['a.bin', 'tflite', ['a.bin']],
    ['b.bin', 'onnx', ['b.bin']],
    ['split.onnx', 'onnx', ['split.onnx', 'two.data']],
    ['model.json', 'graph-model', ['model.json', shard]],
    ['layers.json', 'layers-model', ['layers.json', 'w.bin']],
  ] as const)('at the address %s: %s, and each file is asked for once', async ([name, format, files]) => {
    const { asked, fetch } = server();
    expect(await formatOf(`https://app.example/models/${name}`, { fetch })).toBe(format);
    expect(asked).toEqual(files);
  });

  test('as a Response, bytes, a Blob, or what TensorFlow.js loads from', async () => {
    const json = { model: graph.model, weights: graph.weights };
    const [{ weights: weightSpecs }] = graph.model.weightsManifest;
    const artifacts = { modelTopology: graph.model.modelTopology, weightSpecs, weightData: graph.weights.buffer };
    const sources: readonly (readonly [AnyModelSource, string])[] = [
      [new Response(onnx), 'onnx'],
      [new Response(tflite), 'tflite'],
      [onnx, 'onnx'],
      [tflite.buffer, 'tflite'],
      [new Blob([onnx]), 'onnx'],
      [new File([tflite], 'x'), 'tflite'],
      [json, 'graph-model'],
      [{ ...json, model: text }, 'graph-model'],
      [{ ...json, model: new Blob([text]) }, 'graph-model'],
      [artifacts, 'graph-model'],
      [{ load: () => Promise.resolve(artifacts) }, 'graph-model'],
      [{ model: layers, weights: kernel.buffer }, 'layers-model'],
    ];
    for (const [source, format] of sources) expect(await formatOf(source)).toBe(format);
  });

  test('as a model.json without an address, if the options say where its weights are', async () => {
    const { asked, fetch } = server();
    const weightUrl = (name: string): string => `https://app.example/weights/${name}`;
    const bytes = new TextEncoder().encode(text);
    for (const source of [() => new Response(text), () => new Blob([text]), () => bytes]) {
      expect(await formatOf(source(), { fetch, weightUrl })).toBe('graph-model');
      expect(await rejectionOf(formatOf(source(), { fetch }))).toContain(
        'loadGraphModel: the model.json has no address, so its shards cannot be found beside it; give weightUrl',
      );
    }
    expect(asked).toEqual([shard, shard, shard]);
  });

  test('among files that were dropped', async () => {
    const file = (name: string): File => new File([served[name]], name);
    const drops: readonly (readonly [readonly string[], string])[] = [
      [[shard, 'model.json'], 'graph-model'],
      [['w.bin', 'layers.json'], 'layers-model'],
      [['a.bin'], 'tflite'],
      [['two.data', 'split.onnx'], 'onnx'],
    ];
    for (const [names, format] of drops) expect(await formatOf(names.map(file))).toBe(format);
    expect(await rejectionOf(formatOf([file('split.onnx')]))).toContain(
      "loadModel: the model needs the file 'two.data', which is not among 'split.onnx'; give it, too",
    );
    expect(await rejectionOf(formatOf([file('a.bin'), file('b.bin')]))).toContain(
      "loadModel: of the files 'a.bin', 'b.bin' 2 are models; give one at a time",
    );
    expect(await rejectionOf(formatOf([file('model.json')]))).toContain(
      `the weights need the file '${shard}', which is not among 'model.json'; give it, too`,
    );
  });
});

test('an error about any other file says what it is, and what to do', async () => {
  const used = new Response(text);
  await used.text();
  const wrong: readonly (readonly [unknown, string])[] = [
    [new File(['\x89HDF\r\n\x1a\n'], 'm.h5'), "loadModel: 'm.h5' is of no format"],
    [new File([Uint8Array.from([0x89, 0x48, 0x44, 0x46, 13, 10, 26, 10])], 'm.h5'), "loadModel: 'm.h5' is a Keras model in HDF5 (.h5); convert it with"],
    [new Response('<!doctype html>'), 'loadModel: the Response is a web page (HTML); servers answer so where there is no'],
    [new Response('Not Found', { status: 404 }), 'loadModel: the Response cannot be fetched: status 404'],
    [used, 'loadModel: the body of the Response was read already; give a response nobody has read'],
    [new Uint8Array(3), 'loadModel: the Uint8Array is of no format that is known here; those that can be loaded are'],
    [new Uint8Array(), 'loadModel: the Uint8Array is empty; look at where it comes from'],
    [new Blob(['{ "a": ']), 'loadModel: model.json is not JSON'],
    [new Blob(['{ "a": 1 }']), 'loadGraphModel: model.json has no modelTopology.node'],
    [5, 'loadModel: source is 5; give an address'],
    [{}, 'loadModel: source is [object Object]; give an address'],
  ]; // prettier-ignore
  for (const [source, message] of wrong) expect(await rejectionOf(formatOf(source as Blob))).toContain(message);
  const { fetch } = server();
  expect(await rejectionOf(formatOf('https://app.example/none.onnx', { fetch }))).toContain(
    'none.onnx cannot be fetched: status 404',
  );
  const signal = AbortSignal.abort(new Error('enough'));
  expect(await rejectionOf(formatOf('https://app.example/b.bin', { fetch, signal }))).toBe('enough');
  expect(await rejectionOf(formatOf(onnx, { files: 1 } as never))).toContain('loadModel: there is no option files');
});
