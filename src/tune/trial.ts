import type { Question } from '../kernels/choice';
import type { DType } from '../kernels/dtype';
import { operandsOf, readsChannel, type Epilogue, type Stage } from '../kernels/epilogue';
import type { Operation } from '../kernels/operation';
/**
 * Inputs that show whether a kernel miscomputes: small whole numbers times a power of two. float32 holds every sum of their
 * products exactly, in any order, with or without fused multiply-adds. So there is no rounding to allow for in a sum of any
 * length, and a single wrong term stands out; the usual bound of k * eps * (sum of the magnitudes) would miss it in long sums.
 *
 * The files in trials/ define the numbers for each kind of problem.
 *
 * @module
 */
import type { Request } from '../kernels/request';

/** Numbers by the names of the shaders' variables. */
export type Numbers = Readonly<Record<string, Float32Array>>;

/** A tensor of a trial: its shape, and the lists that its elements are picked from, one after the other, as many from each. */
export interface Picked {
  readonly shape: readonly number[];
  readonly among: readonly (readonly number[])[];
}

/** The trial of one kind of problem. */
export interface Trial<P> {
  /** All operations of this kind whose kernels the self-test runs. */
  readonly operations: readonly Operation<P>[];
  /** The inputs by role. */
  inputs(problem: P): Readonly<Record<string, Picked>>;
  /** The shape of the output. */
  output(problem: P): readonly number[];
  /** The least amount by which a wrong term changes a sum; right sums may differ by a 64th of it. */
  unit(problem: P, halves?: Question['halves']): number;
  /** The sums in float64, before the epilogue. */
  reference(problem: P, inputs: Numbers): Float64Array;
  /** Small nasty problems. Filters are small, too, since compile time grows with them. */
  problems(op: string): readonly P[];
}

/** The elements of an input are picked from these. */
export const INPUT: readonly number[] = [-3, -2, -1, 1, 2, 3];

const AROUND: readonly number[] = [-1, -0.5, 0.5, 1];

/** Weights are multiples of this in sums of so many terms; it makes the sums about 1, where no activation is flat. */
export function unitOf(terms: number): number {
  return 2 ** -Math.round(Math.log2(3.4 * Math.sqrt(terms)));
}

/** The weights are picked from these. */
export function weightsOf(terms: number): readonly number[] {
  const unit = unitOf(terms);
  return [-2 * unit, -unit, unit, 2 * unit];
}

/** The tensors that an epilogue reads, by name, for an output with so many elements and channels. */
export function epiloguePicked(epilogue: Epilogue, size: number, channels: number): Readonly<Record<string, Picked>> {
  const names = [...operandsOf(epilogue)];
  const picked: Record<string, Picked> = {};
  for (const stage of epilogue) {
    const length = readsChannel(stage) ? channels : size;
    for (const among of valuesOf(stage)) picked[names.shift()!] = { shape: [length * among.length], among };
  }
  return picked;
}

/** The lists that the operands of a stage are picked from, in order; a folded norm has one for each of its two parts. */
function valuesOf(stage: Stage): readonly (readonly (readonly number[])[])[] {
  switch (stage.kind) {
    case 'bias':
    case 'residual':
      return [[AROUND]];
    case 'norm':
      // With epsilon the deviation is no power of two, so the quotient is rounded: by every kernel the same, except for the last
      // digits.
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

/** A question with numbers: the request that asks it, and the numbers of its operands. */
export interface Tried {
  readonly request: Request;
  readonly numbers: Numbers;
  readonly unit: number;
}

/** Makes the trial of a question. */
export function tried<P>(op: string, trial: Trial<P>, question: Question<P>): Tried {
  const { operation, problem, epilogue, halves } = question;
  const { size, channels } = operation.channels?.(problem) ?? { size: 0, channels: 0 };
  const inputs = trial.inputs(problem);
  const read = epiloguePicked(epilogue, size, channels);
  const shape = trial.output(problem);
  const dtypeOf = (name: string): DType => (halves?.stored.has(name) === true ? 'f16' : 'f32');
  const forms = (from: Readonly<Record<string, Picked>>): Request['inputs'] =>
    Object.fromEntries(Object.entries(from).map(([name, one]) => [name, { shape: one.shape, dtype: dtypeOf(name) }]));
  const operands = Object.values(forms(read));
  const request: Request = {
    op,
    operation,
    problem,
    inputs: forms(inputs),
    endings: epilogue.map((stage) => ({ stage, operands: operands.splice(0, valuesOf(stage).length) })),
    output: { shape, dtype: dtypeOf('output') },
    sums: halves?.sums === true ? 'f16' : 'f32',
  };
  const next = generator(size);
  const numbers = Object.entries({ ...inputs, ...read }).map(([name, one]) => [name, pick(one, next)] as const);
  return { request, numbers: Object.fromEntries(numbers), unit: trial.unit(problem, halves) };
}

function pick({ shape, among }: Picked, next: () => number): Float32Array {
  const picked = new Float32Array(shape.reduce((size, n) => size * n, 1));
  const share = picked.length / among.length;
  for (let i = 0; i < picked.length; i++) {
    const values = among[Math.floor(i / share)];
    picked[i] = values[Math.floor(next() * values.length)];
  }
  return picked;
}

/**
 * The first place where two outputs differ, in words; undefined if they agree. Even for equal sums the outputs may differ in the
 * last digits of an activation's `exp`, or by one step of float16.
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
