/**
 * The expected result of a case: every output in float64, and its error bound in float32. The error is carried through the
 * arithmetic step by step, so that a bound is no wider than the roundings that it stands for.
 */
import type { ConvProblem } from '../../src/conv/problem';
import { convReference } from '../../src/conv/reference';
import { outputShape } from '../../src/conv/window';
import type { DType } from '../../src/index';
import { activationReferences, geluTanhReference } from '../support/array-reference';
import { EPSILON, halfBound } from '../support/close';
import { isPrelu, problemsOf, sourcesOf, type ConvCase, type EpilogueCase, type EpilogueSources } from './case';
import { numbersOf } from './numbers';

/** Numbers, and their error bounds. */
export interface Expected {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly values: Float64Array;
  readonly bound: Float64Array;
}

/** The error of a sum from one rounding, and from a number too small to keep its last place. */
const ROUNDING = {
  f32: { epsilon: EPSILON, tiny: 2 ** -126 },
  // WGSL allows either neighbour.
  f16: { epsilon: 2 ** -10, tiny: 2 ** -14 },
} as const;
const TINY = ROUNDING.f32.tiny;

/** @param values the input, if it is not that of the case's seed */
export function expectedOf(c: ConvCase, values?: Float32Array): Expected {
  const [first, second] = problemsOf(c);
  const { x, filter, mix, epilogue, between } = sourcesOf(c);
  const { dtype, shape } = x;
  const accumulate: DType = c.accumulate ?? 'f32';
  const numbers = Float64Array.from(values ?? numbersOf(x));
  const input = { shape, dtype, values: numbers, bound: new Float64Array(numbers.length) };
  if (second === undefined || mix === undefined) {
    const sums = summed(c, first, input, numbersOf(filter));
    return stored(finished(first, sums, c.epilogue, epilogue));
  }
  const sums = convolved(first, input, numbersOf(filter), accumulate);
  const middle = finished(first, sums, c.between ?? {}, between);
  // A single dispatch keeps the intermediate result in the type of the sum, and does not store it.
  const held = stored(c.method === 'fused' ? { ...middle, dtype: accumulate } : middle);
  const mixed = { ...convolved(second, held, numbersOf(mix), accumulate), dtype };
  return stored(finished(second, mixed, c.epilogue, epilogue));
}

/** The numbers after storage in a tensor of their element type. */
function stored(e: Expected): Expected {
  return e.dtype === 'f16' ? { ...e, bound: halfBound(e.bound, e.values) } : e;
}

/** The input of the epilogue. Methods of `groupedConv2d` that consist of several ops store their intermediate results. */
function summed(
  { method, accumulate, epilogue }: ConvCase,
  p: ConvProblem,
  x: Expected,
  filter: Float32Array,
): Expected {
  const sums = convolved(p, x, filter, accumulate ?? 'f32');
  if (method !== 'split-concat' && method !== 'reshape-sum') return sums;
  const whole = method === 'split-concat' || x.dtype === 'f32' ? sums : summedApart(p, x, filter, sums);
  const hasEpilogue = Object.values(epilogue).some((stage) => stage !== undefined && stage !== false);
  return hasEpilogue ? stored(whole) : whole;
}

/** The products of each input channel are stored as halves before they are summed. */
function summedApart(p: ConvProblem, { values }: Expected, filter: Float32Array, sums: Expected): Expected {
  const magnitudes = convReference(p, values.map(Math.abs), filter.map(Math.abs));
  const { epsilon, tiny } = ROUNDING.f16;
  const members = p.inChannels / p.groups;
  const bound = sums.bound.map(
    (b, i) => b + (1 + members * EPSILON) * (epsilon * (magnitudes[i] + b) + members * tiny),
  );
  return { ...sums, bound };
}

/**
 * Each of k terms takes part in at most k roundings, whatever the order of the sum; an input's error is weighted. A float16 sum
 * is also multiplied in float16, so that both factors and their product are rounded first.
 */
function convolved(p: ConvProblem, { values, bound, dtype }: Expected, filter: Float32Array, sums: DType): Expected {
  const terms = p.filterHeight * p.filterWidth * (p.inChannels / p.groups);
  const weights = filter.map(Math.abs);
  const largest = values.map((v, i) => Math.abs(v) + bound[i]);
  const magnitudes = convReference(p, largest, weights);
  const carried = convReference(p, bound, weights);
  const { epsilon, tiny } = ROUNDING[sums];
  // Float16 sums are no longer than this; further sums are added in float32.
  const short = Math.min(terms, Math.max(64, 4 * p.filterWidth));
  const roundings = sums === 'f32' ? terms * epsilon : (1 + epsilon) ** (short + 3) * (1 + EPSILON) ** terms - 1;
  const lost = sums === 'f32' ? tiny : tiny * (1 + roundings) * (2 + most(largest) + most(weights));
  return {
    shape: outputShape(p),
    dtype,
    values: convReference(p, values, filter),
    bound: magnitudes.map((m, i) => roundings * m + terms * lost + carried[i]),
  };
}

function most(values: Float64Array | Float32Array): number {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, value);
  return largest;
}

/** A number that float32 arithmetic approximates to within `error`. */
interface Rough {
  readonly value: number;
  readonly error: number;
}

/** `value` after one more rounding. */
function rounded(value: number, error: number, roundings = 1): Rough {
  return { value, error: error + roundings * EPSILON * (Math.abs(value) + error) + TINY };
}

