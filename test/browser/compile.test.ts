/** Programs compute the same as the calls that they were traced from, with fewer dispatches and less memory. */
import { describe, expect, test } from 'vitest';
import { sizeOf } from '../../src/conv/check';
import {
  activate,
  add,
  averagePool2d,
  batchNorm,
  compile,
  concat,
  conv2d,
  depthwiseConv2d,
  divide,
  globalAveragePool,
  matMul,
  maxPool2d,
  multiply,
  pad,
  pointwiseConv2d,
  reduceSum,
  reshape,
  rsqrt,
  softmax,
  square,
  subtract,
  type Tensor,
} from '../../src/index';
import { profileOf } from '../../src/kernels/profile';
import { expectClose, roundingsBound } from '../support/close';
import { useGpu, withGpu } from '../support/gpu';
import { rejectionOf } from '../support/message';
import { randomValues } from '../support/random';
import { AMD, SWIFTSHADER } from '../support/target';

const gpu = useGpu();

let seed = 0;

/** Makes tensors of random numbers, which the test disposes. */
function weights(made: Tensor[]): (...shape: number[]) => Tensor {
  return (...shape) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const tensor = gpu().tensor(randomValues(size, ++seed), shape);
    made.push(tensor);
    return tensor;
  };
}

/** A network with one input, the input's shape, and the numbers of dispatches that are traced and run. */
interface Case {
  readonly name: string;
  readonly input: readonly number[];
  readonly build: (w: (...shape: number[]) => Tensor) => (x: Tensor) => Tensor | Tensor[];
  readonly dispatches: readonly [traced: number, run: number];
}

const same = { padding: 'same' } as const;

