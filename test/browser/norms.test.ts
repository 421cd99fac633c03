/**
 * Layer norm and instance norm, by themselves compared with float64 loops, and in programs that write them as separate
 * operators.
 */
import { describe, expect, test } from 'vitest';
import {
  add,
  cast,
  compile,
  divide,
  explain,
  instanceNorm,
  layerNorm,
  multiply,
  power,
  reduceMean,
  reshape,
  rsqrt,
  sqrt,
  square,
  squaredDifference,
  subtract,
  type Tensor,
} from '../../src/index';
import { normReference, type NdArray } from '../support/array-reference';
import { expectTensor, listsIn, randomArray, uploads } from '../support/arrays';
import { asHalves, EPSILON, expectClose, halfBound } from '../support/close';
import { useGpu, withGpu } from '../support/gpu';
import { bindingAtMost } from '../support/limits';
import { messageOf } from '../support/message';

const gpu = useGpu();
const upload = uploads(gpu);

/**
 * Mean and variance have the errors of sums in blocks of at least 16, of a quotient and of a root. Their factor multiplies
 * what is left of an exact difference.
 */
function boundOf({ values }: NdArray, terms: number, scale = 1): Float64Array {
  const additions = 16 + 2 * Math.sqrt(terms) + 8;
  return values.map((v) => (additions + 8) * EPSILON * (Math.abs(v) + scale));
}

const termsOf = (shape: readonly number[], axes: readonly number[]): number =>
  axes.reduce((product, axis) => product * shape[axis], 1);

describe('layerNorm of', () => {
  test.for([
    '[2, 3, 4, 8] along [3], vectors along a row',
    '[2, 3, 4, 7] along [3]',
    '[5, 70] along [1]',
    '[3, 1500] along [1], shared by a workgroup',
    '[2, 3, 4, 5] along [1, 2, 3]',
    '[2, 3, 4, 8] along [1, 2], vectors across rows',
    '[2, 3, 5, 3] along [1, 2]',
    '[4, 3, 2] along [0]',
    '[2, 5, 3, 4] along [0, 1, 2, 3]',
    '[1, 6] along [0], rows of one element',
  ])('%s', async (title) => {
    const [shape, axes] = listsIn(title);
    const x = randomArray(shape);
    const sizes = axes.map((axis) => shape[axis]);
    const [scale, offset] = [randomArray(sizes, 2), randomArray(sizes, 3)];
    const terms = termsOf(shape, axes);
    using input = upload(x);
    using gamma = upload(scale);
    using beta = upload(offset);
    const plain = normReference(x, axes, 1e-5);
    await expectTensor(layerNorm(input, { axes }), plain, boundOf(plain, terms));
    const scaled = normReference(x, axes, 1e-5, { sizes: axes, scale, offset });
    await expectTensor(layerNorm(input, { axes, scale: gamma, offset: beta }), scaled, boundOf(scaled, terms, 4));
    const shifted = normReference(x, axes, 0.25, { sizes: axes, offset });
    await expectTensor(layerNorm(input, { axes, offset: beta, epsilon: 0.25 }), shifted, boundOf(shifted, terms, 2));
  });

  test('axes that are no neighbours, and negative ones', async () => {
    const x = randomArray([3, 4, 5]);
    using input = upload(x);
    const expected = normReference(x, [0, 2], 1e-5);
    await expectTensor(layerNorm(input, { axes: [-1, 0] }), expected, boundOf(expected, 15));
  });

  test('is one dispatch', () => {
    using x = gpu().tensor(new Float32Array(96), [2, 6, 8]);
    using gamma = gpu().tensor(new Float32Array(8), [8]);
    using y = layerNorm(x, { scale: gamma, offset: gamma });
    expect(explain(y).steps.map(({ kernel }) => kernel)).toEqual(['norm/rows']);
  });

  // In float32, the sum of squares minus the square of the sum would be nothing but rounding errors. The float64 reference
  // gets the same numbers.
  test.for([
    ['1e3, deviation 1', 1e3, 1],
    ['1e6, deviation 1', 1e6, 1],
    ['-3e4, deviation 1e-2', -3e4, 1e-2],
  ] as const)('a mean that is large beside the deviation: %s', async ([, mean, deviation]) => {
    for (const shape of [
      [4, 96],
      [2, 2000],
      [3, 7],
    ]) {
      const x = { shape, values: randomArray(shape, 5).values.map((v) => Math.fround(mean + 2 * deviation * v)) };
      const expected = normReference(x, [1], 1e-6);
      using input = upload(x);
      await expectTensor(layerNorm(input, { epsilon: 1e-6 }), expected, boundOf(expected, shape[1]));
    }
  });

  test('elements that are all equal give 0, or NaN without an epsilon', async () => {
    using x = gpu().tensor(new Float32Array(24).fill(0.1), [2, 12]);
    using y = layerNorm(x);
    expect(Array.from(await y.read()).every((v) => Math.abs(v) < 1e-4)).toBe(true);
    using constant = gpu().tensor(new Float32Array(8).fill(4), [2, 4]);
    using none = layerNorm(constant, { epsilon: 0 });
    expect([...(await none.read())]).toEqual(Array(8).fill(NaN));
  });

  test('float16: statistics are float32', async () => {
    const shape = [3, 5, 8];
    const values = asHalves(randomArray(shape).values.map((v) => 40 + v));
    using x = gpu().tensor(values, shape, { dtype: 'f16' });
    using y = layerNorm(x);
    const expected = normReference({ shape, values: Float64Array.from(values) }, [2], 1e-5);
    expect(y.dtype).toBe('f16');
    expectClose(await y.read(), expected.values, shape, halfBound(boundOf(expected, 8), expected.values));
  });

  test('a tensor larger than a binding is computed in parts, with the same bits', async () => {
    await withGpu({}, async (own) => {
      const { values } = randomArray([6, 8, 16]);
      const x = own.tensor(Float32Array.from(values), [6, 8, 16]);
      const gamma = own.tensor(Float32Array.from(randomArray([16], 2).values), [16]);
      for (const call of [
        (): Tensor => layerNorm(x, { scale: gamma, offset: gamma }),
        (): Tensor => layerNorm(x, { axes: [1, 2] }),
        (): Tensor => instanceNorm(x, { scale: gamma }),
      ]) {
        const whole = call();
        const { result, dispatches } = bindingAtMost(own, 1024, call);
        expect(dispatches.length).toBeGreaterThan(1);
        expect(await result.read()).toEqual(await whole.read());
      }
    });
  });
});

