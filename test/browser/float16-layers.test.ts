/**
 * Ops that consist of several convolutions or are computed in several parts, on float16 tensors: both storage formats,
 * compared with float64.
 */
import { describe, expect, test } from 'vitest';
import { sizeOf } from '../../src/conv/check';
import { depthwiseProblem, groupedProblem, pointwiseProblem, type ConvProblem } from '../../src/conv/problem';
import { convReference } from '../../src/conv/reference';
import { outputShape } from '../../src/conv/window';
import { stepsBehind } from '../../src/gpu/provenance';
import {
  conv2d,
  conv2dTranspose,
  depthwiseConv2d,
  explain,
  groupedConv2d,
  invertedResidual,
  pointwiseConv2d,
  reduceSum,
  resnextBottleneck,
  separableBlock,
  separableConv2d,
  type Gpu,
  type Tensor,
} from '../../src/index';
import { checkCase } from '../fuzz/against-reference';
import type { ConvCase, SourceName } from '../fuzz/case';
import { newSeen } from '../fuzz/seen';
import { expectClose, halfBound, sumBound } from '../support/close';
import { useGpu, withGpu } from '../support/gpu';
import { hasHalves, inBothFormats, randomHalves } from '../support/halves';
import { boundBy, cap, watchDispatches } from '../support/limits';

const OPERANDS: readonly SourceName[] = ['bias', 'mean', 'variance', 'scale', 'offset', 'residual', 'alpha'];
const WEIGHTS: readonly SourceName[] = ['filter', 'mix'];

/** The tensors of a call that are float16. */
const stored: Readonly<Record<string, readonly SourceName[]>> = {
  everything: ['x', ...WEIGHTS, ...OPERANDS],
  'all but the operands': ['x', ...WEIGHTS],
  'all but the residual': ['x', ...WEIGHTS, ...OPERANDS.filter((name) => name !== 'residual')],
  'nothing but the residual': ['residual'],
  'all but x': [...WEIGHTS, ...OPERANDS],
};

const whole = { bias: true, batchNorm: { scale: true, offset: true }, residual: true } as const;

