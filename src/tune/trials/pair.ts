/**
 * Trials of a depthwise convolution and a pointwise one, one on the output of the other.
 *
 * The sums of the first are multiples of its unit u, of at most 6 u for each term; those of the second are of its unit times u, of
 * at most 12 of these for each tap and channel. So long as that is below 2^24, and it is for 25 taps and 50 000 channels,
 * float32 holds the whole exactly, and the reference need not round in between. A float16 intermediate holds 2048 units: those
 * of 340 taps or channels.
 *
 * What is done in between keeps that where it adds, multiplies by powers of two or cuts off. Where it does not (an `exp`, a
 * division), the second sums are of numbers with last digits, and their order is seen in theirs.
 *
 * @module
 */
import { sizeOf } from '../../conv/check';
import { depthwiseProblem, pointwiseProblem } from '../../conv/problem';
import { convReference } from '../../conv/reference';
import { outputShape } from '../../conv/window';
import { activationCode } from '../../kernels/activation';
import { inputsBetween, type Epilogue, type Stage } from '../../kernels/epilogue';
import { expand } from '../../kernels/expand';
import type { Operation } from '../../kernels/operation';
import { FILTERS, type ConvPair, type Order } from '../../kernels/pair';
import { separable } from '../../kernels/separable';
import { epiloguePicked, INPUT, unitOf, weightsOf, type Numbers, type Trial } from '../trial';
import { LOPSIDED, termsOf } from './convolution';

function pairTrial(
  operation: Operation<ConvPair>,
  [first, second]: Order,
  problems: Trial<ConvPair>['problems'],
): Trial<ConvPair> {
  return {
    operations: [operation],
    inputs: (pair) => {
      const [p, q] = [pair[first], pair[second]];
      const read = epiloguePicked(pair.between, sizeOf(outputShape(p)), p.outChannels);
      return {
        x: { shape: [p.batch, p.inHeight, p.inWidth, p.inChannels], among: [INPUT] },
        [FILTERS[first]]: { shape: [termsOf(p), p.outChannels], among: [weightsOf(termsOf(p))] },
        [FILTERS[second]]: { shape: [termsOf(q), q.outChannels], among: [weightsOf(termsOf(q))] },
        ...inputsBetween(pair.between, Object.values(read)),
      };
    },
    output: (pair) => outputShape(pair[second]),
    unit: (pair, halves) => {
      const units = [unitOf(termsOf(pair[first])), unitOf(termsOf(pair[second]))];
      if (pair.between.every(isExact) && halves?.sums !== true) return units[0] * units[1];
      // Sums about 1 of numbers about 1: in float32 their last digits are far below a weight, in float16 the last is 2^-11, and
      // the 2^-9 of its neighbours' are allowed.
      return halves === undefined ? units[1] : LAST_DIGITS[halves.sums ? 'sums' : 'stored'];
    },
    reference: (pair, numbers) => {
      const [p, q] = [pair[first], pair[second]];
      const sums = convReference(p, numbers.x, numbers[FILTERS[first]]);
      const middle = ended(pair.between, sums, numbers, p.outChannels);
      return convReference(q, middle, numbers[FILTERS[second]]);
    },
    problems,
  };
}

type Geometry = Parameters<typeof depthwiseProblem>[3];

const relu6 = (op: string): Stage => ({ kind: 'activation', code: activationCode(op, 'relu6') });

export const separableTrial: Trial<ConvPair> = /* @__PURE__ */ pairTrial(
  separable,
  ['depthwise', 'pointwise'],
  (op) => {
    const pair = (
      x: readonly number[],
      filter: readonly number[],
      out: number,
      geometry: Geometry,
      between: Epilogue,
    ): ConvPair => {
      const depthwise = depthwiseProblem(op, x, filter, geometry);
      const pointwise = pointwiseProblem(op, outputShape(depthwise), [depthwise.outChannels, out]);
      return { depthwise, pointwise, between };
    };
    return [
      pair([1, 9, 11, 8], [3, 2, 8, 1], 12, { padding: 'same' }, [{ kind: 'bias' }, relu6(op)]),
      pair([2, 9, 8, 40], [2, 2, 40, 1], 68, { strides: 2, padding: LOPSIDED }, []),
      pair([1, 6, 19, 4], [1, 3, 4, 1], 128, { strides: [1, 2] }, [{ kind: 'residual' }]),
    ];
  },
);

export const expandTrial: Trial<ConvPair> = /* @__PURE__ */ pairTrial(expand, ['pointwise', 'depthwise'], (op) => {
  const pair = (x: readonly number[], filter: readonly number[], geometry: Geometry, between: Epilogue): ConvPair => {
    const pointwise = pointwiseProblem(op, x, [x[3], filter[2]]);
    return { depthwise: depthwiseProblem(op, outputShape(pointwise), filter, geometry), pointwise, between };
  };
  return [
    pair([1, 9, 19, 8], [3, 2, 20, 1], { padding: 'same' }, [{ kind: 'bias' }, relu6(op)]),
    pair([2, 19, 18, 12], [2, 3, 8, 1], { strides: 2, padding: LOPSIDED }, [{ kind: 'bias' }]),
    pair([1, 6, 33, 4], [1, 3, 4, 1], { strides: [1, 2] }, [{ kind: 'residual' }]),
  ];
});

/** 64 times what right sums may differ by. */
const LAST_DIGITS = { stored: 2 ** -3, sums: 2 } as const;

/** Whether a stage takes multiples of a power of two to such multiples. */
function isExact(stage: Stage): boolean {
  if (stage.kind === 'activation') return ['relu', 'relu6', 'prelu'].includes(stage.code.name);
  return stage.kind !== 'norm' && stage.kind !== 'operator';
}

/** What the stages of the problems above make of sums whose channels lie last. */
function ended(between: Epilogue, sums: Float64Array, numbers: Numbers, channels: number): Float64Array {
  let result = sums;
  for (const { kind } of between) {
    const before = result;
    if (kind === 'bias') result = before.map((sum, i) => sum + numbers.between_bias[i % channels]);
    else if (kind === 'residual') result = before.map((sum, i) => sum + numbers.between_residual[i]);
    else result = before.map((sum) => Math.min(Math.max(sum, 0), 6));
  }
  return result;
}
