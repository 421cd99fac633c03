import { depthwiseConv2d, draw, explain, openGpu, tensorFromImage } from 'depthwise';

const image = document.querySelector('img')!;
const canvas = document.querySelector('canvas')!;
const output = document.querySelector('output')!;

async function sharpen(): Promise<string> {
  const gpu = await openGpu();
  await image.decode();

  const photo = tensorFromImage(gpu, image); // [1, 320, 480, 3]: batch, height, width, channels, each from 0 to 1
  const kernel = [0, -1, 0, -1, 5, -1, 0, -1, 0];
  const filter = gpu.tensor(
    kernel.flatMap((v) => [v, v, v]),
    [3, 3, 3, 1], // height, width, channels, multiplier
  );

  const sharp = depthwiseConv2d(photo, filter, { padding: 'same', activation: { name: 'clip', min: 0, max: 1 } });

  draw(sharp, canvas); // on the GPU: nothing is read back
  const values = await sharp.read(); // a Float32Array; only here the page waits
  return `${sharp.shape.join(' x ')} by ${explain(sharp).steps[0].kernel}, mean ${mean(values)}`;
}

function mean(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
}

output.textContent = await sharpen().catch(String);
