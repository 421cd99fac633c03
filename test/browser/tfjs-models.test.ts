/** Models that TensorFlow.js's own loadGraphModel loads give, after `install`, the same outputs as on its CPU backend. */
import { loadGraphModel, type GraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { installModel, written, type InstallModel } from '../../demo/install/models';
import { poseNet } from '../../demo/install/pose-net';
import { mobileNetV1 } from '../../demo/networks/mobile-net-v1';
import { mobileNetV2 } from '../../demo/networks/mobile-net-v2';
import { install } from '../../src/tfjs';
import { expectClose, roundingsBound } from '../support/close';
import { held, useBackend } from '../support/tfjs-census';

/** The networks have few channels and pixels, but all of their layers. */
const SMALL = { width: 0.25, resolution: 33, classes: 10 } as const;

/** Models, with the number of their convolutions. */
const MODELS: readonly [name: string, convolutions: number, model: () => InstallModel | Promise<InstallModel>][] = [
  ['MobileNetV1', 28, () => written(mobileNetV1(SMALL))],
  ['MobileNetV2', 53, () => written(mobileNetV2(SMALL))],
  ['PoseNet', 31, () => written(poseNet(SMALL))],
  ['blazeface', 69, () => installModel('blazeface')],
];

test.each(MODELS)('%s', async (_, convolutions, make) => {
  const { artifacts, input, outputs, x } = await make();
  const run = async (model: GraphModel): Promise<readonly Float32Array[]> => {
    const fed = tf.tensor(x.values, [...x.shape], x.dtype);
    const made = model.execute({ [input]: fed }, [...outputs]);
    const tensors = Array.isArray(made) ? made : [made];
    const values = await Promise.all(tensors.map((tensor) => tensor.data<'float32'>()));
    tf.dispose([tensors, fed]);
    return values;
  };
  // TensorFlow.js's own WebGPU programs would take minutes to compile here. The benchmark runs them.
  await useBackend('cpu');
  const model = await loadGraphModel(tf.io.fromMemory(artifacts));
  const expected = await run(model);
  await useBackend('webgpu');
  using installed = install(tf);
  const actual = await run(model);
  expect(installed.counts()).toMatchObject({ left: {}, dispatches: convolutions });
  // In a deep model, the rounding errors of the layers add up.
  const roundings = Math.max(32, convolutions);
  for (const [i, values] of actual.entries())
    expectClose(values, expected[i], [values.length], roundingsBound(expected[i], roundings));
  const before = held();
  await run(model);
  expect(held()).toEqual(before);
  model.dispose();
});
