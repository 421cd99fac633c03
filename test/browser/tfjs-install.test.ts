/** TensorFlow.js's convolutions by this library: the same numbers, in its own queue. */
import '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { install, type Installation } from '../../src/tfjs';

let installed: Installation | undefined;
beforeAll(async () => {
  await tf.setBackend('webgpu');
});
afterEach(() => installed?.uninstall());

test('first', async () => {
  const x = tf.randomNormal<tf.Rank.R4>([1, 9, 11, 8], 0, 1, 'float32', 1);
  const w = tf.randomNormal<tf.Rank.R4>([3, 3, 8, 1], 0, 1, 'float32', 2);
  const run = (): Promise<Float32Array> => {
    const y = tf.tidy(() => tf.relu(tf.depthwiseConv2d(tf.mul(x, 2), w, 1, 'same')));
    return y.data() as Promise<Float32Array>;
  };
  const before = await run();
  installed = install(tf);
  const after = await run();
  console.log(installed.pass, installed.counts(), before.slice(0, 4), after.slice(0, 4));
  expect(Math.max(...after.map((v, i) => Math.abs(v - before[i])))).toBeLessThan(1e-4);
});
