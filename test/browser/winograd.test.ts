/**
 * Winograd's algorithm: it is as exact as its documentation says, it computes all that other kernels do, and nothing chooses it
 * but a winner that was measured where the app had allowed it.
 */
import { describe, expect, test } from 'vitest';
import { conv2dProblem, type ConvProblem } from '../../src/conv/problem';
import { convReference } from '../../src/conv/reference';
import {
  compile,
  conv2d,
  explain,
  importTuning,
  loadTuning,
  tune,
  type Gpu,
  type Tensor,
  type Tuning,
} from '../../src/index';
import { byRule, type Choice, type Question } from '../../src/kernels/choice';
import { convPieces } from '../../src/kernels/conv-pieces';
import { conv2dGeneral } from '../../src/kernels/conv2d';
import { conv2d as operation } from '../../src/kernels/convolutions';
import { winograd } from '../../src/kernels/winograd';
import { widened, idsOf } from '../../src/tune/advice';
import { keyOf, memoryOf } from '../../src/tune/device-memory';
import { questionKey } from '../../src/tune/key';
import type { Winner } from '../../src/tune/memory';
import { tuneQuestions } from '../../src/tune/tune';
import { asHalves, expectClose, halfBound, sumBound } from '../support/close';
import { useOwnGpu, withGpu } from '../support/gpu';
import { randomValues } from '../support/random';
import { AMD, targetFor } from '../support/target';
import { gainOf, largestError, MATRICES, winogradBound } from '../support/winograd-bound';

const gpu = useOwnGpu();

type Geometry = Parameters<typeof conv2dProblem>[3];

/** Input, output channels, options. */
const LAYERS: readonly (readonly [x: readonly [number, number, number, number], out: number, options: Geometry])[] = [
  [[1, 6, 6, 1], 1, {}],
  [[1, 3, 3, 2], 3, {}],
  [[2, 9, 7, 8], 12, { padding: 'same' }],
  [[1, 1, 17, 5], 4, { padding: 'same' }],
  [[3, 8, 5, 3], 7, { padding: [[2, 0], [0, 3]] }], // prettier-ignore
  [[1, 7, 10, 4], 5, { padding: [[5, 4], [6, 1]] }], // prettier-ignore
  [[1, 14, 13, 64], 48, { padding: 'same' }],
];

const winner: Choice = { kernel: winograd, tile: {}, why: 'a test' };

/** What a function gives where Winograd's algorithm computes every convolution that it can. */
function byWinograd<T>({ context }: Gpu, fn: () => T): T {
  const { advise } = context;
  const advised = (question: Question): Choice =>
    question.operation.name === 'conv2d' && winograd.supports(question.problem as ConvProblem)
      ? winner
      : byRule(question, context.target);
  context.advise = advised;
  context.plans.clear();
  try {
    return fn();
  } finally {
    context.advise = advise;
    context.plans.clear();
  }
}

function valuesOf([n, height, width, c]: readonly number[], out: number): readonly [Float32Array, Float32Array] {
  return [randomValues(n * height * width * c, 1), randomValues(9 * c * out, 2)];
}

describe('within its bound', () => {
  test.for(LAYERS)('%j to %i channels, %j', async ([shape, out, options]) => {
    const filterShape = [3, 3, shape[3], out];
    const p = conv2dProblem('test', shape, filterShape, options);
    const [values, weights] = valuesOf(shape, out);
    const bound = winogradBound(p, values, weights);
    expect(Math.max(...bound)).toBeLessThan(largestError(p, values, weights));
    using x = gpu().tensor(values, shape);
    using filter = gpu().tensor(weights, filterShape);
    using y = byWinograd(gpu(), () => conv2d(x, filter, options));
    expect(explain(y).steps.map(({ kernel }) => kernel.split('/')[0])).toEqual([
      'winograd',
      'winograd',
      'grouped',
      'winograd',
    ]);
    expectClose(await y.read(), convReference(p, values, weights), y.shape, bound);
  });

  test('which is the documented one', () => {
    expect(gainOf(MATRICES)).toBeCloseTo(484, 9);
    const usual = {
      output: [[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]],
      filter: [[1 / 4, 0, 0], [-1 / 6, -1 / 6, -1 / 6], [-1 / 6, 1 / 6, -1 / 6], [1 / 24, 1 / 12, 1 / 6], [1 / 24, -1 / 12, 1 / 6], [0, 0, 1]],
      input: [[4, 0, -5, 0, 1, 0], [0, -4, -4, 1, 1, 0], [0, 4, -4, -1, 1, 0], [0, -2, -1, 2, 1, 0], [0, 2, -1, -2, 1, 0], [0, 4, 0, -5, 0, 1]],
    }; // prettier-ignore
    expect(gainOf(usual)).toBeCloseTo(2304, 9);
  });

  test.for(['f32', 'f16'] as const)('with an epilogue, %s', async (dtype) => {
    const [shape, out] = [[2, 9, 11, 8], 12];
    const filterShape = [3, 3, 8, out];
    const [x, weights] = valuesOf(shape, out).map((values) => (dtype === 'f16' ? asHalves(values) : values));
    const vector = (seed: number): Tensor => gpu().tensor(randomValues(out, seed), [out]);
    const positive = (seed: number): Tensor =>
      gpu().tensor(
        randomValues(out, seed).map((v) => Math.abs(v) + 0.5),
        [out],
      );
    const tensors = {
      x: gpu().tensor(x, shape, { dtype }),
      filter: gpu().tensor(weights, filterShape, { dtype }),
      bias: vector(3),
      mean: vector(4),
      variance: positive(5),
      alpha: vector(6),
      residual: gpu().tensor(randomValues(2 * 9 * 11 * out, 7), [2, 9, 11, out]),
    };
    const { bias, mean, variance, residual, alpha } = tensors;
    const layer = (): Tensor =>
      conv2d(tensors.x, tensors.filter, {
        padding: 'same',
        bias,
        batchNorm: { mean, variance },
        residual,
        activation: { name: 'prelu', alpha },
      });
    using usual = layer();
    using y = byWinograd(gpu(), layer);
    const p = conv2dProblem('test', shape, filterShape, { padding: 'same' });
    const sums = sumBound(72, convReference(p, x.map(Math.abs), weights.map(Math.abs)));
    // The norm divides by at least the root of 1/2.
    const bound = winogradBound(p, x, weights).map((b, i) => 1.5 * (b + sums[i]) + 2 ** -20);
    const expected = await usual.read();
    expectClose(
      await y.read(),
      expected,
      y.shape,
      dtype === 'f16' ? halfBound(bound, expected).map((b) => 2 * b) : bound,
    );
    for (const tensor of Object.values(tensors)) tensor.dispose();
  });
});