const cases: readonly Case[] = [
  {
    name: 'a convolution and all that follows it, op by op',
    input: [1, 7, 6, 8],
    build: (w) => {
      const [filter, bias, mean, slope] = [w(3, 3, 8, 12), w(12), w(12), w(12)];
      const variance = w(12);
      return (x) => {
        const biased = add(conv2d(x, filter, same), bias);
        const normed = batchNorm(biased, { mean, variance, epsilon: 2 });
        return multiply(activate(normed, { name: 'prelu', alpha: slope }), 0.5);
      };
    },
    dispatches: [5, 1],
  },
  {
    name: 'a residual block: the input is added at the end',
    input: [1, 8, 8, 4],
    build: (w) => {
      const [depthwise, pointwise] = [w(3, 3, 4, 1), w(1, 1, 4, 4)];
      return (x) => activate(add(x, pointwiseConv2d(depthwiseConv2d(x, depthwise, same), pointwise)), 'relu6');
    },
    dispatches: [4, 2],
  },
  {
    name: 'two branches: the later one takes the sum',
    input: [1, 6, 6, 4],
    build: (w) => {
      const [a, b] = [w(1, 1, 4, 8), w(3, 3, 4, 8)];
      return (x) => activate(add(pointwiseConv2d(x, a), conv2d(x, b, same)), 'relu');
    },
    dispatches: [4, 2],
  },
  {
    name: 'hard swish, spelt out',
    input: [1, 5, 5, 4],
    build: (w) => {
      const filter = w(1, 1, 4, 8);
      return (x) => {
        const y = pointwiseConv2d(x, filter);
        return multiply(y, multiply(activate(add(y, 3), 'relu6'), 1 / 6));
      };
    },
    dispatches: [5, 1],
  },
  {
    name: 'hard swish, spelt out with the division on the other side',
    input: [1, 5, 5, 4],
    build: (w) => {
      const filter = w(1, 1, 4, 8);
      return (x) => {
        const y = pointwiseConv2d(x, filter);
        return multiply(multiply(1 / 6, y), activate(add(y, 3), 'relu6'));
      };
    },
    dispatches: [5, 1],
  },
  {
    name: 'two chains that meet, the order of the operands kept',
    input: [1, 5, 5, 4],
    build: (w) => {
      const [filter, scale, shift] = [w(1, 1, 4, 8), w(8), w(1, 5, 5, 8)];
      return (x) => {
        const y = pointwiseConv2d(x, filter);
        const [left, right] = [activate(multiply(y, scale), 'tanh'), add(square(add(shift, y)), 1)];
        return activate(divide(left, right), 'relu');
      };
    },
    dispatches: [8, 1],
  },
  {
    name: 'two chains that meet twice',
    input: [1, 5, 5, 4],
    build: () => (x) => {
      const y = subtract(multiply(x, 3), activate(subtract(1, x), 'relu'));
      return subtract(activate(add(y, 3), 'relu6'), multiply(y, 0.5));
    },
    dispatches: [8, 2],
  },
  {
    name: 'two chains that meet, one of them an output',
    input: [1, 5, 5, 4],
    build: (w) => {
      const filter = w(1, 1, 4, 8);
      return (x) => {
        const y = pointwiseConv2d(x, filter);
        const half = multiply(y, 0.5);
        return [multiply(half, activate(add(y, 3), 'relu6')), half];
      };
    },
    dispatches: [5, 3],
  },
  {
    name: 'two chains that meet, a square in one of them',
    input: [1, 5, 5, 4],
    build: (w) => {
      const filter = w(1, 1, 4, 8);
      return (x) => {
        const y = pointwiseConv2d(x, filter);
        const shifted = add(y, 1);
        return subtract(multiply(shifted, shifted), activate(multiply(y, 2), 'tanh'));
      };
    },
    dispatches: [6, 3],
  },
  {
    name: 'a square, and a chain without a convolution',
    input: [2, 3, 5],
    build: (w) => {
      const scale = w(5);
      return (x) => {
        const y = add(multiply(x, scale), 1);
        return activate(multiply(y, y), 'tanh');
      };
    },
    dispatches: [4, 1],
  },
  {
    name: 'functions of one number',
    input: [1, 5, 5, 4],
    build: (w) => {
      const filter = w(1, 1, 4, 8);
      return (x) => rsqrt(add(square(pointwiseConv2d(x, filter)), 1));
    },
    dispatches: [4, 1],
  },
  {
    name: 'padding before convolutions',
    input: [1, 6, 5, 4],
    build: (w) => {
      const [depthwise, pointwise] = [w(3, 3, 4, 1), w(2, 3, 4, 4)];
      const zeros = [[0, 0], [0, 1], [2, 1], [0, 0]] as const; // prettier-ignore
      return (x) => conv2d(pad(depthwiseConv2d(pad(x, zeros), depthwise), zeros), pointwise, { strides: 2 });
    },
    dispatches: [4, 2],
  },
  {
    name: 'the emulation of a grouped convolution, contiguous',
    input: [1, 5, 4, 12],
    build: (w) => {
      const filter = w(3, 3, 12, 4);
      return (x) => reduceSum(reshape(depthwiseConv2d(x, filter, same), [1, 5, 4, 3, 4, 4]), 4);
    },
    dispatches: [2, 1],
  },
  {
    name: 'the emulation of a grouped convolution, strided',
    input: [1, 5, 4, 12],
    build: (w) => {
      const filter = w(3, 3, 12, 4);
      return (x) => activate(reduceSum(reshape(depthwiseConv2d(x, filter, same), [1, 5, 4, 4, 12]), 3), 'relu');
    },
    dispatches: [3, 1],
  },
  {
    name: 'hard swish twice, with a square in the second',
    input: [1, 5, 5, 4],
    build: () => (x) => {
      const y = multiply(x, multiply(activate(add(x, 3), 'relu6'), 1 / 6));
      const gate = activate(add(y, 3), 'relu6');
      return multiply(y, multiply(gate, gate));
    },
    dispatches: [8, 2],
  },
  {
    name: 'a value that is kept and an output as well',
    input: [1, 3, 3, 4],
    build: (w) => {
      const filter = w(4, 8);
      return (x) => {
        const y = pointwiseConv2d(x, filter);
        return [multiply(y, activate(add(y, 3), 'relu6')), y];
      };
    },
    dispatches: [4, 2],
  },
  {
    name: 'a norm along another axis, of as many elements',
    input: [1, 4, 5, 4],
    build: (w) => {
      const [filter, mean, variance] = [w(4, 4), w(4), w(4)];
      return (x) => batchNorm(pointwiseConv2d(x, filter), { mean, variance, epsilon: 2 }, { dataFormat: 'NCHW' });
    },
    dispatches: [2, 2],
  },
  {
    name: 'activations after max pooling',
    input: [1, 9, 7, 4],
    build: (w) => {
      const [filter, depthwise] = [w(3, 3, 4, 8), w(3, 3, 8, 1)];
      return (x) => {
        const y = activate(maxPool2d(conv2d(x, filter), { windowSize: 2, padding: 'same' }), 'relu');
        const z = maxPool2d(depthwiseConv2d(y, depthwise, same), { windowSize: 3, strides: 1, padding: 'same' });
        return activate(z, { name: 'clip', min: -0.5, max: 0.5 });
      };
    },
    dispatches: [6, 4],
  },
  {
    name: 'activations after poolings that they must not pass',
    input: [1, 6, 6, 4],
    build: (w) => {
      const filter = w(3, 3, 4, 4);
      const windowSize = { windowSize: 2 };
      return (x) => {
        const [a, b, c] = Array.from({ length: 3 }, () => conv2d(x, filter, same));
        const both = maxPool2d(c, windowSize);
        return [
          activate(maxPool2d(a, windowSize), { name: 'leakyRelu', alpha: -2 }),
          activate(averagePool2d(b, windowSize), 'relu'),
          activate(both, 'relu'),
          both,
          activate(maxPool2d(x, windowSize), 'relu'),
        ];
      };
    },
    dispatches: [11, 11],
  },
  {
    name: 'padding of channels before a convolution',
    input: [1, 4, 5, 4],
    build: (w) => {
      const filter = w(1, 1, 8, 4);
      const zeros = [[0, 0], [1, 0], [0, 0], [1, 3]] as const; // prettier-ignore
      return (x) => conv2d(pad(x, zeros), filter);
    },
    dispatches: [2, 2],
  },
  {
    name: 'a sum that is no grouped convolution',
    input: [1, 5, 4, 12],
    build: (w) => {
      const filter = w(3, 3, 12, 4);
      return (x) => reduceSum(reshape(depthwiseConv2d(x, filter, same), [1, 5, 4, 2, 3, 8]), 4);
    },
    dispatches: [2, 2],
  },
  {
    name: 'a value that is read thrice on its way',
    input: [1, 3, 3, 4],
    build: (w) => {
      const filter = w(4, 8);
      return (x) => {
        const y = pointwiseConv2d(x, filter);
        return activate(add(subtract(y, y), y), 'tanh');
      };
    },
    dispatches: [4, 2],
  },
  {
    name: 'a column and a row of as many elements, which make a square',
    input: [1, 2, 2, 4],
    build: (w) => {
      const [filter, row] = [w(4, 4), w(1, 16)];
      return (x) => activate(add(reshape(pointwiseConv2d(x, filter), [16, 1]), row), 'relu');
    },
    dispatches: [3, 3],
  },
  {
    name: 'padding that is reshaped to another image',
    input: [1, 4, 6, 4],
    build: (w) => {
      const filter = w(3, 3, 4, 4);
      const zeros = [[0, 0], [1, 1], [0, 0], [0, 0]] as const; // prettier-ignore
      return (x) => conv2d(reshape(pad(x, zeros), [1, 4, 9, 4]), filter);
    },
    dispatches: [2, 2],
  },
  {
    name: 'a sum over parts that are no groups',
    input: [1, 5, 4, 12],
    build: (w) => {
      const filter = w(3, 3, 12, 4);
      return (x) => reduceSum(reshape(depthwiseConv2d(x, filter, same), [1, 5, 4, 8, 6]), 3);
    },
    dispatches: [2, 2],
  },
  {
    name: 'a concatenation of rows, in place',
    input: [1, 4, 8, 8],
    build: (w) => {
      const [a, b] = [w(8, 8), w(3, 3, 8, 1)];
      return (x) => activate(concat([pointwiseConv2d(x, a), depthwiseConv2d(x, b, same), x], 1), 'relu');
    },
    dispatches: [6, 4],
  },
  {
    name: 'a concatenation whose second part begins where no binding may',
    input: [1, 3, 3, 4],
    build: (w) => {
      const [a, b] = [w(4, 4), w(3, 3, 4, 1)];
      return (x) => concat([pointwiseConv2d(x, a), depthwiseConv2d(x, b, same)], 1);
    },
    dispatches: [4, 3],
  },
  {
    name: 'a part of a concatenation that is read elsewhere, too, and one that comes twice',
    input: [1, 4, 4, 4],
    build: (w) => {
      const a = w(4, 4);
      return (x) => {
        const y = pointwiseConv2d(x, a);
        const z = activate(x, 'tanh');
        return [concat([y, z, z], 1), pointwiseConv2d(y, a)];
      };
    },
    dispatches: [6, 6],
  },
  {
    name: 'a concatenation of channels, which are no range',
    input: [1, 4, 8, 8],
    build: (w) => {
      const [a, b] = [w(8, 8), w(3, 3, 8, 1)];
      return (x) => concat([pointwiseConv2d(x, a), depthwiseConv2d(x, b, same)], -1);
    },
    dispatches: [4, 4],
  },
  {
    name: 'a small classifier',
    input: [1, 12, 12, 3],
    build: (w) => {
      const [stem, depthwise, pointwise, dense] = [w(3, 3, 3, 8), w(3, 3, 8, 1), w(1, 1, 16, 16), w(16, 5)];
      return (x) => {
        const y = activate(conv2d(x, stem, { strides: 2, ...same }), 'hardSwish');
        const z = concat([y, activate(depthwiseConv2d(y, depthwise, same), 'relu')], -1);
        return softmax(matMul(globalAveragePool(pointwiseConv2d(z, pointwise), { keepDims: false }), dense));
      };
    },
    dispatches: [10, 8],
  },
];

