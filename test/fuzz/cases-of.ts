/** Turns a family into its cases: calls that are small enough for the reference. */
import type { Grouping } from '../../src/conv/layout';
import type { Padding, PerAxis, SeparableMethod } from '../../src/index';
import { problemsOf, sourcesOf, type ConvCase, type ConvOp, type EpilogueCase } from './case';
import type { Family, Pair, Program, Sizes } from './family';

/** The multiply-adds that the float64 loops do in a few milliseconds, and the numbers that can be made in that time. */
const MOST = { work: 20_000, numbers: 150_000 } as const;

/**
 * The cases of a family.
 *
 * @param features of the device: no case asks for more than it has
 */
export function casesOf({ program: p, sizes: list }: Family, features: ReadonlySet<string>): readonly ConvCase[] {
  return list.map((s) => {
    let small: Sizes | undefined = s;
    let c = caseOf(p, s);
    while (isLarge(c) && (small = smaller(small)) !== undefined) c = caseOf(p, small);
    return { ...c, ...precisionOf(p, c, features) };
  });
}

/** Which parts of a case are float16. */
function precisionOf(
  p: Program,
  c: ConvCase,
  features: ReadonlySet<string>,
): Pick<ConvCase, 'halves' | 'accumulate' | 'isPacked'> {
  const { epilogue, between, ...others } = sourcesOf(c);
  const names = new Set(Object.keys({ ...others, ...epilogue, ...between }));
  const halves = p.halves.filter((name) => names.has(name));
  const native = features.has('shader-f16');
  const isPacked = native && p.isPacked && halves.length > 0;
  return {
    ...(halves.length > 0 && { halves }),
    ...(native && p.isSummedInHalves && !isPacked && { accumulate: 'f16' }),
    ...(isPacked && { isPacked }),
  };
}

function isLarge(c: ConvCase): boolean {
  const [first, second] = problemsOf(c);
  const numbers = first.batch * first.inHeight * first.inWidth * first.inChannels;
  const work = [first, second].reduce((sum, q) => {
    if (q === undefined) return sum;
    const terms = q.filterHeight * q.filterWidth * (q.inChannels / q.groups);
    return sum + q.batch * q.outHeight * q.outWidth * q.outChannels * terms;
  }, 0);
  return work > MOST.work || numbers > MOST.numbers;
}

/** Halves the largest of the counts. At the end, the input is made smaller than the filter's extent. */
function smaller(s: Sizes): Sizes | undefined {
  const counts = [s.out[0], s.out[1], s.outs, s.channels, s.batch];
  const largest = Math.max(...counts);
  if (largest <= 2 && s.padding !== 'same') return { ...s, padding: 'same', rest: [0, 0] };
  if (largest === 1) return undefined;
  const [rows, columns, outs, channels, batch] = counts.with(counts.indexOf(largest), Math.floor(largest / 2));
  return { ...s, out: [rows, columns], outs, channels, batch };
}