inBothFormats((gpu, options) => {
  describe.for(Object.entries(stored))('with halves in %s', ([, halves]) => {
    const check = async (...cases: readonly Omit<ConvCase, 'halves'>[]): Promise<void> => {
      const checks = cases.map((c) => checkCase(gpu(), { ...c, halves }, newSeen()));
      expect((await Promise.all(checks)).filter((failure) => failure !== undefined)).toEqual([]);
    };

    test.for(['fused', 'two-dispatches'] as const)('separableConv2d, %s', async (method) => {
      const c = { op: 'separableConv2d', method, seed: 7 } as const;
      const between = { bias: true, activation: { name: 'prelu' } } as const;
      await check(
        { ...c, x: [1, 5, 9, 12], filter: [3, 3, 12, 1], mix: [1, 1, 12, 20], geometry: { padding: 'same' }, between, epilogue: { residual: true, activation: 'relu6' } }, // prettier-ignore
        { ...c, x: [2, 5, 4, 4], filter: [3, 2, 4, 1], mix: [1, 1, 4, 8], geometry: { strides: 2 }, between: { batchNorm: { scale: true, offset: true } }, epilogue: { bias: true } }, // prettier-ignore
      );
      if (method === 'fused') return;
      // These cases have odd numbers of channels, a multiplier, and more operands than one dispatch can bind.
      await check(
        { ...c, x: [1, 5, 3, 3], filter: [3, 3, 3, 1], mix: [1, 1, 3, 5], geometry: { padding: 'same' }, between: whole, epilogue: { ...whole, activation: { name: 'prelu' } } }, // prettier-ignore
        { ...c, x: [1, 3, 5, 3], filter: [3, 3, 3, 3], mix: [1, 1, 9, 7], geometry: { padding: 'same', dataFormat: 'NCHW' }, epilogue: whole }, // prettier-ignore
      );
    });

    test.for(['auto', 'direct', 'reshape-sum', 'fused-reshape-sum', 'split-concat'] as const)(
      'groupedConv2d, %s',
      async (method) => {
        const c = { op: 'groupedConv2d', method, groups: 3, seed: 9 } as const;
        const epilogue = { bias: true, residual: true, activation: { name: 'prelu' } } as const;
        const geometry = { padding: 'same' } as const;
        await check(
          { ...c, x: [1, 5, 3, 9], filter: [3, 3, 3, 9], geometry, epilogue },
          { ...c, x: [1, 5, 3, 9], filter: [3, 3, 9, 3], geometry, epilogue: {} },
          { ...c, x: [1, 3, 5, 6], filter: [3, 1, 6, 5], geometry, epilogue: whole, grouping: 'strided' },
          { ...c, x: [1, 12, 3, 5], filter: [1, 3, 4, 12], geometry: { dataFormat: 'NCHW' }, epilogue: { bias: true } },
        );
      },
    );

    test('the other convolutions, with odd numbers of elements', async () => {
      const residual = { residual: true } as const;
      const all = { ...whole, activation: { name: 'prelu' } } as const;
      const geometry = { padding: 'same' } as const;
      await check(
        { op: 'depthwiseConv2d', x: [1, 5, 7, 3], filter: [3, 3, 3, 1], geometry, epilogue: residual, seed: 3 },
        { op: 'depthwiseConv2d', x: [1, 5, 7, 8], filter: [3, 3, 8, 1], geometry, epilogue: all, seed: 3 },
        { op: 'pointwiseConv2d', x: [1, 3, 3, 5], filter: [5, 7], geometry: {}, epilogue: residual, seed: 3 },
        { op: 'pointwiseConv2d', x: [1, 3, 3, 8], filter: [8, 4], geometry: {}, epilogue: all, seed: 3 },
        { op: 'conv2d', x: [1, 5, 5, 3], filter: [3, 3, 3, 5], geometry, epilogue: all, seed: 3 },
      );
    });
  });

  describe('a sum that exceeds the largest half on the way', () => {
    test('still gives the right result, in every convolution', async () => {
      using x = gpu().tensor([60000, 60000, -60000, -60000], [1, 1, 4, 1], { dtype: 'f16' });
      using deep = gpu().tensor([60000, 60000, -60000, -60000], [1, 1, 1, 4], { dtype: 'f16' });
      using ones = gpu().tensor([1, 1, 1, 1], [1, 4, 1, 1], { dtype: 'f16' });
      using mix = gpu().tensor([1, 1, 1, 1], [4, 1], { dtype: 'f16' });
      using wide = gpu().tensor([2], [1, 1, 1, 1], { dtype: 'f16' });
      using bias = gpu().tensor([7], [1]);
      using back = gpu().tensor([-120_000 + 7], [1]);
      const results = [
        depthwiseConv2d(x, ones, { bias }),
        conv2d(x, ones, { bias }),
        groupedConv2d(x, ones, { bias, groups: 1 }),
        pointwiseConv2d(deep, mix, { bias }),
        depthwiseConv2d(x, wide, { bias: back }),
      ];
      const values = await Promise.all(results.map(async (tensor) => [...(await tensor.read())]));
      expect(values).toEqual([[7], [7], [7], [7], [7, 7, -65504, -65504]]);
      for (const tensor of results) tensor.dispose();
    });
  });

  describe('blocks', () => {
    const relu6 = (v: number): number => Math.min(Math.max(v, 0), 6);
    const relu = (v: number): number => Math.max(v, 0);
    const x = { shape: [1, 5, 3, 5], seed: 1 };

    test('separableBlock', async () => {
      const first = depthwiseProblem('test', x.shape, [3, 3, 5, 1], { padding: 'same', strides: 2 });
      const second = pointwiseProblem('test', outputShape(first), [5, 7], {});
      using t = tensors(gpu(), { x: x.shape, w0: [3, 3, 5, 1], b0: [5], w1: [5, 7], b1: [7] });
      const middle = layer(first, exact(t.values.x), t.values.w0, t.values.b0, relu6);
      const end = layer(second, middle, t.values.w1, t.values.b1, relu6);
      const weights = { depthwise: { filter: t.w0, bias: t.b0 }, pointwise: { filter: t.w1, bias: t.b1 } };
      await expectRough(separableBlock(t.x, weights, { strides: 2 }), end);
    });

    test('invertedResidual', async () => {
      const first = pointwiseProblem('test', x.shape, [5, 9], {});
      const second = depthwiseProblem('test', outputShape(first), [3, 3, 9, 1], { padding: 'same' });
      const third = pointwiseProblem('test', outputShape(second), [9, 5], {});
      const shapes = { x: x.shape, w0: [5, 9], b0: [9], w1: [3, 3, 9, 1], b1: [9], w2: [9, 5], b2: [5] };
      using t = tensors(gpu(), shapes);
      const v = t.values;
      const expanded = layer(first, exact(v.x), v.w0, v.b0, relu6);
      const middle = layer(second, expanded, v.w1, v.b1, relu6);
      const end = layer(third, middle, v.w2, v.b2, (n) => n, exact(v.x));
      const weights = {
        expand: { filter: t.w0, bias: t.b0 },
        depthwise: { filter: t.w1, bias: t.b1 },
        project: { filter: t.w2, bias: t.b2 },
      };
      await expectRough(invertedResidual(t.x, weights), end);
    });

    test.for(['identity', 'a convolution'])('resnextBottleneck with a shortcut: %s', async (shortcut) => {
      const first = pointwiseProblem('test', x.shape, [5, 9], {});
      const geometry = { padding: 'same', groups: 3 } as const;
      const second = groupedProblem('test', outputShape(first), [3, 3, 3, 9], geometry);
      const third = pointwiseProblem('test', outputShape(second), [9, 5], {});
      const aside = pointwiseProblem('test', x.shape, [5, 5], {});
      const shapes = { x: x.shape, w0: [5, 9], b0: [9], w1: [3, 3, 3, 9], b1: [9], w2: [9, 5], b2: [5], w3: [5, 5], b3: [5] }; // prettier-ignore
      using t = tensors(gpu(), shapes);
      const v = t.values;
      const reduced = layer(first, exact(v.x), v.w0, v.b0, relu);
      const middle = layer(second, reduced, v.w1, v.b1, relu);
      const isIdentity = shortcut === 'identity';
      const residual = isIdentity ? exact(v.x) : layer(aside, exact(v.x), v.w3, v.b3, (n) => n);
      const end = layer(third, middle, v.w2, v.b2, relu, residual);
      const weights = {
        reduce: { filter: t.w0, bias: t.b0 },
        grouped: { filter: t.w1, bias: t.b1 },
        expand: { filter: t.w2, bias: t.b2 },
        shortcut: isIdentity ? ('identity' as const) : { filter: t.w3, bias: t.b3 },
      };
      await expectRough(resnextBottleneck(t.x, weights, { groups: 3 }), end);
    });
  });

  describe('a batch larger than a binding', () => {
    /** Calls, with the most bytes that a binding may have and the number of images in each part. */
    const cases: readonly (readonly [
      name: string,
      limit: number,
      parts: readonly number[],
      call: (make: Make) => Tensor,
    ])[] = [
      [
        'of images in whole bindings',
        1280,
        [2, 2, 1],
        (make) => depthwiseConv2d(make('f16', 5, 8, 8, 4), make('f16', 3, 3, 4, 1), { padding: 'same' }),
      ],
      [
        'of odd images, of which an odd number is left',
        2500,
        [128, 128, 3],
        (make) => depthwiseConv2d(make('f16', 259, 3, 3, 1), make('f16', 3, 3, 1, 1), { padding: 'same' }),
      ],
      [
        'of odd images, with a larger output',
        4096,
        [128, 128, 43],
        (make) => conv2d(make('f16', 299, 1, 5, 1), make('f32', 1, 1, 1, 3), { bias: make('f16', 3) }),
      ],
      [
        'of halves, with a float32 residual',
        4608,
        [128, 5],
        (make) =>
          depthwiseConv2d(make('f16', 133, 3, 3, 1), make('f16', 1, 1, 1, 1), { residual: make('f32', 133, 3, 3, 1) }),
      ],
      [
        'of float32, with a residual of odd halves',
        4608,
        [128, 5],
        (make) =>
          depthwiseConv2d(make('f32', 133, 3, 3, 1), make('f16', 1, 1, 1, 1), { residual: make('f16', 133, 3, 3, 1) }),
      ],
    ];

    test.for(cases)('is computed in parts: %s', async ([, limit, parts, call]) => {
      await withGpu(await options(), async (own, errors) => {
        const expected = call(maker(own));
        expect(explain(expected).steps).toHaveLength(1);
        cap(own, { maxStorageBufferBindingSize: limit });
        const ranges: (readonly [offset: number, bytes: number])[] = [];
        watchDispatches(own, (dispatch) => {
          const { offset, byteLength } = boundBy(dispatch).output;
          ranges.push([offset, byteLength]);
        });
        const made = call(maker(own));
        const image = (made.size / parts.reduce((a, b) => a + b)) * (made.dtype === 'f16' ? 2 : 4);
        let first = 0;
        const wanted = parts.map((count) => {
          const begin = first * image;
          first += count;
          return [begin, Math.ceil((count * image) / 4) * 4];
        });
        expect(ranges).toEqual(wanted);
        for (const range of wanted) expect(Math.max(...range.slice(1))).toBeLessThanOrEqual(limit);
        expect(explain(made).why).toContain(`in ${parts.length} parts`);
        expect(await made.read()).toEqual(await expected.read());
        expect(errors).toEqual([]);
      });
    });

    test('holds twice as many halves', async () => {
      await withGpu(await options(), async (own) => {
        cap(own, { maxStorageBufferBindingSize: 512 });
        const make = maker(own);
        using y = depthwiseConv2d(make('f16', 1, 8, 8, 4), make('f16', 1, 1, 4, 1));
        expect(explain(y).steps).toHaveLength(1);
        using z = separableConv2d(make('f16', 1, 8, 8, 4), make('f16', 1, 1, 4, 1), make('f16', 4, 4), {
          method: 'fused',
        });
        expect(explain(z).steps).toHaveLength(1);
        // A tensor without a batch is bound whole.
        using sum = reduceSum(make('f16', 256));
        expect(sum.size).toBe(1);
        expect(() => reduceSum(make('f16', 257))).toThrowErrorMatchingInlineSnapshot(
          `[Error: reduceSum: x [257] needs 516 bytes but the device's maxStorageBufferBindingSize is 512; split the batch or the rows into several calls]`,
        );
        expect(() => conv2d(make('f16', 1, 8, 8, 3), make('f16', 10, 10, 3, 1), { padding: 'same' })).toThrow(
          'the filter [10, 10, 3, 1] needs 600 bytes',
        );
        using bands = depthwiseConv2d(make('f16', 1, 9, 8, 4), make('f16', 1, 1, 4, 1));
        expect(explain(bands).steps).toHaveLength(3);
        expect(() =>
          depthwiseConv2d(make('f16', 200, 1, 3, 1), make('f16', 1, 1, 1, 1)),
        ).toThrowErrorMatchingInlineSnapshot(
          `[Error: depthwiseConv2d: x [200, 1, 3, 1] needs 1200 bytes but the device's maxStorageBufferBindingSize is 512; split the batch or the rows into several calls]`,
        );
      });
    });
  });
});

