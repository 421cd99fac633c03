/**
 * Inputs by which a kernel that miscomputes is found out: small whole numbers times a power of two. float32 holds every
 * sum of their products exactly, in any order, with or without fused multiply-adds. So there is no rounding to allow for
 * in a sum of any length, and a single wrong term stands out; the usual bound of k * eps * (sum of the magnitudes) would
 * let one pass in long sums.
 *
 * @module
 */
import { sizeOf } from '../conv/check';
import { outputShape, type ConvProblem } from '../conv/problem';
import type { DType } from '../kernels/dtype';
import { operandsOf, readsChannel, type Epilogue, type Stage } from '../kernels/epilogue';

/** Operands by the names of the shaders' variables. */
export interface Trial {
  readonly operands: Readonly<Record<string, Float32Array>>;
  /** The weights are multiples of this; a wrong term changes a sum by at least as much. */
  readonly unit: number;
}

/** Operands of a problem. The unit makes sums about 1, where no activation is flat. */
export function trialOf(p: ConvProblem, epilogue: Epilogue): Trial {
  const terms = p.filterHeight * p.filterWidth * (p.inChannels / p.groups);
  const unit = 2 ** -Math.round(Math.log2(3.4 * Math.sqrt(terms)));
  const next = generator(terms);
  const pick = (size: number, values: readonly number[]): Float32Array => {
    const picked = new Float32Array(size);
    for (let i = 0; i < size; i++) picked[i] = values[Math.floor(next() * values.length)];
    return picked;
  };
  const operands: Record<string, Float32Array> = {
    x: pick(p.batch * p.inHeight * p.inWidth * p.inChannels, [-3, -2, -1, 1, 2, 3]),
    weights: pick(terms * p.outChannels, [-2 * unit, -unit, unit, 2 * unit]),
  };
  const names = [...operandsOf(epilogue)];
  for (const stage of epilogue) {
    for (const values of valuesOf(stage)) {
      const size = readsChannel(stage) ? p.outChannels : sizeOf(outputShape(p));
      operands[names.shift()!] = Float32Array.from(values.flatMap((few) => [...pick(size, few)]));
    }
  }
  return { operands, unit };
}

const AROUND: readonly number[] = [-1, -0.5, 0.5, 1];

/** What the operands of a stage are picked from, each in order; the two parts of a folded norm apart. */
function valuesOf(stage: Stage): readonly (readonly (readonly number[])[])[] {
  switch (stage.kind) {
    case 'bias':
    case 'residual':
      return [[AROUND]];
    case 'norm':
      // With epsilon the deviation is no power of two, so the quotient is rounded: the same by every kernel, but for the last digits.
      return [[AROUND], [[0.25, 1, 4]], ...(stage.gamma ? [[AROUND]] : []), ...(stage.beta ? [[AROUND]] : [])];
    case 'affine':
      return [[[0.5, 1, 2], AROUND]];
    case 'operator':
      return typeof stage.other === 'object' && 'perChannel' in stage.other ? [[AROUND]] : [];
    case 'activation':
      return stage.code.name === 'prelu' ? [[[0.25, 0.5]]] : [];
    case 'keep':
    case 'swap':
      return [];
  }
}

/**
 * The first place where two outputs differ, in words; undefined if they agree. Equal sums may become unequal in the last
 * digits of an activation's `exp`, or to the next half.
 */
export function difference(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  unit: number,
  dtype: DType = 'f32',
): string | undefined {
  for (let i = 0; i < expected.length; i++) {
    const allowed = unit / 64 + Math.abs(expected[i]) * (dtype === 'f16' ? 2 ** -9 : 2 ** -16);
    // Not `> allowed`: NaN must count as a difference.
    if (!(Math.abs(actual[i] - expected[i]) <= allowed)) {
      return `output ${i} of ${expected.length} is ${actual[i]} instead of ${expected[i]}`;
    }
  }
  return undefined;
}

/** Numbers in [0, 1), the same in every run: mulberry32. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
