/**
 * What a program treats as constant: weights, and everything that the network computes from weights alone. A buffer that the
 * app may still write is never constant.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sizeOf } from '../../src/conv/check';
import {
  abs,
  add,
  batchNorm,
  cast,
  compile,
  concat,
  conv2d,
  depthwiseConv2d,
  depthwiseToGroupedFilter,
  groupedConv2d,
  groupedToDepthwiseFilter,
  matMul,
  multiply,
  openGpu,
  pad,
  pointwiseConv2d,
  reshape,
  resnextBottleneck,
  slice,
  split,
  transpose,
  type ConvWeights,
  type Gpu,
  type Tensor,
} from '../../src/index';
import { expectClose, roundingsBound } from '../support/close';
import { randomValues } from '../support/random';

let gpu: Gpu;
let errors: Error[];
let seed: number;

async function open(): Promise<void> {
  errors = [];
  seed = 0;
  // Calls and programs are compared bit for bit, so no first call may run by another kernel than the program.
  gpu = await openGpu({ onError: (error) => errors.push(error), quickStart: false });
}

/** Opens a gpu for each test, so that what a failed constant leaves behind does not affect the next test. */
function useOwnGpus(): void {
  beforeEach(open);
  afterEach(() => {
    gpu.destroy();
    expect(errors).toEqual([]);
  });
}

const same = { padding: 'same' } as const;

function random(...shape: number[]): Tensor {
  return gpu.tensor(randomValues(sizeOf(shape), ++seed), shape);
}

/** Makes the weights, and returns the network that uses them. */
type Build = () => (x: Tensor) => Tensor | Tensor[];

const listOf = (result: Tensor | Tensor[]): Tensor[] => (Array.isArray(result) ? result : [result]);

/**
 * Runs the network call by call, in a program without fusing, which must give the same bits, and in a program with fusing.
 *
 * @returns how many dispatches a run has without fusing
 */
async function dispatchesLeft(input: readonly number[], build: Build): Promise<number> {
  const network = build();
  const values = randomValues(sizeOf(input), 99);
  const eager = listOf(network(gpu.tensor(values, input)));
  const expected = await Promise.all(eager.map((tensor) => tensor.read()));
  let left = 0;
  for (const fuse of [false, true]) {
    const program = await compile(gpu, { x: input }, ({ x }) => listOf(network(x)), { fuse });
    if (!fuse) left = program.dispatches.run;
    // The second run fails if the first one changed the constants.
    for (let run = 0; run < 2; run++) {
      for (const [i, tensor] of program.run({ x: values }).entries()) {
        expect(tensor.shape).toEqual(eager[i].shape);
        expectClose(await tensor.read(), expected[i], tensor.shape, fuse ? roundingsBound(expected[i]) : 0);
      }
    }
  }
  return left;
}

async function agrees(input: readonly number[], build: Build): Promise<void> {
  await dispatchesLeft(input, build);
}

