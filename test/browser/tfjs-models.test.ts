/** Models by TensorFlow.js's own loadGraphModel, before and after `install`: the same outputs. */
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { installModel, written, type InstallModel } from '../../demo/install/models';
import { poseNet } from '../../demo/install/pose-net';
import { mobileNetV1 } from '../../demo/networks/mobile-net-v1';
import { mobileNetV2 } from '../../demo/networks/mobile-net-v2';
import { install } from '../../src/tfjs';
import { expectClose, roundingsBound } from '../support/close';
import { held, trafficOf, useBackend } from '../support/tfjs-census';

/** Small in channels and pixels; the layers are all there. */
const SMALL = { width: 0.25, resolution: 33, classes: 10 } as const;

/** With the convolutions that it has. */
const MODELS: readonly [name: string, convolutions: number, model: () => InstallModel | Promise<InstallModel>][] = [
  ['MobileNetV1', 28, () => written(mobileNetV1(SMALL))],
  ['MobileNetV2', 53, () => written(mobileNetV2(SMALL))],
  ['PoseNet', 31, () => written(poseNet(SMALL))],
  ['blazeface', 38, () => installModel('blazeface')],
];

beforeAll(async () => {
  await useBackend('webgpu');
});

test.each(MODELS)('%s', async (_, convolutions, make) => {
  const { artifacts, input, outputs, x } = await make();
  const model = await loadGraphModel(tf.io.fromMemory(artifacts));
  const fed = tf.tensor(x.values, [...x.shape], x.dtype);
  const run = async (): Promise<readonly Float32Array[]> => {
    const made = model.execute({ [input]: fed }, [...outputs]);
    const tensors = Array.isArray(made) ? made : [made];
    const values = await Promise.all(tensors.map((tensor) => tensor.data<'float32'>()));
    tf.dispose(tensors);
    return values;
  };
  const expected = await run();
  const before = held();
  const theirs = await trafficOf(run);
  using installed = install(tf);
  const actual = await run();
  expect(installed.counts()).toMatchObject({ left: {}, dispatches: convolutions });
  for (const [i, values] of actual.entries())
    expectClose(values, expected[i], [values.length], roundingsBound(expected[i]));
  const ours = await trafficOf(run);
  expect(ours.submits).toBeLessThanOrEqual(theirs.submits);
  expect(ours.dispatches).toBeLessThanOrEqual(theirs.dispatches);
  expect(ours.maps).toBe(theirs.maps);
  expect(held()).toEqual(before);
  fed.dispose();
  model.dispose();
});
