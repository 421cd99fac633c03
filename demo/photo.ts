/** The run's last part: a photograph through the library, and the same through plain loops, side by side. */
import { depthwiseConv2d, pointwiseConv2d, prepare, tensorFromImage, type Gpu, type Tensor } from '../src/index';
import { judge } from './check';
import { outputShape, type Shape } from './convolution';
import { activationOf, convolutionOf, stages, type Stage } from './edges';
import { photos } from './photos/photos';
import { reference, type Expected } from './reference';
import { timed } from './timing';

/** The width of the photograph: large enough to see something, small enough for a CPU that poses as a GPU. */
const WIDTH = 384;

export interface PhotoResult {
  readonly ok: boolean;
  /** Largest difference of the two pictures, where black is 0 and white is 1. */
  readonly maxDifference: number;
  /** The difference as a share of the bound that the four stages' rounding allows. */
  readonly ofBound: number;
  /** The four convolutions, from queueing to done: the first time, compiling included, and the second. */
  readonly firstMs: number;
  readonly ms: number;
}

/** Where the pictures go. */
export interface Canvases {
  readonly photo: HTMLCanvasElement;
  readonly gpu: HTMLCanvasElement;
  readonly loops: HTMLCanvasElement;
}

/** A stage with its numbers on the GPU. */
interface Uploaded {
  readonly stage: Stage;
  readonly filter: Tensor;
  readonly bias: Tensor;
}

/** Finds the photograph's edges both ways and draws them. */
export async function runPhoto(gpu: Gpu, canvases: Canvases): Promise<PhotoResult> {
  const image = await loadPhoto();
  const pixels = drawPhoto(canvases.photo, image);
  const expected = await edgesByLoops(pixels);

  const uploaded = stages.map((stage) => ({
    stage,
    filter: gpu.tensor(stage.filter, stage.filterShape),
    bias: gpu.tensor(stage.bias, [stage.bias.length]),
  }));
  const x = tensorFromImage(gpu, image);
  await gpu.finished();
  const time = async (): Promise<number> =>
    timed({ run: () => edgesByGpu(x, uploaded).dispose(), sync: () => gpu.finished() });
  const firstMs = await time();
  // First calls may run by stand-ins.
  await prepare(gpu, () => edgesByGpu(x, uploaded));
  const ms = await time();
  const edges = edgesByGpu(x, uploaded);
  const actual = await edges.read();

  drawPixels(canvases.gpu, actual, edges.shape as Shape);
  drawPixels(canvases.loops, expected.values, edges.shape as Shape);
  for (const tensor of [x, edges, ...uploaded.flatMap(({ filter, bias }) => [filter, bias])]) tensor.dispose();
  const { ok, maxError, ofBound } = judge(actual, expected);
  return { ok, maxDifference: maxError, ofBound, firstMs, ms };
}

/** Runs the chain, and frees the tensors in between. */
function edgesByGpu(photo: Tensor, uploaded: readonly Uploaded[]): Tensor {
  let x = photo;
  for (const { stage, filter, bias } of uploaded) {
    const convolve = stage.op === 'depthwiseConv2d' ? depthwiseConv2d : pointwiseConv2d;
    const y = convolve(x, filter, { bias, activation: stage.activation });
    if (x !== photo) x.dispose();
    x = y;
  }
  return x;
}

/** The chain in float64, and its error bound in float32: each stage carries its input's error on and adds its own. */
async function edgesByLoops({ data, width, height }: ImageData): Promise<Expected> {
  let shape: Shape = [1, height, width, 3];
  // Without the alpha channel; upload rounds to float32.
  const values = Float64Array.from(
    data.filter((_, i) => i % 4 < 3),
    (byte) => byte / 255,
  );
  let x: Expected = { values, bounds: values.map((v) => v * 2 ** -22) };
  for (const stage of stages) {
    const conv = convolutionOf(stage, shape);
    const epilogue = { bias: stage.bias, activation: activationOf(stage) };
    x = await reference(conv, x.values, stage.filter, epilogue, x.bounds);
    shape = outputShape(conv);
  }
  return x;
}

async function loadPhoto(): Promise<ImageBitmap> {
  const response = await fetch(photos.bridge);
  if (!response.ok)
    throw new Error(`the photograph ${photos.bridge} is not there: ${response.status} ${response.statusText}`);
  return createImageBitmap(await response.blob(), { resizeWidth: WIDTH, resizeQuality: 'high' });
}

function drawPhoto(canvas: HTMLCanvasElement, image: ImageBitmap): ImageData {
  const context = contextOf(canvas, image.width, image.height);
  context.drawImage(image, 0, 0);
  return context.getImageData(0, 0, image.width, image.height);
}

function drawPixels(canvas: HTMLCanvasElement, values: ArrayLike<number>, [, height, width]: Shape): void {
  const context = contextOf(canvas, width, height);
  const image = context.createImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) image.data[i * 4 + c] = Math.round(values[i * 3 + c] * 255);
    image.data[i * 4 + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}

function contextOf(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D {
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('this page gives no 2-D canvas to draw the photograph on');
  return context;
}