describe('a program computes what its calls compute', () => {
  test.for(cases)('$name', async ({ input, build, dispatches: [traced, run] }) => {
    const made: Tensor[] = [];
    const model = build(weights(made));
    const values = randomValues(
      input.reduce((a, b) => a * b),
      99,
    );
    using x = gpu().tensor(values, input);
    // A program without fusing runs op by op. Eager calls would leave their intermediate tensors to be disposed here.
    using plain = await compile(gpu(), { x: input }, (t) => model(t.x), { fuse: false });
    using program = await compile(gpu(), { x: input }, (t) => model(t.x));
    for (const tensor of made) tensor.dispose();
    expect(plain.dispatches).toEqual({ traced, run: traced });
    expect(program.dispatches).toEqual({ traced, run });
    const runs = [plain.run({ x }), program.run({ x: values }), program.run({ x })].map((result) => [result].flat());
    const [expected, actual, again] = await Promise.all(
      runs.map((tensors) => Promise.all(tensors.map((tensor) => tensor.read()))),
    );
    for (const [i, { shape }] of runs[0].entries()) {
      expect(runs[1][i].shape).toEqual(shape);
      expectClose(actual[i], expected[i], shape, roundingsBound(expected[i]));
    }
    expect(again).toEqual(actual);
    for (const tensor of runs.flat()) tensor.dispose();
  });
});

