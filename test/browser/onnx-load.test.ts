/**
 * The sources and options of `loadOnnxModel`, and its errors.
 */
import { afterEach, expect, test, vi } from 'vitest';
import { loadOnnxModel } from '../../src/index';
import { useGpu } from '../support/gpu';
import { rejectionOf } from '../support/message';
import { onnxFile, rowOf, type OnnxFileNode, type OnnxFileParts } from '../support/onnx-file';

const gpu = useGpu();

afterEach(() => vi.restoreAllMocks());

const node = (op: string, inputs: readonly string[], outputs: readonly string[]): OnnxFileNode => ({ op, inputs, outputs }); // prettier-ignore

/** A model of three nodes: y = -(2 x + w). */
const parts: OnnxFileParts = {
  inputs: [{ name: 'x', shape: ['n', 2] }],
  constants: { two: { shape: [], values: [2] }, w: { shape: [2], values: [10, 20] } },
  nodes: [node('Mul', ['x', 'two'], ['twice:0']), node('Add', ['twice:0', 'w'], ['sum']), node('Neg', ['sum'], ['y'])],
  outputs: [{ name: 'y', shape: ['n', 2] }],
};
const elsewhere: OnnxFileParts = {
  ...parts,
  constants: { ...parts.constants, w: { shape: [2], values: [], external: { location: 'w.bin', offset: '4' } } },
};
const second = rowOf('float', [0, 10, 20]);

async function resultOf(
  file: Parameters<typeof loadOnnxModel>[1],
  options: Parameters<typeof loadOnnxModel>[2] = {},
): Promise<number[]> {
  // prettier-ignore
  using model = await loadOnnxModel(gpu(), file, options);
  using x = gpu().tensor([1, 2, 3, 4], [2, 2]);
  const { y } = await model.run({ x });
  using result = y;
  return [...(await result.read())];
}

const EXPECTED = [-12, -24, -16, -28];

test('a file comes from anywhere', async () => {
  const bytes = new Uint8Array(onnxFile(parts));
  const sources = [bytes, bytes.buffer, new Blob([bytes]), new File([bytes], 'm.onnx'), new Response(bytes), URL.createObjectURL(new Blob([bytes]))]; // prettier-ignore
  for (const source of sources) expect(await resultOf(source)).toEqual(EXPECTED);
});

test('bytes may be changed as soon as the call returns', async () => {
  const bytes = onnxFile(parts);
  const loading = resultOf(bytes);
  bytes.fill(0);
  expect(await loading).toEqual(EXPECTED);
});

test('weights come from a second file, which is given or lies beside the model', async () => {
  const file = onnxFile(elsewhere);
  expect(await resultOf(file, { externalData: second })).toEqual(EXPECTED);
  const asked: string[] = [];
  const externalData = async (location: string): Promise<Blob> => {
    asked.push(location);
    return new Blob([second]);
  };
  expect(await resultOf(file, { externalData })).toEqual(EXPECTED);
  expect(asked).toEqual(['w.bin']);
  const urls: string[] = [];
  const get = async (url: string): Promise<Response> => {
    urls.push(url);
    return new Response(new Uint8Array(url.includes('w.bin') ? second : file));
  };
  expect(await resultOf('https://example.com/a/m.onnx?key=1', { fetch: get })).toEqual(EXPECTED);
  expect(urls).toEqual(['https://example.com/a/m.onnx?key=1', 'https://example.com/a/w.bin?key=1']);
  expect(await rejectionOf(loadOnnxModel(gpu(), file))).toBe(
    "loadOnnxModel: the model has weights in a second file, 'w.bin'; give it with options.externalData, or load the model by its address",
  );
});

test('outputs and inputs are chosen by the names of values, colons and all', async () => {
  using part = await loadOnnxModel(gpu(), onnxFile(parts), { outputs: ['sum', 'twice:0'] });
  using x = gpu().tensor([1, 2], [1, 2]);
  const { sum, 'twice:0': twice } = await part.run({ x });
  expect([[...(await sum.read())], [...(await twice.read())]]).toEqual([[12, 24], [2, 4]]); // prettier-ignore
  sum.dispose();
  twice.dispose();
  using rest = await loadOnnxModel(gpu(), onnxFile(parts), { inputs: ['twice:0'] });
  expect(rest.inputs.map(({ name }) => name)).toEqual(['twice:0']);
  using y = (await rest.run({ 'twice:0': x })).y;
  expect([...(await y.read())]).toEqual([-11, -22]);
});

test('an error says everything that cannot be loaded, and why', async () => {
  const unknown = onnxFile({
    ...parts,
    nodes: [...parts.nodes.slice(0, 2), node('Loop', ['sum'], ['a']), { ...node('BiasGelu', ['a', 'w'], ['b']), domain: 'com.microsoft' }, node('Loop', ['b'], ['y'])], // prettier-ignore
  });
  const message = await rejectionOf(loadOnnxModel(gpu(), unknown));
  for (const part of ['loadOnnxModel: 2 ops', 'Loop', 'com.microsoft.BiasGelu', '"a"', '"b"'])
    expect(message).toContain(part);
  const file = onnxFile({ ...parts, outputs: [{ name: 'y' }, { name: 'nobody' }] });
  expect(await rejectionOf(loadOnnxModel(gpu(), file))).toBe("loadOnnxModel: the file has an output 'nobody', but no node gives it"); // prettier-ignore
  const text = onnxFile({ ...parts, inputs: [{ name: 'x', type: 'string' }] });
  expect(await rejectionOf(loadOnnxModel(gpu(), text))).toContain('input of type string');
});

test('float16 weights stay float16 on the GPU if the app asks for it', async () => {
  const half = onnxFile({ ...parts, constants: { ...parts.constants, w: { shape: [2], values: [10, 20], type: 'float16' } } }); // prettier-ignore
  expect(await resultOf(half, { weights: 'f16' })).toEqual(EXPECTED);
  expect(await resultOf(half)).toEqual(EXPECTED);
});

test('an NCHW model transposes its input image, and its shapes are those of the file', async () => {
  const file = onnxFile({
    inputs: [{ name: 'x', shape: [1, 2, 'h', 'w'] }],
    constants: { w: { shape: [3, 2, 1, 1], values: [1, 0, 0, 1, 1, 1] }, s: { shape: [3, 1, 1], values: [1, 2, 3] } },
    nodes: [
      node('Conv', ['x', 'w'], ['c']),
      node('Mul', ['c', 's'], ['m']),
      node('Relu', ['m'], ['r']),
      { op: 'MaxPool', inputs: ['r'], outputs: ['p'], attributes: { kernel_shape: [2, 2], strides: [2, 2] } },
      node('GlobalAveragePool', ['p'], ['g']),
      node('Flatten', ['g'], ['y']),
    ],
    outputs: [{ name: 'y' }],
  });
  using model = await loadOnnxModel(gpu(), file);
  for (const size of [2, 4]) {
    using x = gpu().tensor([...Array(2 * size * size).keys()], [1, 2, size, size]);
    using y = (await model.run({ x })).y;
    expect(y.shape).toEqual([1, 3]);
    const steps = (await model.compile({ x: x.shape })).explain();
    expect(steps.filter(({ kernel }) => kernel === 'copy/strided')).toHaveLength(1);
    // The mean of the largest number under each window.
    const last = size === 2 ? 3 : 10;
    const other = size * size + last;
    expect([...(await y.read())]).toEqual([last, 2 * other, 3 * (last + other)]);
  }
});
