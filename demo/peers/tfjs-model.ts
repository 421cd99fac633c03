/** A model by TensorFlow.js, as an app runs it: from its files, every output read. */
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import type { FedGraph, ModelOutputs } from '../models/fed-model';
import type { Plan } from './strategy';

export function planModel({ json, weights, x: fed, ends }: FedGraph): Plan<ModelOutputs> {
  return {
    async prepare() {
      const { weightsManifest, ...model } = JSON.parse(json);
      const weightSpecs = weightsManifest.flatMap((group: { weights: object[] }) => group.weights);
      const files = tf.io.fromMemory({ ...model, weightSpecs, weightData: weights.buffer });
      const loaded = await loadGraphModel(files);
      const x = tf.tensor(fed.values, [...fed.shape], fed.dtype);
      let last: ModelOutputs = {};
      return {
        async run() {
          const nodes = ends.map(({ node }) => node);
          const result = loaded.execute({ [fed.node]: x }, nodes);
          const tensors = Array.isArray(result) ? result : [result];
          const values = await Promise.all(
            tensors.map(async (tensor, i) => [ends[i].name, await tensor.data<'float32'>()] as const),
          );
          tf.dispose(tensors);
          last = Object.fromEntries(values);
        },
        // Reading the outputs has already waited for the GPU.
        sync: () => Promise.resolve(),
        read: () => Promise.resolve(last),
        dispose() {
          x.dispose();
          loaded.dispose();
        },
      };
    },
  };
}
