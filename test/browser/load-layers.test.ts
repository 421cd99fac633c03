/** Layers models against TensorFlow.js, which makes them. */
import { beforeAll, expect, test } from 'vitest';
import * as arity from '../../src/load/arity';
import { GPU_OPS } from '../../src/load/gpu-ops';
import { graphOf } from '../../src/load/graph';
import { ACTIVATION_LAYERS } from '../../src/load/layers/gpu-activation';
import { ARRAY_LAYERS } from '../../src/load/layers/gpu-arrays';
import { CONV_LAYERS } from '../../src/load/layers/gpu-conv';
import { IMAGE_LAYERS } from '../../src/load/layers/gpu-image';
import { layersTopologyOf } from '../../src/load/layers/topology';
import { manifestOf } from '../../src/load/manifest';
import { modelOf } from '../../src/load/model';
import { constantOf } from '../../src/load/weights';
import { expectClose } from '../support/close';
import { useGpu } from '../support/gpu';
import { layerCases, modelCases } from '../support/layer-cases';
import { filesOfLayer, layerFiles, resultOfLayer } from '../support/layer-files';
import { fillWeights, layersFiles, predictLayers, useLayers } from '../support/layers-model';
import { randomValues } from '../support/random';

for (const [k, v] of Object.entries({ ...ACTIVATION_LAYERS, ...ARRAY_LAYERS, ...CONV_LAYERS, ...IMAGE_LAYERS })) {
  (GPU_OPS as any).set(k, v);
  (arity.ARITIES as any).set(k, { least: 1, most: 99, outputs: () => 1 });
}
const loadLayersModel = async (gpu: any, files: any): Promise<any> => {
  const manifest = manifestOf('x', files.model);
  const { topology, constants } = layersTopologyOf('x', files.model, manifest.weights.keys());
  const get = (name: string): any =>
    constants.get(name) ??
    (manifest.weights.has(name) ? constantOf(manifest.weights.get(name)!, files.weights) : undefined);
  return modelOf(gpu, graphOf('x', topology, { get }, {}), false);
};

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
