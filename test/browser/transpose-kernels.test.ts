/**
 * Compares every kernel of transposed convolution with the float64 reference, on every problem that it supports, with every
 * tile, and with stages of the epilogue.
 */
import { describe, expect, test } from 'vitest';
import type { TransposeProblem } from '../../src/conv/transpose-problem';
import { transposeReference } from '../../src/conv/transpose-reference';
import { outputShape } from '../../src/conv/window';
import { conv2dTranspose } from '../../src/kernels/conv2d-transpose';
import type { Epilogue } from '../../src/kernels/epilogue';
import type { Kernel } from '../../src/kernels/kernel';
import { profileOf } from '../../src/kernels/profile';
import type { Tile } from '../../src/step';
import { EPSILON, expectClose, halfBound, asHalves, sumBound } from '../support/close';
import { useGpu } from '../support/gpu';
import { randomValues } from '../support/random';
import { runStep } from '../support/run-step';
import { AMD, SWIFTSHADER } from '../support/target';
import { transposeProblems } from '../support/transpose-problems';

const gpu = useGpu();

for (const kernel of conv2dTranspose.kernels) {
  describe(kernel.name, () => {
    for (const { name, problem } of transposeProblems.filter((p) => kernel.supports(p.problem))) {
      test(`matches the reference: ${name}`, () => checkTiles(kernel, problem, []));
    }
  });
}

test('every problem has a kernel, and every kernel a problem', () => {
  for (const { problem } of transposeProblems) {
    expect(conv2dTranspose.kernels.some((kernel) => kernel.supports(problem))).toBe(true);
  }
  for (const kernel of conv2dTranspose.kernels) {
    expect(transposeProblems.some(({ problem }) => kernel.supports(problem))).toBe(true);
  }
  expect(conv2dTranspose.kernels.at(-1)?.supports(transposeProblems[0].problem)).toBe(true);
});

/** These stages depend on the channel and the place of an output, and also apply to outputs that no input reaches. */
const STAGES: Epilogue = [{ kind: 'bias' }, { kind: 'affine' }, { kind: 'residual' }];

const withEpilogue = new Set([
  'gaps: stride 3, 2x1 taps',
  'gaps that come first: stride 4, padding 3',
  'stride 2, 3x3, 5 to 4 channels',
  'stride 2, 4x4, 8 to 3 channels',
  'two groups of 4 to 4',
  'depthwise form',
  'depthwise form, multiplier 2',
  'NCHW',
  'NCHW, depthwise form, multiplier 2',
]);

for (const kernel of conv2dTranspose.kernels) {
  describe(`${kernel.name} with a bias, an affine and a residual`, () => {
    const problems = transposeProblems.filter((p) => withEpilogue.has(p.name));
    expect(problems).toHaveLength(withEpilogue.size);
    for (const { name, problem } of problems.filter((p) => kernel.supports(p.problem))) {
      test(name, () => checkTiles(kernel, problem, STAGES));
    }
  });
}

describe('outputs that no input reaches', () => {
  test.for(conv2dTranspose.kernels)('$name gives them their bias', async (kernel) => {
    const { problem: p } = transposeProblems.find(({ name }) => name === 'gaps: stride 3, 2x1 taps')!;
    const bias = Float32Array.of(1, 2, 3, 4);
    const { x, filter } = numbersOf(p);
    const [actual] = await results(kernel, p, [kernel.tiles(p, gpu().context.target)[0]], [{ kind: 'bias' }], {
      x,
      weights: filter,
      bias,
    });
    // Row 2 lies between the second tap of the first input row and the first tap of the next one. From there on, every third
    // row does.
    expect(actual.slice(2 * p.outWidth * 4, 2 * p.outWidth * 4 + 8)).toEqual(Float32Array.of(1, 2, 3, 4, 1, 2, 3, 4));
  });
});

