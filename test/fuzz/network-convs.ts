/** Convolutions with all their options. */
import type { GroupedMethod } from '../../src/index';
import type { Ref } from './network';
import {
  ACTIVATIONS,
  normed,
  plus,
  prelu,
  regrouped,
  stored,
  sumOfProducts,
  type Bound,
  type Rule,
} from './network-bounds';
import type { Grower } from './network-grower';
import { spread, weight } from './network-weights';

const METHODS: readonly GroupedMethod[] = ['auto', 'direct', 'reshape-sum', 'fused-reshape-sum', 'split-concat'];

/** What follows a sum: its options, and its bound. */
interface Tail {
  readonly options: Readonly<Record<string, unknown>>;
  readonly bound: (sum: Bound, of: (ref: Ref) => Bound) => Bound;
}

/** An input, the place of its channels, and the options of a convolution of it. */
interface Frame {
  readonly x: Ref;
  readonly channels: number;
  readonly options: Readonly<Record<string, unknown>>;
  readonly epsilon: number | undefined;
}

export const convolutions: readonly ((g: Grower) => Ref)[] = [
  (g) => {
    const frame = frameOf(g);
    const { x, channels } = frame;
    const groups = g.once(3) ? g.among(divisorsOf(channels)) : 1;
    const [width, out] = [channels / groups, groups * (1 + g.pick(Math.max(1, 8 / groups)))];
    return convolution(g, frame, 'conv2d', [height(g), 3, width, out], 9 * width, out, groups > 1 ? { groups } : {}, x);
  },
  (g) => {
    const frame = frameOf(g);
    const { x, channels, options } = frame;
    const groups = g.once(3) ? g.among(divisorsOf(channels)) : 1;
    const each = 1 + g.pick(Math.max(1, 8 / groups));
    // Explicit padding takes from the output as much as three taps add.
    const rows = options.padding === 'same' ? height(g) : 3;
    const [filter, terms] = [[rows, 3, each, channels], 3 * rows * (channels / groups)];
    return convolution(g, frame, 'conv2dTranspose', filter, terms, each * groups, groups > 1 ? { groups } : {}, x);
  },
  (g) => {
    const frame = frameOf(g);
    const multiplier = g.once(3) ? 2 : 1;
    const { x, channels } = frame;
    return convolution(
      g,
      frame,
      'depthwiseConv2d',
      [3, height(g), channels, multiplier],
      9,
      channels * multiplier,
      {},
      x,
    );
  },
  (g) => {
    const frame = frameOf(g);
    const out = g.among([1, 3, 4, 4, 8]);
    const filter = g.once(2) ? [frame.channels, out] : [1, 1, frame.channels, out];
    return convolution(g, frame, 'pointwiseConv2d', filter, frame.channels, out, {}, frame.x);
  },
  (g) => {
    const frame = frameOf(g);
    const { x, channels } = frame;
    const groups = g.among(divisorsOf(channels));
    const width = channels / groups;
    const each = 1 + g.pick(2);
    const filter = g.once(2) ? [3, 3, width, each * groups] : [3, 3, channels, each];
    const options = { groups, grouping: g.among(['contiguous', 'strided']), method: g.among(METHODS) };
    return convolution(g, frame, 'groupedConv2d', filter, 9 * width, each * groups, options, x);
  },
  (g) => {
    const frame = frameOf(g);
    const { x, channels, options, epsilon } = frame;
    const multiplier = g.once(4) ? 2 : 1;
    const middle = channels * multiplier;
    const out = g.among([2, 4, 8]);
    const depthwise = weight(g, [3, 3, channels, multiplier], { scale: 1 / 3 });
    const pointwise = weight(g, g.once(2) ? [middle, out] : [1, 1, middle, out], { scale: scaleOf(middle) });
    const between = g.once(3) ? undefined : tailOf(g, middle);
    const end = tailOf(g, out);
    const rule: Rule = (of, dtype) => {
      const products = sumOfProducts(9, of(x), of(depthwise), epsilon);
      const first = stored(between?.bound(products, of) ?? products, dtype);
      return stored(end.bound(sumOfProducts(middle, first, of(pointwise), epsilon), of), dtype);
    };
    const method = g.among(['auto', 'auto', 'two-dispatches']);
    const given = { ...options, ...end.options, ...(between && { between: between.options }), method };
    return g.call('separableConv2d', [x, depthwise, pointwise, given], rule);
  },
];