test.for(['f32', 'f16'] as const)('depthwise and pointwise are one dispatch on a GPU, in %s', async (dtype) => {
  await withGpu({}, async (own) => {
    const [depthwise, pointwise, bias, scale] = [[3, 3, 8, 1], [8, 12], [8], [12]].map((shape, i) =>
      own.tensor(randomValues(sizeOf(shape), i), shape),
    );
    const model = (x: Tensor): Tensor => {
      const y = activate(add(depthwiseConv2d(x, depthwise, same), bias), 'relu6');
      return activate(multiply(pointwiseConv2d(y, pointwise), scale), 'hardSwish');
    };
    const values = randomValues(96 * 100 * 8, 7);
    const runs: { readonly kernels: readonly string[]; readonly numbers: Float32Array; readonly flops: number }[] = [];
    for (const info of [SWIFTSHADER, AMD]) {
      // Selects the default rule of another kind of device on the same device.
      Object.assign(own.context, { target: { ...own.context.target, profile: profileOf(info) } });
      using program = await compile(own, { x: { shape: [1, 96, 100, 8], dtype } }, ({ x }) => model(x));
      using result = program.run({ x: values });
      const numbers = Float32Array.from(await result.read());
      const steps = program.explain();
      const flops = steps.reduce((sum, step) => sum + step.flops, 0);
      runs.push({ kernels: steps.map(({ kernel }) => kernel), numbers, flops });
    }
    const [two, one] = runs;
    expect(two.kernels).toHaveLength(2);
    expect(one.kernels).toEqual(['separable/fused']);
    expect(one.flops).toBe(two.flops);
    // Two dispatches store halves in between, and both ways store them at the end. A rounding to a half is 2^14 times that of
    // float32.
    const roundings = dtype === 'f32' ? 32 : 4 * 2 ** 14;
    expectClose(one.numbers, two.numbers, [1, 96, 100, 12], roundingsBound(two.numbers, roundings));
  });
});

