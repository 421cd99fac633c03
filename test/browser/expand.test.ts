/**
 * A pointwise convolution and the depthwise one after it in a single dispatch: it gives the same as two float64 convolutions
 * one after the other, and in a program the same as the traced calls.
 */
import { describe, expect, test } from 'vitest';
import { depthwiseProblem, pointwiseProblem } from '../../src/conv/problem';
import { outputShape } from '../../src/conv/window';
import {
  compile,
  depthwiseConv2d,
  pointwiseConv2d,
  reshape,
  type ConvOptions,
  type DType,
  type Gpu,
  type Program,
  type Tensor,
} from '../../src/index';
import { activationCode } from '../../src/kernels/activation';
import { expandFused } from '../../src/kernels/expand';
import type { Target } from '../../src/kernels/kernel';
import type { ConvPair } from '../../src/kernels/pair';
import { profileOf } from '../../src/kernels/profile';
import { errorOf, expectClose, roundingsBound } from '../support/close';
import { expectPair, type PairCase } from '../support/conv-pair';
import { useGpu, withGpu } from '../support/gpu';
import { cap } from '../support/limits';
import { preferring } from '../support/preferring';
import { randomValues } from '../support/random';
import { runStep } from '../support/run-step';
import { AMD, SWIFTSHADER, targetFor } from '../support/target';

const gpu = useGpu();

const same = { padding: 'same' } as const;
const cases: readonly PairCase[] = [
  { name: 'less than one tile', input: [1, 3, 5, 4], filter: [3, 3], out: 4, geometry: same },
  { name: 'one pixel', input: [1, 1, 1, 4], filter: [3, 3], out: 8, geometry: same },
  { name: 'a whole map in a tile, ragged slices', input: [1, 14, 14, 8], filter: [3, 3], out: 20, geometry: same },
  {
    name: 'ragged tiles, words that are no power of two',
    input: [1, 19, 33, 44],
    filter: [3, 3],
    out: 12,
    geometry: same,
  },
  { name: 'stride 2, batch 3', input: [3, 17, 18, 8], filter: [3, 3], out: 36, geometry: { ...same, strides: 2 } },
  { name: 'a line of words at a time', input: [1, 6, 6, 64], filter: [3, 3], out: 8, geometry: same },
  { name: '5x5', input: [1, 20, 21, 4], filter: [5, 5], out: 8, geometry: same },
  { name: '5x5, stride 2', input: [1, 29, 30, 4], filter: [5, 5], out: 8, geometry: { ...same, strides: 2 } },
  { name: 'strides differ, valid', input: [2, 19, 40, 8], filter: [2, 5], out: 8, geometry: { strides: [3, 1] } },
  { name: 'lopsided padding', input: [2, 17, 6, 4], filter: [2, 3], out: 12, geometry: { padding: [[0, 3], [2, 0]] } }, // prettier-ignore
  { name: 'padding of whole tiles', input: [1, 5, 18, 4], filter: [3, 3], out: 4, geometry: { padding: [[19, 20], [2, 9]] } }, // prettier-ignore
  { name: 'a tall stride', input: [1, 43, 9, 4], filter: [3, 2], out: 8, geometry: { strides: [7, 2] } },
  { name: 'long filters', input: [1, 18, 20, 4], filter: [8, 1], out: 4, geometry: same },
];

function pairOf({ input, filter, out, geometry }: PairCase, between: ConvPair['between'] = []): ConvPair {
  const pointwise = pointwiseProblem('test', input, [input[3], out], {});
  return {
    depthwise: depthwiseProblem('test', outputShape(pointwise), [...filter, out, 1], geometry),
    pointwise,
    between,
  };
}

const bias = { kind: 'bias' } as const;
const relu6 = { kind: 'activation', code: activationCode('test', 'relu6') } as const;

/** The tiles for GPUs, and for GPUs with workgroups of half the size. */
function tilesOf(pair: ConvPair): ReturnType<typeof expandFused.tiles> {
  const targets = [256, 128].map((most): Target => {
    const { limits, ...target } = gpu().context.target;
    return { ...target, profile: profileOf(AMD), limits: { ...limits, maxComputeInvocationsPerWorkgroup: most } };
  });
  const tiles = targets.flatMap((target) => expandFused.tiles(pair, target));
  return [...new Map(tiles.map((tile) => [JSON.stringify(tile), tile])).values()];
}