describe('instanceNorm of', () => {
  test.for([
    ['[2, 5, 4, 8]', 'NHWC'],
    ['[2, 5, 4, 3]', 'NHWC'],
    ['[2, 3, 5, 4]', 'NCHW'],
    ['[1, 40, 30, 4]', 'NHWC'],
    ['[1, 2, 40, 30]', 'NCHW'],
    ['[2, 9, 4]', 'NHWC'],
    ['[2, 3, 2, 3, 4]', 'NCHW'],
  ] as const)('%s %s', async ([title, dataFormat]) => {
    const [shape] = listsIn(title);
    const channel = dataFormat === 'NHWC' ? shape.length - 1 : 1;
    const axes = [...shape.keys()].slice(1).filter((axis) => axis !== channel);
    const x = randomArray(shape);
    const [scale, offset] = [randomArray([shape[channel]], 2), randomArray([shape[channel]], 3)];
    using input = upload(x);
    using gamma = upload(scale);
    using beta = upload(offset);
    const expected = normReference(x, axes, 1e-5, { sizes: [channel], scale, offset });
    const y = instanceNorm(input, { scale: gamma, offset: beta, dataFormat });
    expect(explain(y).steps).toHaveLength(1);
    await expectTensor(y, expected, boundOf(expected, termsOf(shape, axes), 4));
  });
});

/** A network, and the number of dispatches of a run. */
type Spelt = readonly [name: string, run: number, build: (x: Tensor, gamma: Tensor, beta: Tensor) => Tensor];

