/**
 * The code that runs in the worker: a gpu of its own, opened by the first call, and the calls that the page may request.
 *
 * @module
 */
import { openGpu, tensorFromImage, type Gpu, type ImageSource } from '../../src/index';
import { doubled } from './doubled';
import { callPublic, type Outcome } from './public-calls';

/** A request of the page. */
export interface Request {
  readonly id: number;
  readonly call: keyof WorkerCalls;
  readonly parameters: readonly unknown[];
}

/** The worker's answer. */
export interface Reply {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

/** Errors that a device reports outside of calls. */
const errors: string[] = [];

let opened: Promise<Gpu> | undefined;

async function gpuOfWorker(): Promise<Gpu> {
  opened ??= openGpu({ quickStart: false, onError: (error) => errors.push(error.message) }).then((gpu) => {
    gpu.device.addEventListener('uncapturederror', ({ error }) => errors.push(error.message));
    return gpu;
  });
  return opened;
}

/** Draws a pixel each of red, green, blue and grey. */
function draw(canvas: OffscreenCanvas): void {
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('the worker has no 2-D canvas');
  for (const [i, style] of ['#f00', '#0f0', '#00f', '#888'].entries()) {
    context.fillStyle = style;
    context.fillRect(i, 0, 1, 1);
  }
}

/** The sources of a worker's images. */
const images: Readonly<Record<string, (canvas: OffscreenCanvas) => ImageSource | Promise<ImageSource>>> = {
  OffscreenCanvas: (canvas) => canvas,
  ImageBitmap: (canvas) => createImageBitmap(canvas),
  'a transferred ImageBitmap': (canvas) => canvas.transferToImageBitmap(),
  ImageData: (canvas) => canvas.getContext('2d')!.getImageData(0, 0, 4, 1),
  VideoFrame: (canvas) => new VideoFrame(canvas, { timestamp: 0 }),
};

/** The calls that the page may request. */
export interface WorkerCalls {
  readonly publicCall: (name: string) => Promise<Outcome>;
  /** The shape and the pixels of an image of that kind, as they are on the GPU. */
  readonly image: (kind: string, canvas?: OffscreenCanvas) => Promise<readonly [readonly number[], Float32Array]>;
  /** Always fails: the page wants the message of the error that is thrown here. */
  readonly mistake: () => Promise<void>;
  /** Doubles the numbers of a seed this many times, with a read after each. */
  readonly double: (seed: number, times: number) => Promise<Float32Array>;
  /** Buffers in use, and the errors since the start, when all work is done. */
  readonly state: () => Promise<{ readonly buffersInUse: number; readonly errors: readonly string[] }>;
}

const calls: WorkerCalls = {
  publicCall: async (name) => callPublic(await gpuOfWorker(), name),

  image: async (kind, canvas = new OffscreenCanvas(4, 1)) => {
    draw(canvas);
    const source = await images[kind](canvas);
    using x = tensorFromImage(await gpuOfWorker(), source, { range: [0, 255] });
    if ('close' in source) source.close();
    return [x.shape, await x.read()];
  },

  mistake: async () => {
    (await gpuOfWorker()).tensor([1, 2, 3], [4]).dispose();
  },

  double: async (seed, times) => doubled(await gpuOfWorker(), seed, times),

  state: async () => {
    const gpu = await gpuOfWorker();
    await gpu.finished();
    return { buffersInUse: gpu.memory().buffersInUse, errors };
  },
};

addEventListener('message', ({ data }: MessageEvent<Request>) => {
  void answer(data).then((reply) => postMessage(reply));
});

async function answer({ id, call, parameters }: Request): Promise<Reply> {
  try {
    const asked = calls[call] as (...all: readonly unknown[]) => Promise<unknown>;
    return { id, result: await asked(...parameters) };
  } catch (error) {
    return { id, error: (error as Error).message };
  }
}