describe('expand/fused matches the reference by every tile', () => {
  test.for(cases)('$name', async (c) => {
    const pair = pairOf(c, [bias, relu6]);
    expect(expandFused.supports(pair)).toBe(true);
    const { depthwise, pointwise } = pair;
    const [inputs, taps] = [c.input[3], c.filter[0] * c.filter[1]];
    const numbers = {
      x: randomValues(c.input.reduce((a, b) => a * b, 1), 1), // prettier-ignore
      mix: randomValues(inputs * c.out, 2),
      weights: randomValues(taps * c.out, 3),
      between_bias: randomValues(c.out, 4),
      bias: randomValues(c.out, 5),
    };
    const tensors = Object.entries(numbers).map(
      ([name, values]) => [name, gpu().tensor(values, [values.length])] as const,
    );
    const outputs = tilesOf(pair).map((tile) =>
      runStep(
        gpu().context,
        expandFused.step(pair, tile, [bias], gpu().context.target),
        Object.fromEntries(tensors),
        outputShape(depthwise),
      ),
    );
    try {
      await expectPair(
        outputs,
        numbers.x,
        { problem: pointwise, filter: numbers.mix, bias: numbers.between_bias },
        { problem: depthwise, filter: numbers.weights, bias: numbers.bias },
      );
    } finally {
      for (const tensor of [...outputs, ...tensors.map(([, one]) => one)]) tensor.dispose();
    }
  });
});

/** The filters, and the operands of the epilogues. */
function weightsOf(own: Gpu, dtype: DType = 'f32') {
  const make = (seed: number, ...shape: readonly number[]): Tensor =>
    own.tensor(
      randomValues(
        shape.reduce((a, b) => a * b, 1),
        seed,
      ),
      shape,
      { dtype },
    );
  return {
    make,
    mix: make(2, 1, 1, 8, 12),
    filter: make(3, 3, 3, 12, 1),
    inner: make(4, 12),
    outer: make(5, 12),
    alpha: make(6, 12),
  };
}

type Weights = ReturnType<typeof weightsOf>;

const SHAPE = [2, 9, 17, 8] as const;

/** A pointwise and a depthwise convolution, each with a bias and relu6. */
function block(x: Tensor, w: Weights, options: ConvOptions = {}): Tensor {
  using middle = pointwiseConv2d(x, w.mix, { bias: w.inner, activation: 'relu6' });
  return depthwiseConv2d(middle, w.filter, { padding: 'same', bias: w.outer, activation: 'relu6', ...options });
}

interface Compiled {
  readonly program: Program<{ x: { shape: typeof SHAPE; dtype: DType } }, Tensor>;
  readonly kernels: readonly string[];
}

/** Compiles as on a device that has measured one dispatch to be the fastest. */
async function compiled(own: Gpu, dtype: DType, fn: (x: Tensor) => Tensor): Promise<Compiled> {
  const forms = { x: { shape: SHAPE, dtype } };
  const program = await preferring(own, /\/fused$/, 0, () => compile(own, forms, ({ x }) => fn(x)));
  return { program, kernels: program.explain().map(({ kernel }) => kernel) };
}

const isFused = (kernel: string): boolean => kernel.endsWith('/fused');

