import { depthwiseConv2d, draw, tensorFromImage, transpose } from 'depthwise';
import { fromOrt, openGpuOn, toOrt } from 'depthwise/onnxruntime';
import * as ort from 'onnxruntime-web/webgpu';

const image = document.querySelector('img')!;
const canvas = document.querySelector('canvas')!;
const output = document.querySelector('output')!;

async function sepia(): Promise<string> {
  // One Conv node, 1 x 1, with the colours of old photographs.
  const session = await ort.InferenceSession.create('/sepia.onnx', {
    executionProviders: ['webgpu'],
    preferredOutputLocation: 'gpu-buffer',
  });
  const gpu = await openGpuOn(ort); // after the first session: ONNX Runtime opens the device
  await image.decode();

  using photo = tensorFromImage(gpu, image);
  using filter = gpu.tensor(new Float32Array(3 * 3 * 3).fill(1 / 9), [3, 3, 3, 1]);
  using blurred = depthwiseConv2d(photo, filter, { padding: 'same' });
  using planes = transpose(blurred, [0, 3, 1, 2]); // ONNX is NCHW

  const x = toOrt(ort, planes);
  const { y } = await session.run({ x });
  x.dispose();
  using brown = fromOrt(gpu, y);
  draw(brown, canvas, { dataFormat: 'NCHW' });

  const values = await brown.read();
  return `${brown.shape.join(' x ')}, mean ${mean(values)}`;
}

function mean(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
}

output.textContent = await sepia().catch(String);
