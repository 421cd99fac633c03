/** Layers models against TensorFlow.js, which makes them. */
import { beforeAll, expect, test } from 'vitest';
import { loadLayersModel } from '../../src/load/layers/load-layers-model';
import { expectClose } from '../support/close';
import { useGpu } from '../support/gpu';
import { layerCases, modelCases } from '../support/layer-cases';
import { filesOfLayer, layerFiles, resultOfLayer } from '../support/layer-files';
import { fillWeights, layersFiles, predictLayers, useLayers } from '../support/layers-model';
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
