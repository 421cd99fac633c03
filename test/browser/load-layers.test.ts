/** Compares layers models with TensorFlow.js, which makes their files. */
import { beforeAll, expect, test } from 'vitest';
import { halfBits } from '../../src/kernels/dtype';
import { loadLayersModel } from '../../src/load/layers/load-layers-model';
import { expectClose } from '../support/close';
import { useGpu } from '../support/gpu';
import { layerCases, modelCases } from '../support/layer-cases';
import { filesOfLayer, layerFiles, resultOfLayer } from '../support/layer-files';
import { fillWeights, layersFiles, predictFiles, predictLayers, useLayers } from '../support/layers-model';
import { randomValues } from '../support/random';

const gpu = useGpu();
beforeAll(useLayers);

test.for([...layerCases, ...modelCases].map((given) => [given.name, given] as const))('%s', async ([, given]) => {
  const made = given.make();
  fillWeights(made);
  const feeds = given.inputs.map((shape, i) => ({ shape, values: randomValues(shape.reduce((a, b) => a * b, 1), 77 + i) })); // prettier-ignore
  const expected = await predictLayers(given, made, feeds);
  using model = await loadLayersModel(gpu(), await layersFiles(made));
  const results = await model.run(Object.fromEntries(feeds.map(({ values }, i) => [model.inputs[i].name, values])));
  for (const [i, { name }] of model.outputs.entries()) {
    using result = results[name];
    const { shape, values } = expected[i];
    expect(result.shape).toEqual(shape);
    expectClose(await result.read(), values, shape, 1e-5 * Math.max(1, ...Array.from(values, Math.abs)));
  }
});

test.for(layerFiles.map((given) => [given.name, given] as const))('%s', async ([, given]) => {
  const values = randomValues(given.input.reduce((a, b) => a * b, 1), 77); // prettier-ignore
  const expected = await resultOfLayer(given, values);
  using model = await loadLayersModel(gpu(), filesOfLayer(given));
  using y = (await model.run({ x: values })).y;
  expect(y.shape).toEqual(expected.shape);
  expectClose(await y.read(), expected.values, y.shape, 1e-5 * Math.max(1, ...Array.from(expected.values, Math.abs)));
});

const quantizations = {
  uint8: { scale: 0.012, min: -0.6, Stored: Uint8Array, as: (v: number) => Math.round((v + 0.6) / 0.012) },
  uint16: { scale: 5e-5, min: -0.6, Stored: Uint16Array, as: (v: number) => Math.round((v + 0.6) / 5e-5) },
  float16: { Stored: Uint16Array, as: halfBits },
} as const;

test.for(Object.entries(quantizations))(
  'weights quantised as %s, in several shards',
  async ([dtype, { Stored, as, ...affine }]) => {
    const made = modelCases[0].make();
    fillWeights(made);
    const { model: json, weights } = await layersFiles(made);
    const stored = new Stored(Array.from(new Float32Array(weights.buffer as ArrayBuffer), as));
    const bytes = new Uint8Array(stored.buffer);
    const specs = json.weightsManifest[0].weights.map((spec) => ({ ...spec, quantization: { dtype, ...affine } }));
    const model = { ...json, weightsManifest: [{ paths: ['a.bin', 'b.bin'], weights: specs }] };
    const values = randomValues(2 * 8 * 8 * 3, 5);
    const [expected] = await predictFiles({ model, weights: bytes }, { shape: [2, 8, 8, 3], values });
    const shards = [bytes.slice(0, 101), bytes.slice(101)];
    using loaded = await loadLayersModel(gpu(), { model, weights: shards });
    const [y] = Object.values(await loaded.run({ [loaded.inputs[0].name]: values }));
    using result = y;
    expectClose(await result.read(), expected.values, result.shape, 1e-5);
  },
);

test('a channels-first model transposes its input, and nothing else', async () => {
  const { make, inputs } = modelCases.find(({ name }) => name.includes('channels first'))!;
  using model = await loadLayersModel(gpu(), await layersFiles(make()));
  const steps = (await model.compile({ [model.inputs[0].name]: inputs[0] })).explain();
  expect(steps.filter(({ kernel }) => kernel.startsWith('copy/'))).toHaveLength(1);
  expect(steps).toHaveLength(5);
});

test('layers that are not supported are named, all at once', async () => {
  const layer = (kind: string, name: string): object => ({
    class_name: kind,
    config: { name, batch_input_shape: [null, 3] },
  });
  const config = [layer('LSTM', 'memory'), layer('Lambda', 'anything'), layer('Dense', 'd')];
  const files = { model: { modelTopology: { class_name: 'Sequential', config } }, weights: [] };
  const message = await loadLayersModel(gpu(), files).catch((error: Error) => error.message);
  for (const words of ['loadLayersModel: ', 'LSTM', 'Lambda', '"memory"', '"anything"'])
    expect(message).toContain(words);
});
