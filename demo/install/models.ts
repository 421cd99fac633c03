/** The models that an app under TensorFlow.js is measured with, before and after `install`. */
import type { io } from '@tensorflow/tfjs-core';
import { fedModel } from '../models/fed-model';
import { realModels } from '../models/real-models';
import { mobileNetV1 } from '../networks/mobile-net-v1';
import { mobileNetV2 } from '../networks/mobile-net-v2';
import { modelOf } from '../networks/model';
import type { Network } from '../networks/network';
import { graphFileOf } from './graph-file';
import { poseNet } from './pose-net';

/** A graph model with its input. */
export interface InstallModel {
  readonly artifacts: io.ModelArtifacts;
  readonly input: string;
  readonly outputs: readonly string[];
  readonly x: { readonly shape: readonly number[]; readonly values: Float32Array; readonly dtype: 'float32' | 'int32' };
}

/** Models from files, unchanged. */
const FILES = ['blazeface', 'facemesh'];

/** Networks written as graph models, with random numbers. */
const NETWORKS: Readonly<Record<string, () => Network>> = { mobileNetV1, mobileNetV2, poseNet };

const INSTALL_MODELS: readonly string[] = [...Object.keys(NETWORKS), ...FILES];

/** @throws (rejects) if there is no such model */
export async function installModel(name: string): Promise<InstallModel> {
  if (Object.hasOwn(NETWORKS, name)) return written(NETWORKS[name]());
  const real = realModels.find((known) => known.name === name);
  if (real === undefined) throw new Error(`there is no model "${name}"; there are ${INSTALL_MODELS.join(', ')}`);
  const { json, weights, x, ends } = await fedModel(real);
  const { weightsManifest, ...model } = JSON.parse(json);
  const weightSpecs = weightsManifest.flatMap((group: { weights: object[] }) => group.weights);
  return {
    artifacts: { ...model, weightSpecs, weightData: weights.buffer },
    input: x.node,
    outputs: ends.map(({ node }) => node),
    x,
  };
}

/** A network as a graph model. */
export function written(network: Network): InstallModel {
  const model = modelOf(network);
  return { ...graphFileOf(model), x: { shape: network.layers[0].shape, values: model.x, dtype: 'float32' } };
}