describe('a weight that the network reshapes is constant, and so is what is computed from it', () => {
  useOwnGpus();

  test.for<readonly [string, readonly number[], number, Build]>([
    [
      'the absolute values',
      [1, 6, 6, 4],
      1,
      () => {
        const w = random(36);
        return (x) => depthwiseConv2d(x, abs(reshape(w, [3, 3, 4, 1])));
      },
    ],
    [
      'a reshape of a reshape',
      [1, 6, 6, 4],
      1,
      () => {
        const w = random(36);
        return (x) => depthwiseConv2d(x, abs(reshape(reshape(w, [9, 4]), [3, 3, 4, 1])));
      },
    ],
    [
      'a reshape of what is computed of a reshape',
      [1, 6, 6, 4],
      1,
      () => {
        const w = random(36);
        return (x) => depthwiseConv2d(x, reshape(abs(reshape(w, [4, 9])), [3, 3, 4, 1]));
      },
    ],
    [
      'the transpose',
      [1, 4, 4, 4],
      1,
      () => {
        const w = random(32);
        return (x) => pointwiseConv2d(x, transpose(reshape(w, [8, 4])));
      },
    ],
    [
      'zeros around it',
      [1, 4, 4, 3],
      1,
      () => {
        const w = random(12);
        return (x) => conv2d(x, pad(reshape(w, [2, 2, 3, 1]), [[0, 1], [1, 0], [0, 0], [0, 2]]), same); // prettier-ignore
      },
    ],
    [
      'a slice',
      [1, 4, 4, 4],
      1,
      () => {
        const w = random(48);
        return (x) => pointwiseConv2d(x, slice(reshape(w, [6, 8]), [1, 2], [4, 5]));
      },
    ],
    [
      'the pieces of a split',
      [1, 4, 4, 4],
      2,
      () => {
        const w = random(48);
        return (x) => split(reshape(w, [4, 12]), [4, 8], 1).map((filter) => pointwiseConv2d(x, filter));
      },
    ],
    [
      'two of them side by side',
      [1, 4, 4, 4],
      1,
      () => {
        const [a, b] = [random(12), random(20)];
        return (x) => pointwiseConv2d(x, concat([reshape(a, [4, 3]), reshape(b, [4, 5])], 1));
      },
    ],
    [
      'another element type',
      [1, 4, 4, 4],
      1,
      () => {
        const w = random(32);
        return (x) => pointwiseConv2d(x, cast(reshape(w, [4, 8]), 'f16'));
      },
    ],
    [
      'the same element type, which is a share of the buffer',
      [1, 4, 4, 4],
      1,
      () => {
        const w = random(32);
        return (x) => pointwiseConv2d(x, abs(cast(reshape(w, [4, 8]), 'f32')));
      },
    ],
    [
      'a product of matrices',
      [1, 4, 4, 4],
      1,
      () => {
        const [a, b] = [random(12), random(24)];
        return (x) => pointwiseConv2d(x, matMul(reshape(a, [4, 3]), reshape(b, [3, 8])));
      },
    ],
    [
      'the statistics of a batch norm',
      [1, 4, 4, 4],
      1,
      () => {
        const [mean, variance] = [random(2, 2), random(2, 2)];
        return (x) =>
          batchNorm(x, {
            mean: reshape(mean, [4]),
            variance: abs(reshape(variance, [1, 4])),
            scale: abs(reshape(mean, [1, 1, 4])),
          });
      },
    ],
    [
      'a batch norm of six tensors, folded ahead',
      [1, 4, 4, 4],
      1,
      () => {
        const [filter, residual] = [random(4, 4), random(1, 4, 4, 4)];
        const [bias, mean, variance, scale, offset, alpha] = Array.from({ length: 6 }, () => random(2, 2));
        const flat = (tensor: Tensor): Tensor => reshape(tensor, [4]);
        return (x) =>
          pointwiseConv2d(x, filter, {
            bias: flat(bias),
            batchNorm: {
              mean: flat(mean),
              variance: flat(variance),
              scale: flat(scale),
              offset: flat(offset),
              epsilon: 2,
            },
            residual,
            activation: { name: 'prelu', alpha: flat(alpha) },
          });
      },
    ],
    [
      'a reshaped weight that is an output, as it is and with what is computed from it',
      [4],
      1,
      () => {
        const w = random(2, 2);
        return (x) => [reshape(w, [4]), abs(reshape(w, [4])), reshape(abs(w), [4]), add(x, reshape(w, [4]))];
      },
    ],
    [
      'a constant that is no output but in a product with itself',
      [4],
      1,
      () => {
        const w = random(2, 2);
        return (x) => {
          const flat = abs(reshape(w, [4]));
          return multiply(x, multiply(flat, reshape(flat, [1, 4])));
        };
      },
    ],
    [
      'filters whose form the network converts',
      [1, 4, 4, 6],
      2,
      () => {
        const [grouped, depthwise] = [random(3, 3, 3, 4), random(3, 3, 6, 2)];
        return (x) => [
          groupedConv2d(x, groupedToDepthwiseFilter(grouped, { groups: 2 }), { groups: 2, ...same }),
          groupedConv2d(x, depthwiseToGroupedFilter(depthwise, { groups: 2 }), { groups: 2, ...same }),
          groupedToDepthwiseFilter(reshape(grouped, [3, 3, 3, 4]), { groups: 2, grouping: 'strided' }),
          depthwiseToGroupedFilter(depthwise, { groups: 2, grouping: 'strided' }),
        ];
      },
    ],
  ])('%s', async ([, input, left, build]) => {
    expect(await dispatchesLeft(input, build)).toBe(left);
  });

  test.for(
    (['contiguous', 'strided'] as const).flatMap((grouping) =>
      (['grouped', 'depthwise'] as const).flatMap((form) =>
        (['auto', 'direct', 'reshape-sum', 'fused-reshape-sum', 'split-concat'] as const).map((method) => ({
          grouping,
          form,
          method,
        })),
      ),
    ),
  )('groupedConv2d by $method of $grouping groups, its filter in $form form', ({ grouping, form, method }) =>
    agrees([1, 4, 5, 6], () => {
      const filter = form === 'grouped' ? random(3, 3, 3, 4) : random(3, 3, 6, 2);
      const flat = random(108);
      return (x) => [
        groupedConv2d(x, filter, { groups: 2, grouping, method, ...same }),
        groupedConv2d(x, reshape(flat, filter.shape), { groups: 2, grouping, method, ...same }),
      ];
    }),
  );

  test.for(['reshape-sum', 'fused-reshape-sum', 'direct', 'split-concat'] as const)(
    'resnextBottleneck by %s',
    (method) =>
      agrees([1, 4, 4, 8], () => {
        const weights = (filter: Tensor): ConvWeights => ({ filter, bias: random(filter.shape.at(-1)!) });
        const [reduce, grouped, expand] = [random(8, 4), random(3, 3, 2, 4), random(4, 8)].map(weights);
        return (x) => resnextBottleneck(x, { reduce, grouped, expand, shortcut: 'identity' }, { groups: 2, method });
      }),
  );
});

