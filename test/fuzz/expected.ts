/**
 * What a case must give: every output in float64, and how far float32 may be from it. The error is carried through the
 * arithmetic step by step, so that a bound is never wider than the roundings that it stands for.
 */
import { outputShape, type ConvProblem } from '../../src/conv/problem';
import { convReference } from '../../src/conv/reference';
import { activationReferences, geluTanhReference } from '../support/array-reference';
import { EPSILON } from '../support/close';
import { isPrelu, problemsOf, sourcesOf, type ConvCase, type EpilogueCase, type EpilogueSources } from './case';
import { numbersOf } from './numbers';

/** Numbers, and how far each may be off. */
export interface Expected {
  readonly shape: readonly number[];
  readonly values: Float64Array;
  readonly bound: Float64Array;
}

/** What is too small for a float32 to hold to its last place may be taken for zero. */
const TINY = 2 ** -126;

/** @param values the input, if not that of the case's seed */
export function expectedOf(c: ConvCase, values?: Float32Array): Expected {
  const [first, second] = problemsOf(c);
  const { x, filter, mix, epilogue, between } = sourcesOf(c);
  const numbers = Float64Array.from(values ?? numbersOf(x));
  const input = { shape: x.shape, values: numbers, bound: new Float64Array() };
  const sums = convolved(first, input, numbersOf(filter));
  if (second === undefined || mix === undefined) return finished(first, sums, c.epilogue, epilogue);
  const middle = finished(first, sums, c.between ?? {}, between);
  return finished(second, convolved(second, middle, numbersOf(mix)), c.epilogue, epilogue);
}

/** Each of k terms takes part in at most k roundings, in whatever order they are summed; an input's error is weighted. */
function convolved(p: ConvProblem, { values, bound }: Expected, filter: Float32Array): Expected {
  const terms = p.filterHeight * p.filterWidth * (p.inChannels / p.groups);
  const weights = filter.map(Math.abs);
  const isExact = bound.length === 0;
  const largest = values.map((v, i) => Math.abs(v) + (isExact ? 0 : bound[i]));
  const carried = isExact ? undefined : convReference(p, bound, weights);
  return {
    shape: outputShape(p),
    values: convReference(p, values, filter),
    bound: convReference(p, largest, weights).map((m, i) => terms * (EPSILON * m + TINY) + (carried?.[i] ?? 0)),
  };
}

/** A number that float32 arithmetic gets to within `error`. */
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
  return { shape: sums.shape, values, bound };
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
 * WGSL's own accuracy: a quotient is off by 2.5 units in the last place, which are five roundings; a root by those of
 * 1 / inverseSqrt(x), two units and a quotient's.
 */
const QUOTIENT = 5;
const ROOT = 4 + QUOTIENT;

type Norm = Readonly<Record<'bias' | 'mean' | 'variance' | 'scale' | 'offset' | 'epsilon', number>>;

/** (v + bias - mean) * scale / sqrt(variance + epsilon) + offset, in this order or folded into v * gain + shift. */
function normed(v: Rough, { bias, mean, variance, scale, offset, epsilon }: Norm): Rough {
  const gain = scale / Math.sqrt(variance + epsilon);
  const value = (v.value + bias - mean) * gain + offset;
  // The gain's roundings, those of bias and mean, of the product and of the last sum, each on the largest it may meet.
  const largest = Math.abs(v.value) + v.error + Math.abs(bias) + Math.abs(mean);
  const roundings = 1 + ROOT + QUOTIENT + 2 + 1;
  const product = Math.abs(gain) * (v.error + roundings * EPSILON * largest);
  return rounded(value, product + EPSILON * (Math.abs(gain) * largest + Math.abs(offset)), 1);
}

/** Activations of comparisons and at most four roundings; the others take an exponential. */
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
  // All are smooth or bent at a few places, and monotonous between them: the ends of the interval say how far it reaches.
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
