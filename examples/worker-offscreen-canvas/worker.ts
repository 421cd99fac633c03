import { abs, activate, compile, depthwiseConv2d, draw, openGpu, reduceSum, sign, subtract } from 'depthwise';

/** The message that starts the worker. */
export interface Start {
  readonly canvas: OffscreenCanvas;
  readonly size: number;
  readonly generations: number;
}

// This is set before anything is awaited, because a message that comes while nobody listens is lost.
onmessage = ({ data }: MessageEvent<Start>) => {
  live(data).then(postMessage, (error: Error) => postMessage(error.message));
};

/** Plays Conway's Game of Life from five cells in the middle, and draws each generation. */
async function live({ canvas, size, generations }: Start): Promise<string> {
  const gpu = await openGpu();
  const cells = new Float32Array(size * size);
  for (const [y, x] of [[0, 1], [0, 2], [1, 0], [1, 1], [2, 1]]) cells[(size / 2 + y) * size + size / 2 + x] = 1; // prettier-ignore

  // The sum counts the living neighbours, and half of the cell itself. A cell lives on if the sum is from 2.5 to 3.5.
  const filter = gpu.tensor([1, 1, 1, 1, 0.5, 1, 1, 1, 1], [3, 3, 1, 1]);
  const bias = gpu.tensor([-3], [1]);
  using life = await compile(gpu, { cells: [1, size, size, 1] }, (feeds) => {
    const off = abs(depthwiseConv2d(feeds.cells, filter, { padding: 'same', bias }));
    return activate(sign(subtract(0.75, off)), 'relu');
  });

  let now = gpu.tensor(cells, [1, size, size, 1]);
  for (let i = 0; i < generations; i++) {
    const next = life.run({ cells: now });
    now.dispose();
    now = next;
    draw(now, canvas, { smoothing: false, colormap: 'magma' });
    await new Promise(requestAnimationFrame);
  }
  using alive = reduceSum(now, [1, 2]);
  return `${(await alive.read())[0]} cells live in generation ${generations}.`;
}
