import '@tensorflow/tfjs-backend-webgpu';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import { install } from 'depthwise/tfjs';

const svg = document.querySelector('svg')!;
const image = document.querySelector('img')!;
const output = document.querySelector('output')!;

/** Where the face is: top, left, bottom and right, of the photograph's height and width. */
const [TOP, LEFT, BOTTOM, RIGHT] = [0.094, 0.285, 0.403, 0.594];

async function compare(): Promise<string> {
  await tf.setBackend('webgpu');
  const model = await loadGraphModel('/models/facemesh.json');
  await image.decode();
  const face = tf.tidy(() => {
    const pixels = tf.expandDims<tf.Tensor4D>(tf.div(tf.browser.fromPixels(image), 255));
    return tf.image.cropAndResize(pixels, [[TOP, LEFT, BOTTOM, RIGHT]], [0], [192, 192]);
  });

  /** The points of the mesh, and how long the third run took. */
  async function run(): Promise<{ mesh: Float32Array; ms: number }> {
    for (let i = 0; ; i++) {
      const start = performance.now();
      const result = model.execute(face, 'output_mesh') as tf.Tensor;
      const mesh = await result.data<'float32'>();
      result.dispose();
      if (i === 2) return { mesh, ms: performance.now() - start };
    }
  }

  const before = await run();
  const installed = install(tf); // the one new line: convolutions are this library's from here on, and nothing else changes
  const after = await run();

  show(after.mesh);
  const difference = Math.max(...after.mesh.map((v, i) => Math.abs(v - before.mesh[i])));
  const convolutions = Object.values<number>(installed.counts().taken).reduce((sum, calls) => sum + calls, 0);
  return `${convolutions} convolutions: ${before.ms.toFixed(1)} ms before, ${after.ms.toFixed(1)} ms after; largest difference ${difference} pixels`;
}

function show(mesh: Float32Array): void {
  const points = Array.from({ length: mesh.length / 3 }, (_, i) => {
    const x = LEFT + ((RIGHT - LEFT) * mesh[3 * i]) / 192;
    const y = TOP + ((BOTTOM - TOP) * mesh[3 * i + 1]) / 192;
    return `<circle cx="${x}" cy="${y}" r="0.0015" />`;
  });
  svg.innerHTML = points.join('');
}

output.textContent = await compare().catch(String);
