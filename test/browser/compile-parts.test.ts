/**
 * Programs on devices whose bindings are smaller than a tensor: parts and bands of tensors that begin in the middle of a
 * buffer.
 */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sizeOf } from '../../src/conv/check';
import {
  activate,
  add,
  cast,
  compile,
  concat,
  conv2d,
  depthwiseConv2d,
  matMul,
  multiply,
  openGpu,
  pointwiseConv2d,
  reduceSum,
  reshape,
  slice,
  split,
  type Gpu,
  type Tensor,
} from '../../src/index';
import { expectClose, roundingsBound } from '../support/close';
import { cap } from '../support/limits';
import { randomValues } from '../support/random';

const OFFSET = 256;
const same = { padding: 'same' } as const;

let own: Gpu;
let errors: Error[];

beforeEach(async () => {
  errors = [];
  own = await openGpu({ quickStart: false, onError: (error) => errors.push(error) });
});

afterEach(() => {
  own.destroy();
  expect(errors).toEqual([]);
});

function random(...shape: number[]): Tensor {
  return own.tensor(randomValues(sizeOf(shape), 3), shape);
}

/** A tensor in the middle of a buffer that holds other numbers before and after it. */
function wrapped(...shape: number[]): Tensor {
  const size = sizeOf(shape);
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
  const buffer = own.device.createBuffer({ size: 2 * OFFSET + 4 * size, usage });
  own.device.queue.writeBuffer(buffer, 0, new Float32Array(buffer.size / 4).fill(-77));
  own.device.queue.writeBuffer(buffer, OFFSET, randomValues(size, 5));
  return own.wrap(buffer, shape, { offset: OFFSET });
}

/** A network of an input and of a tensor in the middle of a buffer, and the most bytes that a binding may have. */
interface Case {
  readonly limit: number;
  readonly input: readonly number[];
  readonly tensor: readonly number[];
  readonly network: (x: Tensor, w: Tensor) => Tensor[];
}

const cases: Readonly<Record<string, Case>> = {
  'a map of it, as it is': {
    limit: 256,
    input: [4],
    tensor: [160],
    network: (x, w) => [activate(w, 'tanh'), multiply(reshape(w, [40, 4]), x)],
  },
  'a map of it, reshaped': {
    limit: 256,
    input: [4],
    tensor: [8, 20],
    network: (x, w) => [activate(reshape(w, [160]), 'tanh'), add(reshape(reshape(w, [160]), [40, 4]), x)],
  },
  'a batch in parts': {
    limit: 1024,
    input: [1],
    tensor: [4, 8, 8, 3],
    network: (x, w) => [activate(conv2d(w, random(3, 3, 3, 4), same), 'relu')],
  },
  'an image in bands': {
    limit: 1024,
    input: [1],
    tensor: [1, 16, 8, 4],
    network: (x, w) => [depthwiseConv2d(w, random(3, 3, 4, 1), same)],
  },
  'a reshaped image in bands': {
    limit: 1024,
    input: [1],
    tensor: [2048 / 4],
    network: (x, w) => [depthwiseConv2d(reshape(w, [1, 16, 8, 4]), random(3, 3, 4, 1), same)],
  },
  'a residual in bands': {
    limit: 1024,
    input: [1, 16, 8, 2],
    tensor: [1, 16, 8, 4],
    network: (x, w) => [pointwiseConv2d(x, random(2, 4), { residual: w })],
  },
  'a slice of it, and of its reshape': {
    limit: 512,
    input: [4],
    tensor: [64, 4],
    network: (x, w) => [
      add(slice(w, [20, 0], [9, -1]), x),
      add(slice(reshape(w, [1, 32, 8]), [0, 30, 4], [-1, 1, -1]), x),
    ],
  },
  'the pieces of a split': {
    limit: 512,
    input: [4],
    tensor: [64, 4],
    network: (x, w) => [...split(w, 4), ...split(reshape(w, [128, 2]), [48, 32, 48])].map((y) => add(y, x.size)),
  },
  'what is joined of it': {
    limit: 512,
    input: [16, 4],
    tensor: [24, 4],
    network: (x, w) => [concat([x, w, x]), concat([reshape(w, [24, 4]), x])],
  },
  'a product of matrices': {
    limit: 512,
    input: [4, 2],
    tensor: [64, 4],
    network: (x, w) => [
      matMul(w, x),
      matMul(reshape(w, [16, 2, 2, 4]), reshape(concat([x, x]), [2, 4, 2])),
      matMul(reshape(w, [32, 2, 4]), reshape(concat(Array.from({ length: 32 }, () => x)), [32, 4, 2])),
    ],
  },
  'sums of it': {
    limit: 1024,
    input: [1],
    tensor: [128, 4],
    network: (x, w) => [reduceSum(w, 1), add(reduceSum(reshape(w, [256, 2]), 1), x)],
  },
  'another element type': {
    limit: 512,
    input: [1],
    tensor: [64, 4],
    network: (x, w) => [cast(w, 'f16'), activate(reshape(cast(reshape(w, [256]), 'f16'), [64, 4]), 'tanh')],
  },
};

test.for(Object.entries(cases))(
  'a program reads of a tensor in the middle of a buffer what the calls read: %s',
  async ([, { limit, input, tensor, network }]) => {
    const w = wrapped(...tensor);
    const values = randomValues(sizeOf(input), 9);
    const x = own.tensor(values, input);
    const whole = await Promise.all(network(x, w).map((y) => y.read()));
    cap(own, { maxStorageBufferBindingSize: limit });
    const eager = network(x, w);
    const expected = await Promise.all(eager.map((y) => y.read()));
    expect(expected).toEqual(whole);
    for (const fuse of [false, true]) {
      const program = await compile(own, { x: input }, (inputs) => network(inputs.x, w), { fuse });
      // Otherwise nothing here would be computed in parts.
      expect(program.dispatches.traced).toBeGreaterThan(eager.length);
      for (const [i, y] of program.run({ x: values }).entries()) {
        expectClose(await y.read(), expected[i], y.shape, fuse ? roundingsBound(expected[i]) : 0);
      }
    }
  },
);

test('a program is fed a tensor in the middle of a buffer, of which it binds parts', async () => {
  cap(own, { maxStorageBufferBindingSize: 1024 });
  const x = wrapped(4, 4, 4, 4);
  const network = (input: Tensor): Tensor[] => [
    conv2d(input, random(2, 3, 4, 8), same),
    pointwiseConv2d(reshape(input, [4, 2, 8, 4]), random(4, 8), { activation: 'relu' }),
    slice(input, [1, 0, 0, 0], [2, -1, -1, -1]),
  ];
  const expected = await Promise.all(network(x).map((y) => y.read()));
  for (const fuse of [false, true]) {
    const program = await compile(own, { x: x.shape }, (inputs) => network(inputs.x), { fuse });
    expect(program.dispatches.run).toBeGreaterThan(4);
    for (const [i, y] of program.run({ x }).entries()) {
      expectClose(await y.read(), expected[i], y.shape, fuse ? roundingsBound(expected[i]) : 0);
    }
  }
});
