/** The inspector on the page of faces: what it says about models, and about files that are not models. */
import selfie from '@mediapipe/selfie_segmentation/selfie_segmentation.tflite?url';
import { render } from 'lit-html';
import { afterEach, expect, test } from 'vitest';
import { guess, inspect } from '../../demo/faces/inspector/inspect';
import { startInspector } from '../../demo/faces/inspector/start';
import { inspector as view } from '../../demo/faces/inspector/view';
import { useGpu } from '../support/gpu';
import { placeholder, tinyModel } from '../support/graph-model';
import { onnxFile } from '../support/onnx-file';

const gpu = useGpu();
afterEach(() => document.body.replaceChildren());

test('a TFLite file: its ends, layers, memory and times', async () => {
  const file = new File([await (await fetch(selfie)).arrayBuffer()], 'selfie.tflite');
  const said: string[] = [];
  const before = gpu().memory().buffersInUse;
  const found = await inspect(gpu(), [file], { onStatus: (status) => said.push(status) });
  expect(found.format).toBe('tflite');
  expect(found.inputs).toEqual([{ name: 'input_1', dtype: 'float32', declared: [1, 256, 256, 3], shape: [1, 256, 256, 3] }]); // prettier-ignore
  expect(found.outputs.map(({ name, shape }) => [name, shape])).toEqual([['activation_10', [1, 256, 256, 1]]]);
  const [{ least, mean, most }] = found.outputs;
  expect(0 <= least && least <= mean && mean <= most && most <= 1).toBe(true);
  expect(found.layers).toHaveLength(found.dispatches.run);
  expect(found.layers.every(({ ms, bytes }) => ms >= 0 && bytes > 0)).toBe(true);
  expect(found.memory.weights).toBeGreaterThan(1e5);
  expect(Math.min(found.loadMs, found.firstMs, found.runMs)).toBeGreaterThan(0);
  expect(said).toContain('Compiling …');
  expect(gpu().memory().buffersInUse).toBe(before);
});

test('unknown sizes are guessed, or are those that were given', async () => {
  expect(guess([-1, -1, -1, 3])).toEqual([1, 224, 224, 3]);
  expect(guess([-1, 3, -1, -1])).toEqual([1, 3, 224, 224]);
  expect(guess([-1, -1, -1, -1])).toEqual([1, 224, 224, 3]);
  expect(guess([-1, 7])).toEqual([1, 7]);
  expect(guess(undefined)).toEqual([1, 224, 224, 3]);
  const options = { onStatus: () => {}, shapes: { x: [2, 5] } };
  const nodes = [placeholder('x', [-1, -1]), { name: 's', op: 'Sigmoid', input: ['x'] }, { name: 'places', op: 'Where', input: ['s'] }]; // prettier-ignore
  const found = await inspect(gpu(), tinyModel(nodes), options);
  expect(found.outputs.map(({ shape }) => shape)).toEqual([[10, 2]]);
  expect(found.explanation.nodes.map(({ op, place, why }) => [op, place, why])).toEqual([
    ['Sigmoid', 'gpu', undefined],
    ['Where', 'readback', 'it has no GPU kernel'],
  ]);
});

/** Chooses files, and returns what the page shows. */
async function shown(files: readonly File[], until: RegExp): Promise<string> {
  const page = document.body.appendChild(document.createElement('section'));
  const inspector = startInspector(() => render(view(inspector.state(), 'ms', inspector), page));
  inspector.onFiles(files);
  await expect.poll(() => page.textContent, { timeout: 30_000 }).toMatch(until);
  return page.textContent.replaceAll(/\s+/g, ' ');
}

test('the page says what there is of a graph model, and where each node is computed', async () => {
  const { model, weights } = tinyModel([placeholder('x', [1, 4]), { name: 'y', op: 'Relu', input: ['x'] }]);
  const [name] = model.weightsManifest.flatMap(({ paths }) => paths);
  const text = await shown(
    [new File([JSON.stringify(model)], 'model.json'), new File([weights], name ?? 'w.bin')],
    /One node/,
  );
  for (const words of ['model.json', 'TensorFlow.js graph model', 'Median run', '1 × 4', 'Relu', 'GPU'])
    expect(text).toContain(words);
});

test('what is no model is said in words where it was dropped', async () => {
  expect(await shown([new File(['<!doctype html>'], 'a.onnx')], /HTML/)).toContain(
    "loadModel: 'a.onnx' is a web page (HTML); servers answer so",
  );
  const missing = onnxFile({
    inputs: [{ name: 'x', shape: [1] }],
    constants: {},
    nodes: [{ op: 'Nothing', inputs: ['x'], outputs: ['y'] }],
    outputs: [{ name: 'y' }],
  }).slice();
  expect(await shown([new File([missing], 'b.onnx')], /supported/)).toContain('1 op is not supported: Nothing');
});