describe.for(hasHalves ? ['with shader-f16'] : [])('%s', () => {
  const gpu = useGpu();

  test('accumulate reaches every step that sums products', async () => {
    const accumulate = 'f16';
    const made: Tensor[] = [];
    const make = (...shape: number[]): Tensor => {
      made.push(gpu().tensor(randomHalves(shape).values, shape));
      return made.at(-1)!;
    };
    const geometry = { padding: 'same', accumulate } as const;
    const calls: Readonly<Record<string, Tensor>> = {
      depthwise: depthwiseConv2d(make(1, 4, 4, 4), make(3, 3, 4, 1), geometry),
      pointwise: pointwiseConv2d(make(1, 4, 4, 4), make(4, 8), { accumulate }),
      conv2d: conv2d(make(1, 4, 4, 3), make(3, 3, 3, 4), geometry),
      ...Object.fromEntries(
        (['auto', 'direct', 'reshape-sum', 'fused-reshape-sum', 'split-concat'] as const).map((method) => [
          method,
          groupedConv2d(make(1, 4, 4, 4), make(3, 3, 2, 4), { ...geometry, groups: 2, method }),
        ]),
      ),
      ...Object.fromEntries(
        (['fused', 'two-dispatches'] as const).map((method) => [
          method,
          separableConv2d(make(1, 4, 4, 4), make(3, 3, 4, 1), make(4, 8), { ...geometry, method }),
        ]),
      ),
    };
    const summed = Object.entries(calls).map(([name, tensor]) => [
      name,
      stepsBehind(tensor.provenance!).filter(({ wgsl }) => wgsl.includes('alias Sum = ')).length,
      stepsBehind(tensor.provenance!).filter(({ wgsl }) => /alias Sum = (vec4<)?f16/.test(wgsl)).length,
    ]);
    expect(summed).toEqual(Object.keys(calls).map((name) => [name, ...(/two|split/.test(name) ? [2, 2] : [1, 1])]));
    await Promise.all(Object.values(calls).map((tensor) => tensor.read()));
    for (const tensor of [...made, ...Object.values(calls)]) tensor.dispose();
  });

  const accumulate = 'f16';
  const shared = { groups: 2, accumulate } as const;
  // Each output is the sum of that many products of 10 and 10. It exceeds the largest half, although no partial sum does.
  const long: Readonly<Record<string, readonly [terms: number, call: (of: (...shape: number[]) => Tensor) => Tensor]>> =
    {
      pointwise: [1024, (of) => pointwiseConv2d(of(1, 2, 3, 1024), of(1024, 8), { accumulate })],
      'pointwise, odd channels': [1023, (of) => pointwiseConv2d(of(1, 2, 3, 1023), of(1023, 3), { accumulate })],
      dense: [2304, (of) => conv2d(of(1, 3, 3, 256), of(3, 3, 256, 4), { accumulate })],
      'dense, planes': [2304, (of) => conv2d(of(1, 256, 3, 3), of(3, 3, 256, 4), { accumulate, dataFormat: 'NCHW' })],
      'a large filter': [1125, (of) => conv2d(of(1, 15, 15, 5), of(15, 15, 5, 2), { accumulate })],
      grouped: [1152, (of) => groupedConv2d(of(1, 3, 4, 256), of(3, 3, 128, 8), shared)],
      'depthwise of many taps': [961, (of) => depthwiseConv2d(of(1, 31, 32, 4), of(31, 31, 4, 1), { accumulate })],
      transposed: [1024, (of) => conv2dTranspose(of(1, 1, 2, 1024), of(1, 1, 4, 1024), { accumulate })],
      'separable, of the outputs of which each is 100': [
        1024,
        (of) => separableConv2d(of(1, 2, 4, 1024), of(1, 1, 1024, 1), of(1024, 8), { accumulate, method: 'fused' }),
      ],
    };

  test.for(Object.entries(long))('long sums are right: %s', async ([name, [terms, call]]) => {
    const made: Tensor[] = [];
    using y = call((...shape) => {
      made.push(gpu().tensor(new Float32Array(sizeOf(shape)).fill(10), shape));
      return made.at(-1)!;
    });
    const expected = terms * (name.startsWith('separable') ? 1000 : 100);
    expect(new Set(await y.read())).toEqual(new Set([expected]));
    for (const tensor of made) tensor.dispose();
  });
});