function caseOf(p: Program, given: Sizes): ConvCase {
  const { op, kernel } = p.aim;
  const isFused = kernel === 'separable/fused';
  const isPointwise = op === 'pointwiseConv2d' && p.isOnAim;
  const s = isPointwise ? { ...given, padding: 'valid' as const } : given;
  const { filter, strides, dilations } = shapeOf(p, isFused);
  const isFirst = p.isChannelsFirst && !isFused && !isPointwise;
  const wide = (n: number): number => (p.inFours || isFused || isPointwise ? 4 * Math.ceil(n / 4) : n);
  const groups = groupsOf(op, s);
  const channels = wide(s.channels) * groups;
  const outs = wide(s.outs);
  const image = [0, 1].map((i) => inputSize(s, i, filter[i], strides[i], dilations[i]));
  const common = {
    op,
    x: isFirst ? [s.batch, channels, ...image] : [s.batch, ...image, channels],
    geometry: {
      ...(!isOnes(strides) && { strides: shorter(strides) }),
      ...(!isOnes(dilations) && { [p.isRate ? 'rate' : 'dilations']: shorter(dilations) }),
      ...(s.padding !== 'valid' && { padding: paddingOf(s.padding) }),
      ...(isFirst && { dataFormat: 'NCHW' as const }),
    },
    epilogue: p.epilogue,
    seed: s.seed,
    ...(p.rule === 'gpu' && { rule: p.rule }),
  };
  switch (op) {
    case 'depthwiseConv2d':
      return { ...common, filter: [...filter, channels, p.multiplier] };
    case 'pointwiseConv2d':
      return { ...common, filter: p.isRate ? [channels, outs] : [1, 1, channels, outs] };
    case 'conv2d':
      return { ...common, filter: [...filter, channels / groups, outs * groups], ...(groups > 1 && { groups }) };
    case 'groupedConv2d': {
      const isDepthwiseForm = kernel === undefined ? p.isDepthwiseForm : kernel === 'grouped/fused-reshape-sum';
      const grouping: Grouping = 'strided';
      return {
        ...common,
        filter: [...filter, ...(isDepthwiseForm ? [channels, outs] : [channels / groups, outs * groups])],
        groups,
        ...(p.isStrided && { grouping }),
        ...(p.groupedMethod !== 'auto' && { method: p.groupedMethod }),
      };
    }
    case 'separableConv2d': {
      const multiplier = isFused ? 1 : p.multiplier;
      const [between, epilogue] = isFused ? fewOperands(p.between, p.epilogue) : [p.between, p.epilogue];
      const method: SeparableMethod = 'two-dispatches';
      return {
        ...common,
        filter: [...filter, channels, multiplier],
        mix: [1, 1, channels * multiplier, outs],
        epilogue,
        ...(Object.keys(between).length > 0 && { between }),
        ...(p.isTwoDispatches && { method }),
        ...(isFused && { method: 'fused' }),
      };
    }
  }
}

function isOnes([height, width]: Pair): boolean {
  return height === 1 && width === 1;
}

/** One number if both are equal. */
function shorter([height, width]: Pair): PerAxis {
  return height === width ? height : [height, width];
}

/** An ordinary convolution mostly has one group. */
function groupsOf(op: ConvOp, { groups }: Sizes): number {
  return op === 'groupedConv2d' || (op === 'conv2d' && groups > 4) ? groups : 1;
}

/** The filters that an op can have: a pointwise one has one tap, and `separable/fused` has a few taps without gaps. */
function shapeOf(p: Program, isFused: boolean): Readonly<Record<'filter' | 'strides' | 'dilations', Pair>> {
  if (p.aim.op === 'pointwiseConv2d') return { ...p, filter: [1, 1] };
  if (!isFused) return p;
  const fits = ([height, width]: Pair): Pair => [Math.min(height, 5), Math.min(width, 5)];
  return { filter: fits(p.filter), strides: [p.strides[0], Math.min(p.strides[1], 2)], dilations: [1, 1] };
}

/** `separable/fused` binds four tensors besides its own. A folded batch norm counts as one, together with its bias. */
function fewOperands(between: EpilogueCase, end: EpilogueCase): readonly [EpilogueCase, EpilogueCase] {
  return [{ ...between, residual: false }, end.residual ? { ...end, activation: undefined } : end];
}

/** An input size that gives at least this many outputs. With padding, the filter may be larger than the input. */
function inputSize(s: Sizes, axis: number, filter: number, stride: number, dilation: number): number {
  const extent = (filter - 1) * dilation + 1;
  const before = (s.out[axis] - 1) * stride;
  const rest = s.rest[axis] % Math.max(stride, 3);
  const rule = typeof s.padding === 'string' ? s.padding.toLowerCase() : '';
  if (rule === 'same') return before + 1 + (rest % stride);
  const padded = rule === 'valid' ? 0 : total(s.padding, axis);
  return Math.max(before + extent - padded, 1) + rest;
}

function total(padding: Sizes['padding'], axis: number): number {
  if (typeof padding === 'number') return 2 * padding;
  return typeof padding === 'string' ? 0 : padding[2 * axis] + padding[2 * axis + 1];
}

function paddingOf(padding: Sizes['padding']): Padding {
  if (typeof padding !== 'object') return padding;
  const [top, bottom, left, right] = padding;
  return [
    [top, bottom],
    [left, right],
  ];
}