describe('in a program', () => {
  const blocks: Readonly<Record<string, (x: Tensor, w: Weights) => Tensor>> = {
    'bias and relu6 after both': (x, w) => block(x, w),
    'stride 2': (x, w) => block(x, w, { strides: 2, activation: 'silu' }),
    'all of an epilogue in both places': (x, w) => {
      using residual = pointwiseConv2d(x, w.mix);
      using middle = pointwiseConv2d(x, w.mix, { residual, activation: { name: 'prelu', alpha: w.alpha } });
      return depthwiseConv2d(middle, w.filter, { padding: 'same', bias: w.outer, residual, activation: 'hardSwish' });
    },
    'other pixels in between': (x, w) => {
      using middle = pointwiseConv2d(x, w.mix, { bias: w.inner });
      using turned = reshape(middle, [1, 17, 18, 12]);
      return depthwiseConv2d(turned, w.filter, { padding: 'same' });
    },
  };

  describe.for(['f32', 'f16'] as const)('of %s', (dtype) => {
    test.for(Object.keys(blocks))('it is one dispatch, and the same as two: %s', async (name) => {
      await withGpu({}, async (own, errors) => {
        const w = weightsOf(own, dtype);
        using x = w.make(1, ...SHAPE);
        using eager = blocks[name](x, w);
        const { program, kernels } = await compiled(own, dtype, (given) => blocks[name](given, w));
        expect(kernels.filter(isFused)).toHaveLength(1);
        expect(kernels.some((kernel) => kernel.startsWith('depthwise/'))).toBe(false);
        using y = program.run({ x });
        const [actual, expected] = [await y.read(), Float32Array.from(await eager.read())];
        // Two dispatches store halves in between, and both ways store them at the end. A rounding to a half is 2^14 times
        // that of float32.
        expectClose(actual, expected, y.shape, roundingsBound(expected, dtype === 'f32' ? 64 : 4 * 2 ** 14));
        program.dispose();
        expect(errors).toEqual([]);
      });
    });
  });

  test('the padding between the two is zero, and infinities and NaN stay in their place', async () => {
    await withGpu({}, async (own) => {
      const w = weightsOf(own);
      const values = randomValues(2 * 9 * 17 * 8, 1);
      // These places lie in corners of the image and in the rims of tiles.
      values.set([Infinity], 0);
      values.set([NaN], (8 * 17 + 16) * 8);
      values.set([-Infinity], (9 * 17 + 5 * 17 + 15) * 8 + 3);
      using x = own.tensor(values, SHAPE);
      const model = (given: Tensor): Tensor => {
        using middle = pointwiseConv2d(given, w.mix, { bias: w.inner });
        return depthwiseConv2d(middle, w.filter, { padding: [[1, 3], [2, 1]], bias: w.outer }); // prettier-ignore
      };
      using eager = model(x);
      const expected = Float32Array.from(await eager.read());
      const { program, kernels } = await compiled(own, 'f32', model);
      expect(kernels).toEqual(['expand/fused']);
      using y = program.run({ x });
      const actual = await y.read();
      const off = Array.from(expected, (v, i) => errorOf(actual[i], v));
      expect(expected.filter((v) => !Number.isFinite(v)).length).toBeGreaterThan(12 * 9);
      expect(off.filter((error) => !(error <= 1e-4))).toEqual([]);
      program.dispose();
    });
  });

  const apart: Readonly<Record<string, (x: Tensor, w: Weights) => Tensor>> = {
    'two read what is between': (x, w) => {
      using middle = pointwiseConv2d(x, w.mix);
      using one = depthwiseConv2d(middle, w.filter, { padding: 'same' });
      return depthwiseConv2d(middle, w.filter, { padding: 'same', residual: one });
    },
    'the second adds it, too': (x, w) => {
      using middle = pointwiseConv2d(x, w.mix);
      return depthwiseConv2d(middle, w.filter, { padding: 'same', residual: middle });
    },
    'the second adds it, too, depthwise first': (x, w) => {
      using middle = depthwiseConv2d(x, w.make(7, 3, 3, 8, 1), { padding: 'same' });
      return pointwiseConv2d(middle, w.make(8, 8, 8), { residual: middle });
    },
    'the first skips pixels': (x, w) => {
      using middle = pointwiseConv2d(x, w.mix, { strides: 2 });
      return depthwiseConv2d(middle, w.filter, { padding: 'same' });
    },
    dilation: (x, w) => block(x, w, { dilations: 2 }),
    'channels that are no multiple of four': (x, w) => {
      using middle = pointwiseConv2d(x, w.make(7, 1, 1, 8, 6));
      return depthwiseConv2d(middle, w.make(8, 3, 3, 6, 1));
    },
    'outputs that are more than the channels': (x, w) => {
      using middle = pointwiseConv2d(x, w.mix);
      return depthwiseConv2d(middle, w.make(7, 3, 3, 12, 2));
    },
    'a filter of more taps than are unrolled': (x, w) => {
      using middle = pointwiseConv2d(x, w.mix);
      return depthwiseConv2d(middle, w.make(7, 5, 6, 12, 1));
    },
    'more operands than every device binds': (x, w) => {
      using residual = pointwiseConv2d(x, w.mix, { strides: 1 });
      const prelu = { name: 'prelu', alpha: w.alpha } as const;
      using middle = pointwiseConv2d(x, w.mix, { bias: w.inner, residual, activation: prelu });
      return depthwiseConv2d(middle, w.filter, { padding: 'same', bias: w.outer, residual, activation: prelu });
    },
  };

  test.for(Object.keys(apart))('they stay two dispatches: %s', async (name) => {
    await withGpu({}, async (own) => {
      const w = weightsOf(own);
      using x = w.make(1, ...SHAPE);
      using eager = apart[name](x, w);
      const { program, kernels } = await compiled(own, 'f32', (given) => apart[name](given, w));
      expect(kernels.filter(isFused)).toEqual([]);
      using y = program.run({ x });
      const expected = await eager.read();
      expectClose(await y.read(), expected, y.shape, roundingsBound(expected, 32));
      program.dispose();
    });
  });

  test('a tensor that is too large to bind at once is not fused, and what is returned is not either', async () => {
    await withGpu({}, async (own) => {
      const w = weightsOf(own);
      const { maxStorageBufferBindingSize } = own.context.target.limits;
      const large = [1, 32, 16, 8];
      cap(own, { maxStorageBufferBindingSize: 12_288 });
      const parts = await preferring(own, /fused/, 0, () => compile(own, { x: large }, ({ x }) => block(x, w)));
      expect(parts.explain().filter(({ kernel }) => kernel.startsWith('depthwise/')).length).toBeGreaterThan(1);
      parts.dispose();
      cap(own, { maxStorageBufferBindingSize });
      const both = await preferring(own, /fused/, 0, () =>
        compile(own, { x: SHAPE }, ({ x }) => {
          const middle = pointwiseConv2d(x, w.mix);
          return [middle, depthwiseConv2d(middle, w.filter)];
        }),
      );
      expect(both.explain().filter(({ kernel }) => isFused(kernel))).toEqual([]);
      both.dispose();
    });
  });

  test('a pointwise convolution between two depthwise ones joins the pair that can be one dispatch', async () => {
    await withGpu({}, async (own) => {
      const w = weightsOf(own);
      const model = (given: Tensor): Tensor => {
        using first = depthwiseConv2d(given, w.make(7, 3, 3, 8, 1), { padding: 'same' });
        using second = pointwiseConv2d(first, w.mix, { bias: w.inner });
        return depthwiseConv2d(second, w.filter, { padding: 'same' });
      };
      const kernelsBy = async (names: RegExp): Promise<string[]> => {
        const program = await preferring(own, names, 0, () => compile(own, { x: SHAPE }, ({ x }) => model(x)));
        const families = program.explain().map(({ kernel }) => kernel.split('/')[0]);
        program.dispose();
        return families;
      };
      expect(await kernelsBy(/^expand\/fused$/)).toEqual(['depthwise', 'expand']);
      expect(await kernelsBy(/^separable\/fused$/)).toEqual(['separable', 'depthwise']);
    });
  });

  test('explain says that it was fused, and why', async () => {
    await withGpu({}, async (own) => {
      const w = weightsOf(own);
      const why = async (): Promise<(readonly [string, string])[]> => {
        using program = await compile(own, { x: SHAPE }, ({ x }) => block(x, w));
        return program.explain().map((step) => [step.kernel, step.why] as const);
      };
      const [[, said]] = await why();
      expect(said).toMatch(/^default rule for cpu: /);
      Object.assign(own.context, { target: { ...own.context.target, profile: profileOf(AMD) } });
      expect(await why()).toEqual([
        [
          'expand/fused',
          'default rule for amd: the input has few channels, so the intermediate, which has more, stays in workgroup memory instead of going to DRAM and back',
        ],
      ]);
    });
  });
});

describe('the rule', () => {
  const suits = (info: Parameters<typeof targetFor>[0], size: number, inputs: number, out: number): boolean =>
    expandFused.suits!(pairOf({ name: '', input: [1, size, size, inputs], filter: [3, 3], out, geometry: same }), targetFor(info)); // prettier-ignore

  test('is for few input channels on GPUs with workgroup memory', () => {
    // Inverted residuals of MobileNetV2, and pairs of MobileNetV1.
    expect([suits(AMD, 56, 24, 144), suits(AMD, 28, 32, 192), suits(AMD, 14, 64, 384)]).toEqual([true, true, true]);
    expect([
      suits(AMD, 56, 64, 128),
      suits(AMD, 28, 128, 256),
      suits(AMD, 14, 512, 512),
      suits(AMD, 7, 160, 960),
    ]).toEqual([false, false, false, false]);
    expect([suits(SWIFTSHADER, 56, 24, 144), suits({ vendor: 'arm' }, 56, 24, 144)]).toEqual([false, false]);
  });
});