function finished(p: ConvProblem, sums: Expected, e: EpilogueCase, sources: EpilogueSources): Expected {
  const numbers = Object.fromEntries(
    Object.entries(sources).map(([name, source]) => [name, numbersOf(source)]),
  ) as Partial<Record<keyof EpilogueSources, Float32Array>>;
  const inner = p.dataFormat === 'NHWC' ? 1 : p.outHeight * p.outWidth;
  const values = new Float64Array(sums.values.length);
  const bound = new Float64Array(sums.values.length);
  for (const [i, sum] of sums.values.entries()) {
    const c = Math.floor(i / inner) % p.outChannels;
    const of = (name: keyof EpilogueSources): number | undefined => numbers[name]?.[name === 'residual' ? i : c];
    const { value, error } = epilogueOf({ value: sum, error: sums.bound[i] }, e, of);
    values[i] = value;
    bound[i] = error;
  }
  return { ...sums, values, bound };
}

function epilogueOf(sum: Rough, e: EpilogueCase, of: (name: keyof EpilogueSources) => number | undefined): Rough {
  let r = sum;
  const add = (n: number): Rough => rounded(r.value + n, r.error);
  const bias = of('bias') ?? 0;
  if (e.batchNorm === undefined) r = e.bias ? add(bias) : r;
  else {
    const [mean, variance] = [of('mean') ?? 0, of('variance') ?? 1];
    const [scale, offset] = [of('scale') ?? 1, of('offset') ?? 0];
    r = normed(r, { bias, mean, variance, scale, offset, epsilon: e.batchNorm.epsilon ?? 1e-3 });
  }
  const isAfter = e.residualOrder === 'after-activation';
  if (e.residual && !isAfter) r = add(of('residual') ?? 0);
  if (e.activation !== undefined) r = activated(r, e, of('alpha') ?? 0);
  if (e.residual && isAfter) r = add(of('residual') ?? 0);
  return r;
}

/**
 * The accuracy that WGSL promises: a quotient is off by 2.5 units in the last place, which are five roundings. A root has the
 * error of 1 / inverseSqrt(x): two units and those of a quotient.
 */
const QUOTIENT = 5;
const ROOT = 4 + QUOTIENT;

type Norm = Readonly<Record<'bias' | 'mean' | 'variance' | 'scale' | 'offset' | 'epsilon', number>>;

/** (v + bias - mean) * scale / sqrt(variance + epsilon) + offset, in this order or folded into v * gain + shift. */
function normed(v: Rough, { bias, mean, variance, scale, offset, epsilon }: Norm): Rough {
  const gain = scale / Math.sqrt(variance + epsilon);
  const value = (v.value + bias - mean) * gain + offset;
  // The roundings of the gain, of bias and mean, of the product and of the last sum, each on its largest possible operand.
  const largest = Math.abs(v.value) + v.error + Math.abs(bias) + Math.abs(mean);
  const roundings = 1 + ROOT + QUOTIENT + 2 + 1;
  const product = Math.abs(gain) * (v.error + roundings * EPSILON * largest);
  return rounded(value, product + EPSILON * (Math.abs(gain) * largest + Math.abs(offset)), 1);
}

/** Activations that consist of comparisons and at most four roundings. The others use an exponential. */
const STRAIGHT: ReadonlySet<string> = new Set([
  'linear',
  'relu',
  'relu6',
  'leakyRelu',
  'prelu',
  'hardSigmoid',
  'hardSwish',
  'clip',
]);

function activated(v: Rough, e: EpilogueCase, slope: number): Rough {
  const f = activationOf(e, slope);
  const value = f(v.value);
  // All are monotonous between a few bends, so that the ends of the interval bound the error.
  const reach = [-1, 1].map((side) => Math.abs(f(v.value + side * v.error) - value));
  const name = typeof e.activation === 'string' ? e.activation : (e.activation?.name ?? 'linear');
  const own = STRAIGHT.has(name)
    ? 4 * EPSILON * (1 + Math.abs(v.value))
    : // WGSL's log is off by up to 2^-21, its exp by 3 + 2 |x| units in the last place of what is at most 1.
      2 ** -20 * (1 + Math.abs(value));
  return { value, error: Math.max(...reach) + own };
}

function activationOf(e: EpilogueCase, slope: number): (v: number) => number {
  const { activation = 'linear' } = e;
  if (isPrelu(e)) return (v) => (v > 0 ? v : v * slope);
  if (typeof activation === 'string') return activationReferences[activation];
  const a = activation as Readonly<Record<'alpha' | 'beta' | 'min' | 'max', number | undefined>> & {
    readonly name: string;
    readonly approximate?: boolean;
  };
  const { alpha, beta, min = -Infinity, max = Infinity } = a;
  switch (a.name) {
    case 'leakyRelu':
      return (v) => (v > 0 ? v : (alpha ?? 0.2) * v);
    case 'elu':
      return (v) => (v > 0 ? v : (alpha ?? 1) * Math.expm1(v));
    case 'hardSigmoid':
      return (v) => Math.min(Math.max((alpha ?? 0.2) * v + (beta ?? 0.5), 0), 1);
    case 'clip':
      return (v) => Math.min(Math.max(v, min), max);
    case 'gelu':
      return a.approximate ? geluTanhReference : activationReferences.gelu;
    default:
      return activationReferences[a.name];
  }
}