test.for([NaN, Infinity, -Infinity])('%f spreads within its tiles, as documented, and no further', async (special) => {
  const [shape, filterShape] = [
    [1, 14, 14, 2],
    [3, 3, 2, 3],
  ];
  const [values, weights] = valuesOf(shape, 3);
  // The tiles of rows and columns 4 to 7 begin at 3 and end at 8, those of rows 8 to 11 at 7 and 12. The last row of a tile's
  // inputs counts for the last row of its outputs only.
  const [row, column] = [8, 5];
  const reached = { rows: [7, 8, 9, 10, 11], columns: [4, 5, 6, 7] };
  using x = gpu().tensor(values, shape);
  using damaged = gpu().tensor(values.with((row * 14 + column) * 2 + 1, special), shape);
  using filter = gpu().tensor(weights, filterShape);
  using y = byWinograd(gpu(), () => conv2d(x, filter, { padding: 'same' }));
  using z = byWinograd(gpu(), () => conv2d(damaged, filter, { padding: 'same' }));
  const [sound, actual] = await Promise.all([y.read(), z.read()]);
  const expected = sound.map((value, i) => {
    const [outRow, outColumn] = [Math.floor(i / 3 / 14), Math.floor(i / 3) % 14];
    return reached.rows.includes(outRow) && reached.columns.includes(outColumn) ? NaN : value;
  });
  // What an infinity makes infinite, or NaN, depends on the numbers.
  const found = Number.isNaN(special) ? actual : actual.map((value) => (Number.isFinite(value) ? value : NaN));
  expect(found).toEqual(expected);
  const away = [...reached.rows.map((at) => at - row), ...reached.columns.map((at) => at - column)];
  expect(Math.max(...away.map(Math.abs))).toBe(3);
});

test('it is not tried in parts, in float16 sums, nor with few channels', () => {
  const target = targetFor(AMD);
  const wide = conv2dProblem('test', [1, 28, 28, 64], [3, 3, 64, 64], { padding: 'same' });
  expect(winograd.tiles(wide, target)).toEqual([{}]);
  expect(winograd.suits?.(wide, target)).toBe(false);
  const halves = { stored: new Set<string>(), sums: true };
  expect(winograd.tiles(wide, { ...target, halves })).toEqual([]);
  expect(winograd.tiles({ ...wide, outChannels: 12 }, target)).toEqual([]);

  let cut = 0;
  for (const [batch, size, channels, out] of [
    [1, 40, 16, 16],
    [5, 9, 16, 16],
    [3, 12, 64, 16],
    [2, 17, 16, 48],
  ]) {
    const shape = [batch, size, size, channels];
    const p = conv2dProblem('test', shape, [3, 3, channels, out], { padding: 'same' });
    for (const dtype of ['f32', 'f16'] as const) {
      const forms = {
        inputs: { x: { shape, dtype } },
        outputs: { output: { shape: [batch, size, size, out], dtype } },
      };
      for (let bytes = 2 ** 12; bytes < 2 ** 20; bytes *= 1.1) {
        const limits = { ...target.limits, maxStorageBufferBindingSize: 256 * Math.round(bytes / 256) };
        const pieces = convPieces({ problem: p, epilogue: [], ...forms }, limits);
        if (pieces.length < 2) continue;
        cut++;
        expect(winograd.tiles(pieces[0].problem, { ...target, limits })).toEqual([]);
      }
    }
  }
  expect(cut).toBeGreaterThan(50);
});

