/**
 * Trials of a depthwise convolution and the pointwise one after it.
 *
 * The sums of the first are multiples of its unit u, of at most 6 u for each tap; those of the second are of its unit times u, of
 * at most 12 of these for each tap and channel. So long as that is below 2^24, and it is for 25 taps and 50 000 channels,
 * float32 holds the whole exactly, and the reference need not round in between. A float16 intermediate holds 2048 units: those
 * of 340 taps.
 *
 * What is done in between keeps that where it adds, multiplies by powers of two or cuts off. Where it does not (an `exp`, a
 * division), the second sums are of numbers with last digits, and their order is seen in theirs.
 *
 * @module
 */
import { sizeOf } from '../../conv/check';
import { depthwiseProblem, pointwiseProblem, type ConvProblem } from '../../conv/problem';
import { convReference } from '../../conv/reference';
import { outputShape } from '../../conv/window';
import { activationCode } from '../../kernels/activation';
import type { Epilogue, Stage } from '../../kernels/epilogue';
import { betweenInputs, separable, type SeparablePair } from '../../kernels/separable';
import { epiloguePicked, INPUT, unitOf, weightsOf, type Numbers, type Trial } from '../trial';
import { LOPSIDED, termsOf } from './convolution';

export const separableTrial: Trial<SeparablePair> = {
  operations: [separable],
  inputs: (pair) => {
    const { depthwise: d, pointwise: w, between } = pair;
    const read = epiloguePicked(between, sizeOf(outputShape(d)), d.outChannels);
    return {
      x: { shape: [d.batch, d.inHeight, d.inWidth, d.inChannels], among: [INPUT] },
      weights: { shape: [termsOf(d), d.outChannels], among: [weightsOf(termsOf(d))] },
      mix: { shape: [w.inChannels, w.outChannels], among: [weightsOf(w.inChannels)] },
      ...betweenInputs(pair, Object.values(read)),
    };
  },
  output: ({ pointwise }) => outputShape(pointwise),
  unit: ({ depthwise: d, pointwise: w, between }, halves) => {
    const units = [unitOf(termsOf(d)), unitOf(w.inChannels)];
    if (between.every(isExact) && halves?.sums !== true) return units[0] * units[1];
    // Sums about 1 of numbers about 1: in float32 their last digits are far below a weight, in float16 the last is 2^-11, and
    // the 2^-9 of its neighbours' are allowed.
    return halves === undefined ? units[1] : LAST_DIGITS[halves.sums ? 'sums' : 'stored'];
  },
  reference: ({ depthwise: d, pointwise: w, between }, numbers) => {
    const middle = ended(between, convReference(d, numbers.x, numbers.weights), numbers, d.outChannels);
    return convReference(w, middle, numbers.mix);
  },
  problems: (op) => {
    const pair = (
      x: readonly number[],
      filter: readonly number[],
      out: number,
      geometry: Parameters<typeof depthwiseProblem>[3],
      between: Epilogue,
    ): SeparablePair => {
      const depthwise = depthwiseProblem(op, x, filter, geometry);
      return { depthwise, pointwise: mixing(op, depthwise, out), between };
    };
    const relu6 = { kind: 'activation', code: activationCode(op, 'relu6') } as const;
    return [
      pair([1, 9, 11, 8], [3, 2, 8, 1], 12, { padding: 'same' }, [{ kind: 'bias' }, relu6]),
      pair([2, 9, 8, 40], [2, 2, 40, 1], 68, { strides: 2, padding: LOPSIDED }, []),
      pair([1, 6, 19, 4], [1, 3, 4, 1], 128, { strides: [1, 2] }, [{ kind: 'residual' }]),
    ];
  },
};

/** 64 times what right sums may differ by. */
const LAST_DIGITS = { stored: 2 ** -3, sums: 2 } as const;

function mixing(op: string, first: ConvProblem, out: number): ConvProblem {
  return pointwiseProblem(op, outputShape(first), [first.outChannels, out]);
}

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
