/** Models by TensorFlow.js. It is larger than everything else on the page, so it is imported only when it is chosen. */
import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import type { ModelFile } from '../models';
import { cut } from '../square';
import { keeping, type Engine, type EngineOptions, type LoadedModel } from './engine';

export async function openTensorFlow({ onLost }: EngineOptions): Promise<Engine> {
  if (!(await tf.setBackend('webgpu'))) throw new Error("TensorFlow.js's WebGPU backend does not start here");
  await tf.ready();
  const backend = tf.backend();
  if (backend instanceof WebGPUBackend) {
    void backend.device.lost.then(() =>
      onLost(Promise.reject(new Error('TensorFlow.js opens no new device. Reload the page, or switch to depthwise.'))),
    );
  }
  return { load: keeping(load) };
}

async function load(
  { url, size, range, outputs }: ModelFile,
  onProgress: (share: number) => void,
): Promise<LoadedModel> {
  const model = await loadGraphModel(new URL(url, location.href).href, { onProgress });
  const [{ name, dtype }] = model.inputs;
  const [black, white] = range;
  const runOn = async (image: ImageData): Promise<readonly Float32Array[]> => {
    const results = tf.tidy(() => {
      const bytes = tf.expandDims(tf.browser.fromPixels(image, 3));
      const x = dtype === 'int32' ? bytes : tf.add(tf.mul(bytes, (white - black) / 255), black);
      const result = model.execute({ [name]: x }, [...outputs]);
      return Array.isArray(result) ? result : [result];
    });
    try {
      return await Promise.all(results.map((tensor) => tensor.data<'float32'>()));
    } finally {
      tf.dispose(results);
    }
  };
  // The first run compiles its programs.
  await runOn(new ImageData(size, size));
  return { run: (picture, square) => runOn(cut(picture, square, size)) };
}
