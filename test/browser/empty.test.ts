/**
 * There are no tensors without elements. Every call that would make one throws the same words at once, and queues nothing.
 */
import { describe, expect, test } from 'vitest';
import {
  compile,
  conv2dTranspose,
  loadGraphModel,
  reshape,
  resizeBilinear,
  resizeNearestNeighbor,
  slice,
  split,
  type Gpu,
  type Tensor,
} from '../../src/index';
import { useGpu } from '../support/gpu';
import { placeholder, tinyModel, type } from '../support/graph-model';
import { callOn, tensorCalls } from '../support/public-calls';

const gpu = useGpu();

const refusal = (axis: number): string =>
  `has size 0 on axis ${axis}; every size must be a whole number of at least 1: no tensor is empty`;

/** Fails unless the call throws a message with these words and leaves nothing behind. */
function expectRefused(call: () => unknown, ...words: readonly string[]): void {
  const { queue } = gpu().context;
  const before = [queue.recorded, gpu().memory().buffersInUse];
  let message = '';
  try {
    call();
  } catch (error) {
    ({ message } = error as Error);
  }
  for (const word of words) expect(message).toContain(word);
  expect([queue.recorded, gpu().memory().buffersInUse]).toEqual(before);
}

const filled = (shape: readonly number[]): Tensor =>
  gpu().tensor(new Float32Array(shape.reduce((product, n) => product * n, 1)).fill(0.5), shape);

/** The shapes of the tensors that the list of public calls gives to a function. */
function shapesOf(name: string): readonly (readonly number[])[] {
  const shapes: number[][] = [];
  const made: Tensor[] = [];
  made.push(
    ...callOn(name, (...shape) => {
      shapes.push(shape);
      made.push(filled(shape));
      return made[made.length - 1];
    }),
  );
  for (const tensor of made) tensor.dispose();
  return shapes;
}

describe('of every public function each argument that has a size of 0 is refused', () => {
  test.for(tensorCalls)('%s', async (name) => {
    const shapes = shapesOf(name);
    expect(shapes.length).toBeGreaterThan(0);
    for (const [i, shape] of shapes.entries()) {
      for (const axis of shape.keys()) {
        const empty = shape.with(axis, 0);
        const others: Tensor[] = [];
        const make = (...own: number[]): Tensor => {
          const isIt = others.length === i;
          const tensor = isIt ? gpu().tensor([], empty) : filled(own);
          others.push(tensor);
          return tensor;
        };
        expect(() => callOn(name, make)).toThrow(`gpu.tensor: shape [${empty.join(', ')}] ${refusal(axis)}`);
        for (const tensor of others) tensor.dispose();
        const inputs = Object.fromEntries(shapes.map((own, j) => [`x${j}`, j === i ? empty : own]));
        await expect(
          compile(gpu(), inputs, (tensors) => {
            let next = 0;
            return callOn(name, () => tensors[`x${next++}`]);
          }),
        ).rejects.toThrow(`compile: input x${i} [${empty.join(', ')}] ${refusal(axis)}`);
      }
    }
  });
});

describe('an empty tensor does not come into being', () => {
  const usage = 0x80 | 0x4; // STORAGE | COPY_SRC
  const wrapped = (own: Gpu): Tensor => own.wrap(own.device.createBuffer({ size: 256, usage }), [2, 0]);
  const cases: readonly (readonly [name: string, call: (x: Tensor) => unknown, ...words: readonly string[]])[] = [
    ['by upload', () => gpu().tensor([], [0, 3]), 'gpu.tensor: shape [0, 3]', refusal(0)],
    ['by upload as float16', () => gpu().tensor([], [3, 0], { dtype: 'f16' }), 'shape [3, 0]', refusal(1)],
    ['in a buffer of the app', () => wrapped(gpu()), 'gpu.wrap: shape [2, 0]', refusal(1)],
    ['by another shape', (x) => reshape(x, [0, 64]), 'reshape: shape [0, 64]', refusal(0)],
    ['by another shape, one of whose sizes is open', (x) => reshape(x, [-1, 0]), 'reshape: shape [1, 0]', refusal(1)],
    ['as a slice', (x) => slice(x, [0, 0, 0, 0], [1, 0, -1, -1]), 'slice: size [1, 0, -1, -1]', refusal(1)],
    ['as a piece', (x) => split(x, [0, -1], 1), 'split: numOrSizes [0, -1]', refusal(0)],
    ['as an image', (x) => resizeBilinear(x, [0, 4]), 'resizeBilinear: size [0, 4]', refusal(0)],
    ['as an image of copies', (x) => resizeNearestNeighbor(x, [4, 0]), 'size [4, 0]', refusal(1)],
    [
      'as a transposed convolution',
      (x) => conv2dTranspose(x, x, { outputShape: [4, 0] }),
      'conv2dTranspose: outputShape [4, 0]',
      refusal(1),
    ],
  ];
  test.for(cases)('%s', ([, call, ...words]) => {
    using x = filled([1, 4, 4, 4]);
    expectRefused(() => call(x), ...words);
  });

  test('as what a model takes', async () => {
    const sum = { name: 'y', op: 'AddV2', input: ['x', 'x'], attr: { T: type('DT_FLOAT') } };
    using model = await loadGraphModel(gpu(), tinyModel([placeholder('x', [-1, 3]), sum], []));
    await expect(model.run({ x: [] })).rejects.toThrow("input 'x' has 0 numbers");
    await expect(model.compile({ x: [0, 3] })).rejects.toThrow(`input 'x' [0, 3] ${refusal(0)}`);
  });
});