describe('compile makes a norm of', () => {
  const keep = { keepDims: true } as const;
  const spelt: readonly Spelt[] = [
    [
      'the moments and rsqrt, with a scale and an offset',
      1,
      (x, gamma, beta) => {
        const mean = reduceMean(x, 3, keep);
        const variance = reduceMean(squaredDifference(x, mean), 3, keep);
        return add(multiply(multiply(subtract(x, mean), rsqrt(add(variance, 1e-5))), gamma), beta);
      },
    ],
    [
      'what ONNX files have: one difference, its square, a root and a quotient',
      1,
      (x, gamma, beta) => {
        const centred = subtract(x, reduceMean(x, -1, keep));
        const variance = reduceMean(power(centred, 2), -1, keep);
        return add(multiply(gamma, divide(centred, sqrt(add(1e-5, variance)))), beta);
      },
    ],
    [
      'the same with a product or a square, and no scale',
      1,
      (x) => {
        const centred = subtract(x, reduceMean(x, -1, keep));
        const variance = reduceMean(multiply(centred, centred), -1, keep);
        return divide(centred, sqrt(add(variance, 1e-5)));
      },
    ],
    [
      "Keras' form by tf.nn.batch_normalization",
      1,
      (x, gamma, beta) => {
        const mean = reduceMean(x, 3, keep);
        const variance = reduceMean(squaredDifference(x, mean), 3, keep);
        const gain = multiply(rsqrt(add(variance, 1e-5)), gamma);
        return add(multiply(x, gain), subtract(beta, multiply(mean, gain)));
      },
    ],
    [
      'the factor times gamma first, as flax has it',
      1,
      (x, gamma, beta) => {
        const mean = reduceMean(x, 3, keep);
        const variance = reduceMean(square(subtract(x, mean)), 3, keep);
        const gain = multiply(rsqrt(add(variance, 1e-5)), gamma);
        return add(multiply(subtract(x, mean), gain), beta);
      },
    ],
    [
      'an instance norm',
      1,
      (x, gamma, beta) => {
        const mean = reduceMean(x, [1, 2], keep);
        const variance = reduceMean(squaredDifference(x, mean), [1, 2], keep);
        return add(multiply(multiply(subtract(x, mean), rsqrt(add(variance, 1e-5))), gamma), beta);
      },
    ],
    [
      'an instance norm in NCHW, whose channels are axis 1',
      1,
      (x, gamma, beta) => {
        const planes = reshape(x, [2, 4, 3, 8]);
        const [scale, offset] = [gamma, beta].map((t) => reshape(reshape(t, [8, 1]), [8]));
        const mean = reduceMean(planes, [2, 3], keep);
        const centred = subtract(planes, mean);
        const variance = reduceMean(square(centred), [2, 3], keep);
        const y = divide(centred, sqrt(add(variance, 1e-5)));
        return add(multiply(y, reshape(reshapeTo4(scale), [4, 1, 1])), reshape(reshapeTo4(offset), [4, 1, 1]));
      },
    ],
  ];

  test.for(spelt)('%s', async ([, run, build]) => {
    const shape = [2, 4, 3, 8];
    const arrays = [randomArray(shape), randomArray([8], 2), randomArray([8], 3)];
    const tensors = arrays.map(upload);
    const [, gamma, beta] = tensors;
    const plain = await compile(gpu(), { x: shape }, ({ x }) => build(x, gamma, beta), { fuse: false });
    const program = await compile(gpu(), { x: shape }, ({ x }) => build(x, gamma, beta));
    try {
      expect(program.dispatches.run).toBe(run);
      using expected = plain.run({ x: tensors[0] });
      using actual = program.run({ x: tensors[0] });
      const values = await expected.read();
      expectClose(await actual.read(), values, shape, 64 * EPSILON * 4);
    } finally {
      for (const one of [plain, program, ...tensors]) one.dispose();
    }
  });

  test.for<Spelt>([
    [
      'a variance about another mean',
      0,
      (x) => {
        const mean = reduceMean(x, 3, keep);
        const variance = reduceMean(squaredDifference(x, reduceMean(x, [2, 3], keep)), 3, keep);
        return multiply(subtract(x, mean), rsqrt(add(variance, 1e-5)));
      },
    ],
    [
      'the difference from another number of each row',
      0,
      (x) => {
        const mean = reduceMean(x, 3, keep);
        const variance = reduceMean(squaredDifference(x, mean), 3, keep);
        return multiply(subtract(x, multiply(mean, 0.5)), rsqrt(add(variance, 1e-5)));
      },
    ],
    [
      'another number that is normalized',
      0,
      (x, gamma) => {
        const mean = reduceMean(x, 3, keep);
        const variance = reduceMean(squaredDifference(x, mean), 3, keep);
        return multiply(subtract(multiply(x, gamma), mean), rsqrt(add(variance, 1e-5)));
      },
    ],
    [
      'the root of the variance to be multiplied by',
      0,
      (x) => {
        const mean = reduceMean(x, 3, keep);
        const variance = reduceMean(squaredDifference(x, mean), 3, keep);
        return multiply(subtract(x, mean), sqrt(add(variance, 1e-5)));
      },
    ],
    [
      'a mean over other axes than the variance',
      0,
      (x) => {
        const mean = reduceMean(x, [1, 2], keep);
        const variance = reduceMean(squaredDifference(x, mean), 3, keep);
        return multiply(subtract(x, mean), rsqrt(add(variance, 1e-5)));
      },
    ],
  ])('what looks like it, but is none, is computed as it is: %s', async ([, , build]) => {
    const shape = [2, 4, 3, 8];
    const tensors = [randomArray(shape), randomArray([8], 2), randomArray([8], 3)].map(upload);
    const [, gamma, beta] = tensors;
    const program = await compile(gpu(), { x: shape }, ({ x }) => build(x, gamma, beta));
    const plain = await compile(gpu(), { x: shape }, ({ x }) => build(x, gamma, beta), { fuse: false });
    try {
      using expected = plain.run({ x: tensors[0] });
      using actual = program.run({ x: tensors[0] });
      expect(program.explain().some(({ kernel }) => kernel === 'norm/rows')).toBe(false);
      const values = await expected.read();
      expectClose(await actual.read(), values, shape, values.map((v) => 64 * EPSILON * (Math.abs(v) + 4))); // prettier-ignore
    } finally {
      for (const one of [plain, program, ...tensors]) one.dispose();
    }
  });

  test('a mean that is also returned costs a dispatch of its own', async () => {
    const x = randomArray([3, 8]);
    using input = upload(x);
    using program = await compile(gpu(), { x: [3, 8] }, ({ x: of }) => {
      const mean = reduceMean(of, 1, keep);
      const variance = reduceMean(squaredDifference(of, mean), 1, keep);
      return { mean, y: multiply(subtract(of, mean), rsqrt(add(variance, 1e-5))) };
    });
    expect(program.dispatches.run).toBe(2);
    const { mean, y } = program.run({ x: input });
    mean.dispose();
    const expected = normReference(x, [1], 1e-5);
    await expectTensor(y, expected, boundOf(expected, 8));
  });
});

