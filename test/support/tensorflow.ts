/** TensorFlow.js on the CPU, to compare models with. */
import { version_cpu } from '@tensorflow/tfjs-backend-cpu';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import type { TinyFiles } from './graph-model';

/** The result of a node. */
export interface Expected {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

/** The input of a node. */
export interface Fed {
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array | Uint8Array;
}

/**
 * Runs a model.
 *
 * @param source the address of its model.json, or its files
 * @param feeds by the name of the node
 * @param outputs names of nodes, with the number of an output: `split:1`
 */
export async function runTensorFlow(
  source: string | TinyFiles,
  feeds: Readonly<Record<string, Fed>>,
  outputs: readonly string[],
): Promise<Expected[]> {
  // Importing its version registers the backend.
  if (!(await tf.setBackend('cpu'))) throw new Error(`TensorFlow.js has no backend ${version_cpu} for the CPU`);
  const model = await loadGraphModel(typeof source === 'string' ? source : tf.io.fromMemory(artifactsOf(source)));
  const inputs = Object.fromEntries(
    Object.entries(feeds).map(([name, { shape, values }]) => {
      const dtype = values instanceof Int32Array ? 'int32' : values instanceof Uint8Array ? 'bool' : 'float32';
      return [name, tf.tensor(values, [...shape], dtype)];
    }),
  );
  // TensorFlow.js computes some nodes asynchronously.
  const result = await model.executeAsync(inputs, [...outputs]);
  const tensors = Array.isArray(result) ? result : [result];
  const expected = await Promise.all(
    tensors.map(async (tensor) => ({ shape: tensor.shape, values: await tensor.data<'float32'>() })),
  );
  tf.dispose([tensors, inputs]);
  model.dispose();
  return expected;
}

function artifactsOf({ model, weights }: TinyFiles): tf.io.ModelArtifacts {
  return {
    modelTopology: model.modelTopology,
    weightSpecs: model.weightsManifest.flatMap((group) => group.weights) as tf.io.WeightsManifestEntry[],
    weightData: weights.buffer,
  };
}
