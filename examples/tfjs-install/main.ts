import '@tensorflow/tfjs-backend-webgpu';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import { install } from 'depthwise/tfjs';

const svg = document.querySelector('svg')!;
const image = document.querySelector('img')!;
const output = document.querySelector('output')!;

async function compare(): Promise<string> {
  await tf.setBackend('webgpu');
  const model = await loadGraphModel('/models/movenet-lightning.json');
  await image.decode();
  const input = tf.tidy(() => {
    const pixels = tf.image.resizeBilinear(tf.browser.fromPixels(image), [192, 192]);
    return tf.cast(tf.expandDims(pixels), 'int32');
  });

  /** The joints, and how long the third run took. */
  async function run(): Promise<{ joints: Float32Array; ms: number }> {
    for (let i = 0; ; i++) {
      const start = performance.now();
      const result = model.execute(input) as tf.Tensor;
      const joints = await result.data<'float32'>();
      result.dispose();
      if (i === 2) return { joints, ms: performance.now() - start };
    }
  }

  const before = await run();
  const installed = install(tf); // the one new line: convolutions are this library's from here on, and nothing else changes
  const after = await run();

  show(after.joints);
  const difference = Math.max(...after.joints.map((v, i) => Math.abs(v - before.joints[i])));
  const convolutions = Object.values(installed.counts().taken).reduce((sum, calls) => sum + calls, 0);
  return `${convolutions} convolutions: ${before.ms.toFixed(1)} ms before, ${after.ms.toFixed(1)} ms after; largest difference ${difference}`;
}

function show(joints: Float32Array): void {
  const points = Array.from(
    { length: 17 },
    (_, i) => `<circle cx="${joints[3 * i + 1]}" cy="${joints[3 * i]}" r="0.01" />`,
  );
  svg.innerHTML = points.join('');
}

output.textContent = await compare().catch(String);