/** The mean of both halves of eight numbers. */
function reshapeTo4(x: Tensor): Tensor {
  return reduceMean(reshape(x, [2, 4]), 0);
}

describe('a wrong argument is an error that says so', () => {
  test.for<readonly [string, (x: Tensor, gamma: Tensor) => unknown]>([
    ['layerNorm: scale is [3] but x is [2, 3, 4]; give [4]', (x, gamma) => layerNorm(x, { scale: gamma })],
    [
      'layerNorm: axes [0, 2] of [2, 3, 4] are not adjacent, but scale needs adjacent axes, because it has a number for each of their elements; transpose x, or multiply and add afterwards',
      (x, gamma) => layerNorm(x, { axes: [0, 2], scale: gamma }),
    ],
    ['layerNorm: axes is []; name at least one of x [2, 3, 4]', (x) => layerNorm(x, { axes: [] })],
    [
      'layerNorm: epsilon is -1; it must be a number of at least 0, by default 0.00001',
      (x) => layerNorm(x, { epsilon: -1 }),
    ],
    [
      'instanceNorm: x [3] has 1 axes but at least 3 are needed, [batch, height, width, channels] or NCHW; reshape x',
      (_, gamma) => instanceNorm(gamma),
    ],
    ['instanceNorm: offset is [3] but x is [2, 3, 4]; give [4]', (x, gamma) => instanceNorm(x, { offset: gamma })],
  ])('%s', ([message, call]) => {
    using x = gpu().tensor(new Float32Array(24), [2, 3, 4]);
    using gamma = gpu().tensor(new Float32Array(3), [3]);
    expect(messageOf(() => call(x, gamma))).toBe(message);
  });

  test('cast and norm fuse in float16 programs', async () => {
    using program = await compile(gpu(), { x: { shape: [2, 8], dtype: 'f16' } }, ({ x }) => cast(layerNorm(x), 'f32'));
    using x = gpu().tensor(
      new Float32Array(16).map((_, i) => i),
      [2, 8],
      { dtype: 'f16' },
    );
    using y = program.run({ x });
    const [first] = await y.read();
    expect(first).toBeCloseTo(-1.5275, 2);
  });
});
