/** Weights, most of them as in real networks: cut, turned, joined and converted inside the network. */
import { sizeOf } from '../../src/conv/check';
import type { Ref } from './network';
import { either, mapped, stored, sumOfProducts, type Rule } from './network-bounds';
import { same, type Grower } from './network-grower';

interface Wanted {
  readonly scale?: number;
  readonly isPositive?: boolean;
}

type Disguise = (
  g: Grower,
  shape: readonly number[],
  inner: (shape: readonly number[]) => Ref,
  w: Wanted,
) => Ref | undefined;

const disguises: readonly Disguise[] = [
  (g, shape, inner, w) => {
    const flat = inner(g.once(3) && shape.length > 1 ? [shape[0], sizeOf(shape.slice(1))] : [sizeOf(shape)]);
    return g.call('reshape', [flat, shape], same(flat), w);
  },
  (g, shape, inner, w) => {
    if (shape.length < 2) return undefined;
    const order = shuffled(g, shape.length);
    const before: number[] = [];
    for (const [i, axis] of order.entries()) before[axis] = shape[i];
    const x = inner(before);
    return g.call('transpose', [x, order], same(x), w);
  },
  (g, shape, inner, w) => {
    const axis = g.pick(shape.length);
    const [before, after] = [g.pick(3), g.pick(3)];
    const x = inner(shape.with(axis, before + shape[axis] + after));
    const begin = shape.map((_, i) => (i === axis ? before : 0));
    return g.call('slice', [x, begin, shape], same(x), w);
  },
  (g, shape, inner, w) => {
    const axis = g.pick(shape.length);
    if (shape[axis] < 2) return undefined;
    const x = inner(shape.with(axis, shape[axis] - 1));
    const sides = shape.map((_, i) => (i === axis ? [g.pick(2), 0] : [0, 0]));
    if (sides[axis][0] === 0) sides[axis][1] = 1;
    const number = w.isPositive ? 1 : 0;
    const rule: Rule = (of, dtype) => stored(either(of(x), { max: number, error: 0 }), dtype);
    return g.call('pad', [x, sides, number], rule, w);
  },
  (g, shape, inner, w) => {
    if (!g.isMixed) return undefined;
    const x = inner(shape);
    const dtype = g.once(4) || g.dtypeOf(x) === 'f32' ? 'f16' : 'f32';
    return g.call('cast', [x, dtype], (of, stores) => stored(of(x), stores), w);
  },
  (g, shape, inner, w) => {
    const axis = g.pick(shape.length);
    if (shape[axis] < 2) return undefined;
    const first = 1 + g.pick(shape[axis] - 1);
    const parts = [first, shape[axis] - first].map((n) => inner(shape.with(axis, n)));
    return g.call('concat', [parts, axis], (of, dtype) => stored(either(...parts.map(of)), dtype), w);
  },
  (g, shape, inner, w) => {
    const axis = g.pick(shape.length);
    const x = inner(shape.with(axis, 2 * shape[axis]));
    return g.call('split', [x, 2, axis], same(x), { ...w, piece: g.pick(2) });
  },
  (g, shape, inner, w) => {
    const x = inner(shape);
    return g.call(w.isPositive || g.once(2) ? 'abs' : 'negate', [x], (of, d) => stored(mapped(of(x), 1), d), w);
  },
  (g, shape, inner, w) => {
    const x = inner(shape);
    const half = { max: 0.5, error: 0 };
    return g.call('multiply', [x, 0.5], (of, dtype) => stored(sumOfProducts(1, of(x), half), dtype), w);
  },
  (g, shape, inner, w) => {
    if (shape.length !== 2 || w.isPositive) return undefined;
    const [a, b] = [inner([shape[0], 2]), inner([2, shape[1]])];
    return g.call('matMul', [a, b], (of, dtype) => stored(sumOfProducts(2, of(a), of(b)), dtype), w);
  },
];

/** A weight of that shape. */
export function weight(g: Grower, shape: readonly number[], wanted: Wanted = {}): Ref {
  return disguised(g, shape, wanted, g.once(2) ? 0 : 1 + g.pick(3));
}

/** A weight whose numbers are all positive, such as a variance. */
export function spread(g: Grower, shape: readonly number[]): Ref {
  return weight(g, shape, { isPositive: true });
}

function disguised(g: Grower, shape: readonly number[], wanted: Wanted, depth: number): Ref {
  if (depth === 0) return g.leaf(shape, wanted);
  const inner = (other: readonly number[]): Ref => disguised(g, other, wanted, depth - 1);
  return g.among(disguises)(g, shape, inner, wanted) ?? g.leaf(shape, wanted);
}

/** The axes in some order. */
export function shuffled(g: Grower, rank: number): number[] {
  const order = Array.from({ length: rank }, (_, axis) => axis);
  for (let i = rank - 1; i > 0; i--) {
    const j = g.pick(i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