describe('the weights stay the caller’s', () => {
  useOwnGpus();

  const network =
    (w: Tensor) =>
    ({ x }: { readonly x: Tensor }): Tensor =>
      depthwiseConv2d(x, abs(reshape(w, [3, 3, 4, 1])));

  test('who may go on using them after compile', async () => {
    const w = random(36);
    const x = random(1, 6, 6, 4);
    const program = await compile(gpu, { x: x.shape }, network(w));
    const expected = await network(w)({ x }).read();
    expect(await program.run({ x }).read()).toEqual(expected);
    expect(await network(w)({ x }).read()).toEqual(expected);
    expect(await w.read()).toEqual(randomValues(36, 1));
  });

  test('who may dispose them right after compile', async () => {
    const w = random(36);
    const x = random(1, 6, 6, 4);
    const expected = await network(w)({ x }).read();
    const [folded, read] = await Promise.all([
      compile(gpu, { x: x.shape }, network(w)),
      compile(gpu, { x: x.shape }, (inputs) => depthwiseConv2d(inputs.x, reshape(w, [3, 3, 4, 1]))),
    ]);
    const plain = await depthwiseConv2d(x, reshape(w, [3, 3, 4, 1])).read();
    w.dispose();
    // These tensors would take the buffer if it were free.
    for (let i = 0; i < 4; i++) random(36);
    expect(await folded.run({ x }).read()).toEqual(expected);
    expect(await read.run({ x }).read()).toEqual(plain);
  });

  test('and if the app never asked for their buffers, what depends on them is computed once', async () => {
    const [w, other] = [random(36), random(36)];
    const computed = add(w, other);
    for (const weight of [w, computed]) {
      const program = await compile(gpu, { x: [1, 6, 6, 4] }, network(weight));
      expect(program.dispatches).toEqual({ traced: 2, run: 1 });
    }
  });
});

/** A weight of 36 numbers that the app can write, and its place in a buffer. */
interface Written {
  readonly w: Tensor;
  readonly buffer: GPUBuffer;
  readonly offset: number;
}

const USAGE = 0x80 | 0x8 | 0x4; // STORAGE | COPY_DST | COPY_SRC

