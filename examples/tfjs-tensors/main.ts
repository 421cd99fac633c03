import '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import { depthwiseConv2d, draw } from 'depthwise';
import { fromTf, openGpuOn, toTf } from 'depthwise/tfjs';

const image = document.querySelector('img')!;
const canvas = document.querySelector('canvas')!;
const output = document.querySelector('output')!;

async function edges(): Promise<string> {
  await tf.setBackend('webgpu');
  const gpu = await openGpuOn(tf); // one device for both
  await image.decode();

  const pixels = tf.tidy(() => tf.expandDims(tf.div(tf.browser.fromPixels(image), 255)));
  using photo = fromTf(tf, gpu, pixels);
  const kernel = [-1, -1, -1, -1, 8, -1, -1, -1, -1];
  using filter = gpu.tensor(
    kernel.flatMap((v) => [v, v, v]),
    [3, 3, 3, 1],
  );
  using found = depthwiseConv2d(photo, filter, { padding: 'same' });
  draw(found, canvas);

  const back = toTf(tf, found);
  const [mean] = await tf.tidy(() => tf.mean(tf.abs(back))).data();
  tf.dispose([pixels, back]);
  return `The edges' mean is ${mean}.`;
}

output.textContent = await edges().catch(String);