/** Numbers, and their error bounds. */
interface Rough {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
  readonly bound: Float64Array;
}

function exact(values: Float64Array): Rough {
  return { shape: [], values, bound: new Float64Array(values.length) };
}

/** A convolution of halves whose output is stored as halves. The activation does not enlarge errors. */
function layer(
  p: ConvProblem,
  x: Rough,
  filter: Float64Array,
  bias: Float64Array,
  activation: (v: number) => number,
  residual?: Rough,
): Rough {
  const weights = filter.map(Math.abs);
  const terms = p.filterHeight * p.filterWidth * (p.inChannels / p.groups);
  const largest = Float64Array.from(x.values, (v, i) => Math.abs(v) + x.bound[i]);
  const magnitudes = convReference(p, largest, weights).map((m, i) => m + 1 + Math.abs(residual?.values[i] ?? 0));
  const own = sumBound(terms + 2, magnitudes, 1);
  const carried = convReference(p, x.bound, weights);
  const values = convReference(p, x.values, filter).map((sum, i) =>
    activation(sum + bias[i % p.outChannels] + (residual?.values[i] ?? 0)),
  );
  const bound = own.map((b, i) => b + carried[i] + (residual?.bound[i] ?? 0));
  return { shape: outputShape(p), values, bound: halfBound(bound, values) };
}