/** Two convolutions in a row that programs compute in one dispatch: depthwise, then pointwise or the other way round. */
export function convolutionPair(g: Grower): Ref {
  const { x, options: drawn, epsilon } = frameOf(g);
  const { dataFormat: _channelsFirst, ...options } = drawn;
  const { strides: _strides, padding: _padding, ...everywhere } = options;
  const channels = g.shapeOf(x)[3];
  const out = g.among([4, 4, 8]);
  const mixed = (of: Ref, inputs: number): Ref => {
    const frame = { x: of, channels: inputs, options: everywhere, epsilon };
    return convolution(g, frame, 'pointwiseConv2d', [1, 1, inputs, out], inputs, out, {}, of);
  };
  const convolved = (of: Ref, each: number): Ref => {
    const [rows, columns] = [height(g), height(g)];
    const frame = { x: of, channels: each, options, epsilon };
    return convolution(g, frame, 'depthwiseConv2d', [rows, columns, each, 1], rows * columns, each, {}, of);
  };
  return g.once(2) ? convolved(mixed(x, channels), out) : mixed(convolved(x, channels), channels);
}

function convolution(
  g: Grower,
  frame: Frame,
  op: 'conv2d' | 'conv2dTranspose' | 'depthwiseConv2d' | 'pointwiseConv2d' | 'groupedConv2d',
  shape: readonly number[],
  terms: number,
  out: number,
  more: object,
  x: Ref,
): Ref {
  const { options, channels, epsilon } = frame;
  const filter = weight(g, shape, { scale: scaleOf(terms) });
  const tail = tailOf(g, out, residualFor(g, frame, out));
  const rule: Rule = (of, dtype) => {
    const products = sumOfProducts(terms, of(x), of(filter), epsilon);
    const sums = op === 'groupedConv2d' ? regrouped(products, channels, dtype) : products;
    return stored(tail.bound(sums, of), dtype);
  };
  return g.call(op, [x, filter, { ...options, ...tail.options, ...more }], rule);
}

/** The scale that keeps a sum of this many products about as large as its inputs. */
function scaleOf(terms: number): number {
  return Math.min(1, 4 / terms);
}

function height(g: Grower): number {
  return g.among([1, 2, 3, 3]);
}

function frameOf(g: Grower): Frame {
  const x = g.recent();
  const [, first, , last] = g.shapeOf(x);
  const isFirst = g.once(4);
  const accumulate = g.sumsHalves && g.once(6) ? 'f16' : undefined;
  const options = {
    padding: g.among(['same', 'same', [[1, 1], [1, 1]]]), // prettier-ignore
    ...(g.once(3) && { strides: 2 }),
    ...(isFirst && { dataFormat: 'NCHW' }),
    ...(accumulate && { accumulate }),
  };
  return { x, channels: isFirst ? first : last, options, epsilon: accumulate && 2 ** -10 };
}

/** A residual for a result that is as large as the input. */
function residualFor(g: Grower, { x, options }: Frame, out: number): Ref | undefined {
  if (options.padding !== 'same' || options.strides !== undefined) return undefined;
  const like = g.like(g.shapeOf(x).with(options.dataFormat === 'NCHW' ? 1 : 3, out));
  return like.length > 0 && g.once(2) ? g.among(like) : undefined;
}

function tailOf(g: Grower, channels: number, residual?: Ref): Tail {
  const shape = [channels];
  const bias = g.once(3) ? weight(g, shape) : undefined;
  const norm = g.once(4) ? normOf(g, channels) : undefined;
  const activation = g.once(3) ? undefined : g.among([...ACTIVATIONS.keys()]);
  const alpha = activation !== undefined && g.once(6) ? weight(g, shape) : undefined;
  const isLast = g.once(2);
  return {
    options: {
      ...(bias && { bias }),
      ...(residual && { residual, ...(isLast && { residualOrder: 'after-activation' }) }),
      ...(norm && { batchNorm: norm.options }),
      ...(activation && { activation: alpha ? { name: 'prelu', alpha } : activation }),
    },
    bound: (sums, of) => {
      const biased = bias === undefined ? sums : plus(sums, of(bias));
      const scaled = norm === undefined ? biased : norm.bound(biased, of);
      const before = residual === undefined || isLast ? scaled : plus(scaled, of(residual));
      const after = activated(before, activation, alpha && of(alpha));
      return residual !== undefined && isLast ? plus(after, of(residual)) : after;
    },
  };
}

function activated(a: Bound, activation: string | undefined, alpha: Bound | undefined): Bound {
  if (activation === undefined) return a;
  return alpha === undefined ? ACTIVATIONS.get(activation)!(a) : prelu(a, alpha);
}

/** A batch norm whose divisor is at least 1. */
export function normOf(g: Grower, channels: number): Tail {
  const [mean, variance] = [weight(g, [channels]), spread(g, [channels])];
  const scale = g.once(2) ? weight(g, [channels]) : undefined;
  const offset = g.once(2) ? weight(g, [channels]) : undefined;
  return {
    options: { mean, variance, ...(scale && { scale }), ...(offset && { offset }), epsilon: 1 },
    bound: (x, of) => normed(x, of(mean), of(variance), scale && of(scale), offset && of(offset)),
  };
}

function divisorsOf(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i + 1).filter((d) => n % d === 0);
}
