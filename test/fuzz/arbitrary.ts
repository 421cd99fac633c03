/** Generators of families. New, rare or awkward values come more often than they would by chance. */
import fc from 'fast-check';
import type { Activation, ActivationName } from '../../src/index';
import { activationReferences } from '../support/array-reference';
import type { EpilogueCase, SourceName } from './case';
import type { Aim, Family, Pair, Program, Sizes } from './family';

const AIMS: readonly Aim[] = [
  { op: 'conv2d', kernel: 'conv2d/general' },
  { op: 'conv2d', kernel: 'conv2d/tile' },
  { op: 'depthwiseConv2d', kernel: 'depthwise/rows' },
  { op: 'depthwiseConv2d', kernel: 'depthwise/tile' },
  { op: 'depthwiseConv2d', kernel: 'depthwise/strip' },
  { op: 'pointwiseConv2d', kernel: 'pointwise/tile' },
  { op: 'pointwiseConv2d', kernel: 'pointwise/split' },
  { op: 'pointwiseConv2d', kernel: 'pointwise/quad' },
  { op: 'groupedConv2d', kernel: 'grouped/direct' },
  { op: 'groupedConv2d', kernel: 'grouped/fused-reshape-sum' },
  { op: 'groupedConv2d' },
  { op: 'separableConv2d', kernel: 'separable/fused' },
  { op: 'separableConv2d' },
];

/** The numbers of all options have the same minimum, so that a failure shrinks as far in each of them. */
function often<T>(...options: readonly (readonly [weight: number, arbitrary: fc.Arbitrary<T>])[]): fc.Arbitrary<T> {
  return fc.oneof({ withCrossShrink: true }, ...options.map(([weight, arbitrary]) => ({ weight, arbitrary })));
}

const from = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max });
const constant = fc.constant;

const both = (arbitrary: fc.Arbitrary<number>): fc.Arbitrary<Pair> =>
  often([2, arbitrary.map((n): Pair => [n, n])], [1, fc.tuple(arbitrary, arbitrary)]);

const filterSizes = often([2, constant(1)], [6, constant(3)], [3, from(1, 5)], [1, from(1, 9)], [1, from(1, 12)]);
const strideSizes = often([6, constant(1)], [3, constant(2)], [2, from(1, 8)], [1, from(1, 300)]);
const dilationSizes = often([5, constant(1)], [2, constant(2)], [2, from(1, 6)], [1, from(1, 300)]);

const attributes: readonly Activation[] = [
  { name: 'leakyRelu', alpha: 0.125 },
  { name: 'elu', alpha: 2 },
  { name: 'hardSigmoid', alpha: 0.5, beta: 0.25 },
  { name: 'gelu', approximate: true },
  { name: 'clip', min: -0.5, max: 1 },
  { name: 'clip', max: 0.25 },
];

const activations = often<EpilogueCase['activation']>(
  [4, constant(undefined)],
  [2, fc.constantFrom('relu', 'relu6')],
  [2, constant({ name: 'prelu' })],
  [1, fc.constantFrom(...(Object.keys(activationReferences) as ActivationName[]))],
  [1, fc.constantFrom(...attributes)],
);

const epilogues: fc.Arbitrary<EpilogueCase> = often(
  [2, constant({})],
  [
    3,
    fc.record({
      bias: fc.boolean(),
      batchNorm: fc.option(
        fc.record({ scale: fc.boolean(), offset: fc.boolean(), epsilon: fc.constantFrom(undefined, 0.01, 0) }),
        { nil: undefined },
      ),
      residual: fc.boolean(),
      residualOrder: fc.constantFrom(undefined, 'before-activation', 'after-activation'),
      activation: activations,
    }),
  ],
);

const NAMES: readonly SourceName[] = [
  'x',
  'filter',
  'mix',
  'bias',
  'mean',
  'variance',
  'scale',
  'offset',
  'residual',
  'alpha',
];

/** Which tensors are float16: none, or any. A case has only a few of them. A failure shrinks to those that matter. */
const halves = often<readonly SourceName[]>([2, constant([])], [3, fc.subarray([...NAMES])]);

const programs: fc.Arbitrary<Program> = fc.record({
  aim: fc.constantFrom(...AIMS),
  isOnAim: often([4, constant(true)], [1, constant(false)]),
  rule: often<Program['rule']>([3, constant('cpu')], [1, constant('gpu')]),
  filter: both(filterSizes),
  strides: both(strideSizes),
  dilations: both(dilationSizes),
  isRate: fc.boolean(),
  isChannelsFirst: often([3, constant(false)], [1, constant(true)]),
  inFours: fc.boolean(),
  multiplier: often([3, constant(1)], [1, from(1, 5)]),
  isStrided: fc.boolean(),
  isDepthwiseForm: fc.boolean(),
  groupedMethod: fc.constantFrom('auto', 'direct', 'fused-reshape-sum', 'reshape-sum', 'split-concat'),
  isTwoDispatches: fc.boolean(),
  epilogue: epilogues,
  between: epilogues,
  halves,
  isSummedInHalves: often([4, constant(false)], [1, constant(true)]),
  isPacked: fc.boolean(),
});

const outSize = often([3, from(1, 4)], [4, from(1, 12)], [1, from(1, 70)]);
const paddings = often<Sizes['padding']>(
  [2, fc.constantFrom('valid', 'VALID')],
  [4, fc.constantFrom('same', 'SAME')],
  [1, from(0, 4)],
  [2, fc.tuple(from(0, 5), from(0, 5), from(0, 5), from(0, 5))],
);

const sizesOfCase: fc.Arbitrary<Sizes> = fc.record({
  batch: often([2, constant(1)], [1, from(1, 4)]),
  out: fc.tuple(outSize, outSize),
  rest: fc.tuple(from(0, 300), from(0, 300)),
  channels: often([5, from(1, 9)], [1, from(1, 40)]),
  outs: often([5, from(1, 9)], [1, from(1, 70)]),
  groups: from(1, 5),
  padding: paddings,
  seed: from(1, 2 ** 31 - 100),
});

/**
 * Families of cases.
 *
 * @param most the largest number of sizes in each
 */
export function families(most: number): fc.Arbitrary<Family> {
  const picks = fc.array(fc.record({ other: from(0, 999), tile: from(0, 999) }), { maxLength: 2, size: 'max' });
  return fc
    .record({ program: programs, sizes: fc.array(sizesOfCase, { minLength: 1, maxLength: most, size: 'max' }), picks })
    .map((family) => ({
      ...family,
      picks: family.picks.map((pick) => ({ ...pick, kernel: family.program.aim.kernel })),
    }));
}