async function expectRough(actual: Tensor, { values, bound, shape }: Rough): Promise<void> {
  using tensor = actual;
  expect([tensor.dtype, tensor.shape]).toEqual(['f16', shape]);
  expectClose(await tensor.read(), values, shape, bound);
}

/** Tensors of random halves by name, and their numbers. They are disposed together. */
function tensors<Name extends string>(
  gpu: Gpu,
  shapes: Readonly<Record<Name, readonly number[]>>,
): Readonly<Record<Name, Tensor>> & { readonly values: Readonly<Record<Name, Float64Array>> } & Disposable {
  const names = Object.keys(shapes) as Name[];
  const arrays = names.map((name, i) => [name, randomHalves(shapes[name], i + 1)] as const);
  const made = arrays.map(([name, { values, shape }]) => [name, gpu.tensor(values, shape, { dtype: 'f16' })] as const);
  return {
    ...(Object.fromEntries(made) as Record<Name, Tensor>),
    values: Object.fromEntries(arrays.map(([name, { values }]) => [name, values])) as Record<Name, Float64Array>,
    [Symbol.dispose]: () => {
      for (const [, tensor] of made) tensor.dispose();
    },
  };
}

/** Makes a tensor of seeded halves with this shape and type. */
type Make = (dtype: 'f16' | 'f32', ...shape: number[]) => Tensor;

function maker(own: Gpu): Make {
  let seed = 0;
  return (dtype, ...shape) => own.tensor(randomHalves(shape, ++seed).values, shape, { dtype });
}
