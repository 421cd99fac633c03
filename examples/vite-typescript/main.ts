import { depthwiseConv2d, draw, explain, openGpu, tensorFromImage } from 'depthwise';

const image = document.querySelector('img')!;
const canvas = document.querySelector('canvas')!;
const output = document.querySelector('output')!;

async function sharpen(): Promise<string> {
  const gpu = await openGpu();
  await image.decode();
  const photo = tensorFromImage(gpu, image); // [1, 320, 480, 3]: batch, height, width, channels
  const taps = [0, -1, 0, -1, 5, -1, 0, -1, 0].flatMap((tap) => [tap, tap, tap]);
  const filter = gpu.tensor(taps, [3, 3, 3, 1]); // height, width, channels, multiplier

  const sharp = depthwiseConv2d(photo, filter, { padding: 'same', activation: 'relu' });

  draw(sharp, canvas); // on the GPU: nothing is read, nothing waits
  console.log(sharp.shape, explain(sharp).steps[0].kernel); // [1, 320, 480, 3] and 'depthwise/tile' on a GPU
  const values = await sharp.read(); // a Float32Array; only here the page waits
  return `${values.length} numbers, on average ${mean(values)}`;
}

function mean(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
}

output.textContent = await sharpen().catch(String);