const ways: Readonly<Record<string, () => Written>> = {
  'whose buffer it has': () => {
    const w = random(36);
    return { w, buffer: w.bufferBeforeSubmit, offset: w.byteOffset };
  },
  'whose buffer it has, by a tensor over that buffer': () => {
    const { bufferBeforeSubmit: buffer, byteOffset } = random(36);
    return { w: gpu.wrap(buffer, [36], { offset: byteOffset }), buffer, offset: byteOffset };
  },
  'itself, where it has wrapped its buffer': () => {
    const w = random(36);
    using alias = gpu.wrap(w.bufferBeforeSubmit, [36], { offset: w.byteOffset });
    return { w, buffer: alias.bufferBeforeSubmit, offset: alias.byteOffset };
  },
  'whose buffer it has by a reshape': () => {
    const w = random(36);
    const { bufferBeforeSubmit: buffer, byteOffset } = reshape(w, [9, 4]);
    return { w, buffer, offset: byteOffset };
  },
  'that is a reshape of one whose buffer it has': () => {
    const first = random(9, 4);
    const w = reshape(first, [36]);
    return { w, buffer: first.bufferBeforeSubmit, offset: first.byteOffset };
  },
  'that is the output of a call': () => {
    const w = add(random(36), 1);
    return { w, buffer: w.bufferBeforeSubmit, offset: w.byteOffset };
  },
  'that it has brought': () => {
    const buffer = gpu.device.createBuffer({ size: 144, usage: USAGE });
    return { w: gpu.wrap(buffer, [36]), buffer, offset: 0 };
  },
  'that it has brought, in the middle of a buffer': () => {
    const buffer = gpu.device.createBuffer({ size: 1024, usage: USAGE });
    return { w: gpu.wrap(buffer, [36], { offset: 512 }), buffer, offset: 512 };
  },
  'that it has brought twice': () => {
    const buffer = gpu.device.createBuffer({ size: 144, usage: USAGE });
    gpu.wrap(buffer, [6, 6]);
    return { w: reshape(gpu.wrap(buffer, [9, 4]), [36]), buffer, offset: 0 };
  },
};

const uses: Readonly<Record<string, (x: Tensor, w: Tensor) => Tensor[]>> = {
  'as the filter': (x, w) => [depthwiseConv2d(x, reshape(w, [3, 3, 4, 1]))],
  'by its absolute values': (x, w) => [depthwiseConv2d(x, reshape(abs(w), [3, 3, 4, 1]))],
  'by a chain of calls': (x, w) => [pointwiseConv2d(x, transpose(abs(add(reshape(w, [9, 4]), 1))))],
  'in another form': (x, w) => [
    groupedConv2d(x, reshape(w, [3, 3, 2, 2]), { groups: 2, grouping: 'strided', method: 'reshape-sum' }),
    groupedConv2d(x, reshape(w, [3, 3, 2, 2]), { groups: 2, method: 'reshape-sum' }),
  ],
  'in float16': (x, w) => [pointwiseConv2d(x, cast(reshape(w, [4, 9]), 'f16'))],
  'by a function of it alone that is smaller': (x, w) => [multiply(x, slice(abs(w), [8], [4]))],
  'as an output': (x, w) => [reshape(w, [6, 6]), abs(w), add(reshape(x, [4, 36]), w)],
};

// The tests of a use share a gpu, because their programs are the same.
describe.for(Object.keys(uses))('a weight that the app can write is read anew in each run, used %s:', (use) => {
  beforeAll(open);
  afterEach(() => expect(errors).toEqual([]));
  afterAll(() => gpu.destroy());

  test.for(Object.keys(ways))('a weight %s', async (way) => {
    const { w, buffer, offset } = ways[way]();
    const x = random(1, 6, 6, 4);
    const [plain, fused] = await Promise.all(
      [false, true].map((fuse) => compile(gpu, { x: x.shape }, (inputs) => uses[use](inputs.x, w), { fuse })),
    );
    for (const numbers of [randomValues(36, 7), randomValues(36, 8)]) {
      gpu.submit();
      gpu.device.queue.writeBuffer(buffer, offset, numbers);
      const expected = await Promise.all(uses[use](x, w).map((tensor) => tensor.read()));
      for (const [program, roundings] of [
        [plain, 0],
        [fused, 32],
      ] as const) {
        for (const [i, tensor] of program.run({ x }).entries()) {
          const bound = roundings === 0 ? 0 : roundingsBound(expected[i], roundings);
          expectClose(await tensor.read(), expected[i], tensor.shape, bound);
        }
      }
    }
  });
});
