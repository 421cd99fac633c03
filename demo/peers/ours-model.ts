/** A model by this library, as an app runs it: from its files, every output read. */
import { loadGraphModel, loadOnnxModel, loadTfliteModel, type Gpu, type Model } from '../../src/index';
import { withoutOutput, type FedModel, type ModelOutputs } from '../models/fed-model';
import type { Plan } from './strategy';

export function planModel(gpu: Gpu, fedModel: FedModel): Plan<ModelOutputs> {
  const { x: fed } = fedModel;
  return {
    async prepare() {
      const model = await loadFed(gpu, fedModel);
      const program = await model.compile({ [model.inputs[0].name]: fed.shape });
      const x = gpu.tensor(fed.values, fed.shape);
      let last: ModelOutputs = {};
      return {
        program: {
          nodes: model.explain().nodes.filter(({ place }) => place !== 'constant').length,
          traced: program.dispatches.traced,
          kernels: countsOf(program.explain().map(({ kernel }) => kernel)),
        },
        async run() {
          const results = Object.entries(await model.run({ [model.inputs[0].name]: x }));
          const values = await Promise.all(
            results.map(async ([name, tensor]) => [withoutOutput(name), await tensor.read()] as const),
          );
          for (const [, tensor] of results) tensor.dispose();
          last = Object.fromEntries(values);
        },
        settle: () => program.ready(),
        sync: () => gpu.finished(),
        read: () => Promise.resolve(last),
        dispose() {
          x.dispose();
          model.dispose();
        },
      };
    },
  };
}

export function loadFed(gpu: Gpu, model: FedModel): Promise<Model> {
  if (model.format !== 'graph') {
    return model.format === 'tflite' ? loadTfliteModel(gpu, model.bytes) : loadOnnxModel(gpu, model.bytes);
  }
  const { json, weights, inputs, outputs } = model;
  return loadGraphModel(gpu, { model: json, weights }, { inputs, outputs });
}

function countsOf(names: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