describe('a program', () => {
  test('has activations before poolings of float16, of an odd number of elements', async () => {
    const f16 = { dtype: 'f16' } as const;
    using filter = gpu().tensor(randomValues(27, 1), [3, 3, 3, 1], f16);
    using x = gpu().tensor(randomValues(5 * 5 * 3, 2), [1, 5, 5, 3], f16);
    const programs = [true, false].map((fuse) =>
      compile(
        gpu(),
        { x: { shape: x.shape, ...f16 } },
        (inputs) => activate(maxPool2d(conv2d(inputs.x, filter), { windowSize: 3, strides: 1 }), 'relu6'),
        { fuse },
      ),
    );
    using program = await programs[0];
    using plain = await programs[1];
    expect([program.dispatches.run, plain.dispatches.run]).toEqual([2, 3]);
    using fused = program.run({ x });
    using expected = plain.run({ x });
    expect(fused.dtype).toBe('f16');
    expect([...(await fused.read())]).toEqual([...(await expected.read())]);
  });

  const chain = (filter: Tensor) => (x: Tensor) => {
    let y = conv2d(x, filter, same);
    for (let i = 0; i < 5; i++) {
      using before = y;
      y = conv2d(before, filter, same);
    }
    return y;
  };

  test('shares buffers between intermediates, and gives all of them back', async () => {
    using filter = gpu().tensor(randomValues(3 * 3 * 4 * 4, 1), [3, 3, 4, 4]);
    const before = gpu().memory().buffersInUse;
    const program = await compile(gpu(), { x: [1, 6, 6, 4] }, ({ x }) => chain(filter)(x));
    const image = 6 * 6 * 4 * 4;
    expect(program.memory()).toEqual({
      weights: filter.size * 4,
      intermediates: 2 * image,
      unshared: 5 * image,
      perRun: 2 * image,
    });
    expect(gpu().memory().buffersInUse).toBe(before + 2);
    program.dispose();
    program.dispose();
    expect(gpu().memory().buffersInUse).toBe(before);
    const input = new Float32Array(image / 4);
    expect(() => program.run({ x: input })).toThrowErrorMatchingInlineSnapshot(
      `[Error: program.run: the program was disposed; compile it again]`,
    );
  });

  test('runs in one submit, and is not disturbed by calls before and after it', async () => {
    using filter = gpu().tensor(randomValues(3 * 3 * 4 * 4, 1), [3, 3, 4, 4]);
    using program = await compile(gpu(), { x: [1, 6, 6, 4] }, ({ x }) => chain(filter)(x));
    const { queue } = gpu().context;
    const results: Tensor[] = [];
    const expected: Tensor[] = [];
    const inputs: Tensor[] = [];
    for (let i = 0; i < 4; i++) {
      using made = gpu().tensor(randomValues(144, i), [1, 6, 6, 4]);
      // The input is written by a command just before the run, and disposed just after it.
      using x = activate(made, 'tanh');
      results.push(program.run({ x }));
      expected.push(chain(filter)(x));
      inputs.push(gpu().tensor(randomValues(144, 7 + i), [1, 6, 6, 4]));
    }
    const submits = queue.submits;
    gpu().submit();
    expect(queue.submits).toBe(submits + 1);
    for (const [i, result] of results.entries()) {
      expect(await result.read()).toEqual(await expected[i].read());
    }
    for (const tensor of [...results, ...expected, ...inputs]) tensor.dispose();
  });

  test('gives lists and records, and inputs and constants among them', async () => {
    using c = gpu().tensor([1, 2, 3], [3]);
    using program = await compile(gpu(), { a: [3], b: { shape: [3], dtype: 'f16' } }, ({ a, b }) => ({
      a,
      same: reshape(a, [1, 3]),
      sum: add(a, b),
      twice: add(c, c),
      c,
    }));
    const result = program.run({ a: [10, 20, 30], b: [1, 1, 1] });
    const shown = await Promise.all(Object.entries(result).map(async ([k, t]) => [k, t.shape, [...(await t.read())]]));
    expect(shown).toEqual([
      ['a', [3], [10, 20, 30]],
      ['same', [1, 3], [10, 20, 30]],
      ['sum', [3], [11, 21, 31]],
      ['twice', [3], [2, 4, 6]],
      ['c', [3], [1, 2, 3]],
    ]);
    // The constant was computed when the program was made.
    expect(program.dispatches).toEqual({ traced: 2, run: 1 });
    for (const tensor of Object.values(result)) tensor.dispose();
    expect(await c.read()).toEqual(Float32Array.of(1, 2, 3));
  });

  test('reads a buffer of the app anew in each run', async () => {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST;
    const buffer = gpu().device.createBuffer({ size: 512, usage });
    using wrapped = gpu().wrap(buffer, [2], { offset: 256 });
    using program = await compile(gpu(), { x: [2] }, ({ x }) => [multiply(x, wrapped)]);
    for (const factor of [2, 3]) {
      gpu().device.queue.writeBuffer(buffer, 256, Float32Array.of(factor, -factor));
      const [y] = program.run({ x: [1, 10] });
      expect([...(await y.read())]).toEqual([factor, -10 * factor]);
      y.dispose();
    }
    buffer.destroy();
  });

  test('is fed ranges of one buffer, one after the other', async () => {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST;
    const buffer = gpu().device.createBuffer({ size: 512, usage });
    gpu().device.queue.writeBuffer(buffer, 0, Float32Array.of(1, 2));
    gpu().device.queue.writeBuffer(buffer, 256, Float32Array.of(3, 4));
    using program = await compile(gpu(), { x: [2] }, ({ x }) => multiply(x, 10));
    for (const [offset, expected] of [
      [0, [10, 20]],
      [256, [30, 40]],
      [0, [10, 20]],
    ] as const) {
      // prettier-ignore
      using wrapped = gpu().wrap(buffer, [2], { offset });
      using y = program.run({ x: wrapped });
      expect([...(await y.read())]).toEqual(expected);
    }
    buffer.destroy();
  });

  test('keeps a tensor that it only returns', async () => {
    const constant = gpu().tensor([1, 2], [2]);
    using program = await compile(gpu(), { x: [2] }, ({ x }) => [constant, add(x, 1)]);
    constant.dispose();
    // This tensor would take the buffer if it were free.
    using other = gpu().tensor([8, 9], [2]);
    const [returned, y] = program.run({ x: [1, 1] });
    expect(await Promise.all([returned, y, other].map(async (t) => [...(await t.read())]))).toEqual([[1, 2], [2, 2], [8, 9]]); // prettier-ignore
    for (const tensor of [returned, y]) tensor.dispose();
  });

  test('explains and times its dispatches', async () => {
    using filter = gpu().tensor(randomValues(3 * 3 * 4 * 4, 1), [3, 3, 4, 4]);
    using program = await compile(gpu(), { x: [1, 6, 6, 4] }, ({ x }) => activate(conv2d(x, filter, same), 'relu'));
    const [step, ...others] = program.explain();
    expect(others).toEqual([]);
    expect(step).toMatchObject({
      flops: 2 * 9 * 4 * 144,
      bytes: (144 + 144 + 144) * 4,
      why: expect.stringMatching(/rule/),
    });
    expect(step.ms).toBeUndefined();
    const times = await program.profile({ x: new Float32Array(144) });
    expect(program.explain()[0].ms).toBe(times[0].ms);
    expect(times).toHaveLength(1);
    expect(times[0].kernel).toBe(step.kernel);
  });

  test('refuses a wrong network and wrong inputs', async () => {
    const first = async (build: () => Promise<unknown>): Promise<string> => {
      const before = gpu().memory().buffersInUse;
      const message = await build().then(
        () => 'nothing',
        (error: Error) => error.message,
      );
      expect(gpu().memory().buffersInUse).toBe(before);
      return message;
    };
    const open = gpu();
    using kept = open.tensor([1], [1]);
    expect(await first(() => compile(open, { x: [1, 0] }, ({ x }) => x))).toMatchInlineSnapshot(
      `"compile: input x [1, 0] has size 0 on axis 1; every size must be a whole number of at least 1: no tensor is empty"`,
    );
    expect(
      await first(() => compile(open, { x: { shape: [1], dtype: 'i8' as never } }, ({ x }) => x)),
    ).toMatchInlineSnapshot(`"compile: input x: dtype is 'i8'; it is 'f32' or 'f16'"`);
    expect(await first(() => compile(open, [1, 2] as never, () => kept))).toMatchInlineSnapshot(
      `"compile: inputs are [1, 2]; give an object with a shape for each input, such as { image: [1, 224, 224, 3] }"`,
    );
    expect(await first(() => compile(open, { x: [1] }, () => undefined as never))).toMatchInlineSnapshot(
      `"compile: the function returned undefined; return a tensor, a list of tensors or a record of them"`,
    );
    expect(await first(() => compile(open, { x: [1] }, ({ x }) => ({ x, y: 3 as never })))).toMatchInlineSnapshot(
      `"compile: the function returned 3 as y; return a tensor, a list of tensors or a record of them"`,
    );
    expect(
      await first(() => compile(open, { x: [1] }, (async ({ x }: { x: Tensor }) => x) as never)),
    ).toMatchInlineSnapshot(
      `"compile: the function is asynchronous but must make its calls before it returns; await what it needs before this call"`,
    );
    const disposed = ({ x }: { readonly x: Tensor }): Tensor => {
      x.dispose();
      return x;
    };
    expect(await first(() => compile(open, { x: [1] }, disposed))).toMatchInlineSnapshot(
      `"compile: the result [1] was disposed; use it before dispose(), or make it again"`,
    );
    const holed: Tensor[] = [];
    holed[1] = kept;
    expect(await first(() => compile(open, { x: [1] }, () => holed))).toMatchInlineSnapshot(
      `"compile: the function returned undefined as 0; return a tensor, a list of tensors or a record of them"`,
    );
    const reads: Promise<string>[] = [];
    const reading = ({ x }: { readonly x: Tensor }): Tensor => {
      reads.push(rejectionOf(x.read()), rejectionOf(kept.read()));
      return add(x, 1);
    };
    (await compile(open, { x: [1] }, reading)).dispose();
    expect(await Promise.all(reads)).toMatchInlineSnapshot(`
      [
        "tensor.read: called inside prepare, record, profile or compile; read after it",
        "tensor.read: called inside prepare, record, profile or compile; read after it",
      ]
    `);
    const gone = open.tensor([1], [1]);
    gone.dispose();
    expect(await first(() => compile(open, { x: [1] }, ({ x }) => add(x, gone)))).toMatchInlineSnapshot(
      `"add: b [1] was disposed; use it before dispose(), or make it again"`,
    );
    expect(await first(() => compile(open, { x: [1] }, ({ x }) => x, { fused: true } as never))).toMatchInlineSnapshot(
      `"compile: there is no option fused; the options are onProgress, signal, fuse"`,
    );
    const aborted = AbortSignal.abort(new Error('enough'));
    expect(await first(() => compile(open, { x: [1] }, ({ x }) => add(x, 1), { signal: aborted }))).toBe('enough');

    using program = await compile(open, { x: [2, 2], y: [1] }, ({ x, y }) => add(x, y));
    const run = (feeds: unknown) => () => program.run(feeds as never).dispose();
    using wrong = open.tensor([1, 2, 3], [3]);
    using half = open.tensor([1, 2, 3, 4], [2, 2], { dtype: 'f16' });
    expect(run(null)).toThrowErrorMatchingInlineSnapshot(
      `[Error: program.run: inputs are null; give an object with a tensor or numbers for each input]`,
    );
    expect(run({ x: [1, 2, 3, 4] })).toThrowErrorMatchingInlineSnapshot(
      `[Error: program.run: y is undefined but the program was compiled for [1]; give a tensor of that shape, or 1 numbers]`,
    );
    expect(run({ x: [1, 2, 3], y: [1] })).toThrowErrorMatchingInlineSnapshot(
      `[Error: program.run: x is 3 numbers but the program was compiled for [2, 2]; give a tensor of that shape, or 4 numbers]`,
    );
    expect(run({ x: wrong, y: [1] })).toThrowErrorMatchingInlineSnapshot(
      `[Error: program.run: x is f32 [3] but the program was compiled for f32 [2, 2]; give that, or compile another program]`,
    );
    expect(run({ x: half, y: [1] })).toThrowErrorMatchingInlineSnapshot(
      `[Error: program.run: x is f16 [2, 2] but the program was compiled for f32 [2, 2]; give that, or compile another program]`,
    );
    expect(run({ x: [1, 2, 3, 4], y: [1], z: 1 })).toThrowErrorMatchingInlineSnapshot(
      `[Error: program.run: there is no input z; the inputs are x, y]`,
    );
    using right = program.run({ x: [1, 2, 3, 4], y: [10] });
    expect([...(await right.read())]).toEqual([11, 12, 13, 14]);
  });

  test('throws an error that says that its device is gone', async () => {
    await withGpu({ recover: false }, async (own) => {
      const program = await compile(own, { x: [1] }, ({ x }) => add(x, 1));
      own.device.destroy();
      await own.lost;
      await own.context.life.lost;
      expect(() => program.run({ x: [1] })).toThrow(/program.run: the GPU device was lost .*the program/);
      program.dispose();
    });
  });
});