describe('tune', () => {
  const options = { store: null, budgetMs: Infinity } as const;
  const problem = conv2dProblem('test', [1, 24, 24, 32], [3, 3, 32, 32], { padding: 'same' });
  const [values, weights] = valuesOf([1, 24, 24, 32], 32);

  function layerOf(own: Gpu): Disposable & { readonly run: () => Tensor } {
    const x = own.tensor(values, [1, 24, 24, 32]);
    const filter = own.tensor(weights, [3, 3, 32, 32]);
    return {
      run: () => conv2d(x, filter, { padding: 'same' }),
      [Symbol.dispose]() {
        for (const tensor of [x, filter]) tensor.dispose();
      },
    };
  }

  function kernelsOf(layer: { readonly run: () => Tensor }): readonly string[] {
    using y = layer.run();
    return explain(y).steps.map(({ kernel }) => kernel);
  }

  test('tries it only where it is allowed, and takes it only if it is faster', async () => {
    await withGpu({}, async (own) => {
      const kernels = [conv2dGeneral];
      const asked: Question = { operation: { ...operation, kernels }, kernels, problem, epilogue: [{ kind: 'bias' }] };
      const without = await tuneQuestions(own, [asked], options);
      expect(without).toMatchObject({ dropped: [], problems: [{ kernel: 'conv2d/general', candidates: 1 }] });
      const allowed = await tuneQuestions(own, [asked], { ...options, winograd: true });
      expect(allowed).toMatchObject({ dropped: [], problems: [{ kernel: 'conv2d/winograd', candidates: 2 }] });
      expect(allowed.problems[0].speedup).toBeGreaterThan(1.05);
      // It stays allowed until it is forbidden; then what was measured without it counts.
      const kept = await tuneQuestions(own, [asked], options);
      expect(kept.problems).toMatchObject([{ kernel: 'conv2d/winograd', outcome: 'remembered' }]);
      const forbidden = await tuneQuestions(own, [asked], { ...options, winograd: false });
      expect(forbidden.problems).toMatchObject([{ kernel: 'conv2d/general', outcome: 'remembered' }]);
    });
  });

  test('its winner is used once it is loaded or imported, until it is forbidden', async () => {
    await withGpu({}, async (own) => {
      using layer = layerOf(own);
      const usual = kernelsOf(layer);
      expect(usual).toHaveLength(1);
      const { context } = own;
      const memory = memoryOf(context);
      const plain: Question = {
        operation,
        kernels: operation.kernels.filter((k) => k.supports(problem)),
        problem,
        epilogue: [],
      };
      const wide = widened({ ...memory, winograd: winner.kernel }, plain, context.target);
      const stored: Winner = {
        problem: questionKey(wide),
        kernels: idsOf(wide),
        kernel: winograd.name,
        tile: {},
        speedup: 2,
        measured: '2026-12-01',
      };
      const tuning: Tuning = {
        format: 'depthwise-tuning-1',
        device: keyOf(context),
        winners: [stored],
        broken: [],
        hung: [],
      };
      const byIt = ['winograd/filter', 'winograd/input', expect.stringMatching(/^grouped\//), 'winograd/output'];

      const store = { load: async () => tuning, save: async () => {} };
      expect(await loadTuning(own, store)).toEqual({ accepted: 1 });
      expect(kernelsOf(layer)).toEqual(byIt);
      // What is loaded before it is tuned is no reason to go back.
      await tune(own, () => {}, options);
      expect(kernelsOf(layer)).toEqual(byIt);
      await tune(own, () => {}, { ...options, winograd: false });
      expect(kernelsOf(layer)).toEqual(usual);
      expect(importTuning(own, tuning)).toBe(1);
      await expect.poll(() => kernelsOf(layer)).toEqual(byIt);
      using y = layer.run();
      expect(explain(y).why).toContain('measured: 2.00x the default tile on this device (2026-12-01)');
      const [expected, bound] = [convReference(problem, values, weights), winogradBound(problem, values, weights)];
      expectClose(await y.read(), expected, y.shape, bound);

      using x = own.tensor(values, [1, 24, 24, 32]);
      using filter = own.tensor(weights, [3, 3, 32, 32]);
      using program = await compile(own, { x: x.shape }, (inputs) => conv2d(inputs.x, filter, { padding: 'same' }));
      expect(program.dispatches).toEqual({ traced: 4, run: 4 });
      using z = program.run({ x });
      expectClose(await z.read(), expected, z.shape, bound);
      await program.tune({ ...options, budgetMs: 1, winograd: false });
      expect(kernelsOf(layer)).toEqual(usual);
      await program.tune({ ...options, budgetMs: 1, winograd: true });
      expect(kernelsOf(layer)).toEqual(byIt);
    });
  });
});