describe('float16', () => {
  const names = new Set(['stride 2, 2x2', 'stride 2, 4x4, 8 to 3 channels', 'depthwise form', 'NCHW']);
  const chosen = transposeProblems.filter(({ name }) => names.has(name));
  expect(chosen).toHaveLength(names.size);
  for (const kernel of conv2dTranspose.kernels) {
    for (const { name, problem: p } of chosen) {
      test(`${kernel.name} reads and writes halves, and sums in them where it can: ${name}`, async () => {
        const numbers = numbersOf(p);
        const [x, filter] = [asHalves(numbers.x), asHalves(numbers.filter)];
        const { context } = gpu();
        using tensor = gpu().tensor(x, [x.length], { dtype: 'f16' });
        using weights = gpu().tensor(filter, [filter.length], { dtype: 'f16' });
        const summed = context.target.features.has('shader-f16') ? (['f32', 'f16'] as const) : (['f32'] as const);
        const tiles = allTiles(kernel, p);
        expect(tiles).not.toHaveLength(0);
        for (const tile of tiles) {
          for (const sums of summed) {
            const step = kernel.step(p, tile, [], context.target);
            const { expected, bound } = expectedOf(p, x, filter, 0, sums === 'f16' ? 2 ** -11 : EPSILON);
            using output = runStep(context, step, { x: tensor, weights }, outputShape(p), { sums });
            expectClose(await output.read(), expected, outputShape(p), halfBound(bound, expected));
          }
        }
      });
    }
  }
});

function numbersOf(p: TransposeProblem): { readonly x: Float32Array; readonly filter: Float32Array } {
  const taps = p.filterHeight * p.filterWidth;
  return {
    x: randomValues(p.batch * p.inHeight * p.inWidth * p.inChannels, 1),
    filter: randomValues(taps * (p.outChannels / p.groups) * p.inChannels, 2),
  };
}

interface Expected {
  readonly expected: Float64Array;
  /** The largest error that rounding can cause. */
  readonly bound: Float64Array;
}

/**
 * The result of a case in float64, and its error bound.
 *
 * @param further number of terms of at most 1 that the epilogue adds to each sum
 * @param epsilon rounding error of the type that is summed in
 */
function expectedOf(
  p: TransposeProblem,
  x: Float32Array,
  filter: Float32Array,
  further = 0,
  epsilon = EPSILON,
): Expected {
  const terms = p.filterHeight * p.filterWidth * (p.inChannels / p.groups) + further;
  const magnitudes = transposeReference(p, x.map(Math.abs), filter.map(Math.abs)).map((m) => m + further);
  return { expected: transposeReference(p, x, filter), bound: sumBound(terms, magnitudes, undefined, epsilon) };
}

/** All tiles of a kernel, by the rules of CPU and GPU adapters. */
function allTiles(kernel: Kernel<TransposeProblem>, p: TransposeProblem): Tile[] {
  const targets = [AMD, SWIFTSHADER].map((info) => ({ ...gpu().context.target, profile: profileOf(info) }));
  const tiles = targets.flatMap((target) => kernel.tiles(p, target));
  return [...new Map(tiles.map((tile) => [JSON.stringify(tile), tile])).values()];
}

async function checkTiles(kernel: Kernel<TransposeProblem>, p: TransposeProblem, epilogue: Epilogue): Promise<void> {
  const { x, filter } = numbersOf(p);
  const { expected: sums, bound } = expectedOf(p, x, filter, epilogue.length);
  const operands: Record<string, Float32Array> = {
    bias: randomValues(p.outChannels, 3),
    affine: randomValues(2 * p.outChannels, 4),
    residual: randomValues(sums.length, 5),
  };
  const { bias, affine, residual } = operands;
  const inner = p.dataFormat === 'NHWC' ? 1 : p.outHeight * p.outWidth;
  const expected = sums.map((sum, i) => {
    if (epilogue.length === 0) return sum;
    const o = Math.floor(i / inner) % p.outChannels;
    return (sum + bias[o]) * affine[o] + affine[p.outChannels + o] + residual[i];
  });
  const tiles = allTiles(kernel, p);
  expect(tiles).not.toHaveLength(0);
  const inputs = { x, weights: filter, ...(epilogue.length > 0 && operands) };
  for (const result of await results(kernel, p, tiles, epilogue, inputs)) {
    expectClose(result, expected, outputShape(p), bound);
  }
}

/** The results of all tiles. All reads run at once, because Firefox checks only every 100 ms whether a read is done. */
async function results(
  kernel: Kernel<TransposeProblem>,
  p: TransposeProblem,
  tiles: readonly Tile[],
  epilogue: Epilogue,
  inputs: Readonly<Record<string, Float32Array>>,
): Promise<Float32Array[]> {
  const { context } = gpu();
  const tensors = Object.fromEntries(
    Object.entries(inputs).map(([name, values]) => [name, gpu().tensor(values, [values.length])]),
  );
  const outputs = tiles.map((tile) =>
    runStep(context, kernel.step(p, tile, epilogue, context.target), tensors, outputShape(p)),
  );
  try {
    return await Promise.all(outputs.map((output) => output.read()));
  } finally {
    for (const tensor of [...outputs, ...Object.values(tensors)]) tensor.dispose();
  }
}
