/** The ops of networks besides convolutions. Each makes one value, by one or several calls. */
import type { Ref } from './network';
import {
  ACTIVATIONS,
  either,
  mapped,
  plus,
  prelu,
  stored,
  sum,
  sumOfProducts,
  type Bound,
  type Rule,
} from './network-bounds';
import { normOf } from './network-convs';
import { same, type Grower } from './network-grower';
import { shuffled, spread, weight } from './network-weights';

type Maker = (g: Grower) => Ref | undefined;

const ONE: Bound = { max: 1, error: 0 };

const exactly = (number: number): Bound => ({ max: Math.abs(number), error: 0 });

/** Operators, with the bound of their result. */
const OPERATORS = {
  add: plus,
  subtract: plus,
  multiply: (a: Bound, b: Bound) => sumOfProducts(1, a, b),
  maximum: (a: Bound, b: Bound) => either(a, b),
  minimum: (a: Bound, b: Bound) => either(a, b),
  squaredDifference: (a: Bound, b: Bound) => sumOfProducts(1, plus(a, b), plus(a, b)),
} as const;
const NAMES = ['add', 'multiply', 'subtract', 'add', 'multiply', 'maximum', 'minimum', 'squaredDifference'] as const;

function binary(g: Grower, op: keyof typeof OPERATORS, a: Ref | number, b: Ref | number): Ref {
  const rule: Rule = (of, dtype) => {
    const [left, right] = [a, b].map((value) => (typeof value === 'number' ? exactly(value) : of(value)));
    return stored(OPERATORS[op](left, right), dtype);
  };
  return g.call(op, [a, b], rule);
}

/** The operands come in either order. */
function swapped(g: Grower, a: Ref | number, b: Ref | number): Ref {
  return g.once(2) ? binary(g, g.among(NAMES), a, b) : binary(g, g.among(NAMES), b, a);
}

function activation(g: Grower, x: Ref, name = g.among([...ACTIVATIONS.keys()])): Ref {
  return g.call('activate', [x, name], (of, dtype) => stored(ACTIVATIONS.get(name)!(of(x)), dtype));
}

function chain(g: Grower, x: Ref): Ref {
  const last = g.shapeOf(x).at(-1)!;
  const moved = binary(g, g.among(['add', 'multiply']), x, g.once(2) ? 1.5 : weight(g, [last]));
  return g.once(2) ? activation(g, moved) : moved;
}

function unary(
  g: Grower,
  op: 'abs' | 'negate' | 'square' | 'sqrt' | 'rsqrt' | 'exp',
  x: Ref,
  bound: (a: Bound) => Bound,
): Ref {
  return g.call(op, [x], (of, dtype) => stored(bound(of(x)), dtype));
}

function reshape(g: Grower, x: Ref, shape: readonly number[]): Ref {
  return g.call('reshape', [x, shape], same(x));
}

export const others: readonly Maker[] = [
  (g) => activation(g, g.recent()),
  (g) => activation(g, g.recent()),
  (g) => {
    const x = g.recent();
    const isWhole = g.once(3);
    const alpha = weight(g, isWhole ? g.shapeOf(x).slice(1) : [g.shapeOf(x)[3]]);
    return g.call('activate', [x, { name: 'prelu', alpha }], (of, dtype) => stored(prelu(of(x), of(alpha)), dtype));
  },
  (g) => {
    const x = g.recent();
    const isFirst = g.once(4);
    const norm = normOf(g, g.shapeOf(x)[isFirst ? 1 : 3]);
    const args = [x, norm.options, ...(isFirst ? [{ dataFormat: 'NCHW' }] : [])];
    return g.call('batchNorm', args, (of, dtype) => stored(norm.bound(of(x), of), dtype));
  },
  (g) => {
    const x = g.recent();
    return swapped(g, x, g.among(g.like(g.shapeOf(x))));
  },
  (g) => {
    const x = g.recent();
    return swapped(g, x, g.among(g.like(g.shapeOf(x))));
  },
  (g) => {
    const x = g.recent();
    const [, h, w, c] = g.shapeOf(x);
    const number = g.pick(7) / 2 - 1.5;
    return swapped(g, x, g.once(3) ? number : weight(g, g.among([[c], [1, 1, 1, c], [h, w, c], [1, h, 1, 1], [1]])));
  },
  (g) => {
    const x = g.recent();
    const by = spread(g, [g.shapeOf(x)[3]]);
    // The divisor is at least 1/2, where the slope of the reciprocal is at most 4.
    return g.call('divide', [x, by], (of, dtype) => stored(sumOfProducts(1, of(x), mapped(of(by), 4, 2)), dtype));
  },
  (g) => {
    const x = g.recent();
    return binary(g, g.among(NAMES), chain(g, x), chain(g, x));
  },
  (g) => {
    const x = g.recent();
    const y = g.once(2) ? chain(g, x) : x;
    return binary(g, g.among(['multiply', 'subtract', 'maximum']), y, y);
  },
  (g) => {
    const x = g.recent();
    return binary(g, 'multiply', x, activation(g, x, 'sigmoid'));
  },
  (g) => {
    const x = g.recent();
    return g.once(2) ? unary(g, 'abs', x, (a) => mapped(a, 1)) : unary(g, 'negate', x, (a) => mapped(a, 1));
  },
  (g) => {
    const x = g.recent();
    const more = binary(
      g,
      'add',
      unary(g, 'square', x, (a) => sumOfProducts(1, a, a)),
      1,
    );
    // For arguments of at least 1, both slopes are at most 1/2.
    return g.once(2)
      ? unary(g, 'rsqrt', more, (a) => mapped(a, 0.5, 1))
      : unary(g, 'sqrt', more, (a) => mapped(a, 0.5, a.max));
  },
  (g) => unary(g, 'exp', activation(g, g.recent(), 'tanh'), (a) => mapped(a, Math.E + a.error * 8, Math.E)),
  (g) => {
    const x = g.recent();
    const [n, h, w, c] = g.shapeOf(x);
    return reshape(
      g,
      x,
      g.among([
        [n, w, h, c],
        [n, 1, h * w, c],
        [n, h, w * c, 1],
        [n, c, h, w],
      ]),
    );
  },
  (g) => {
    const x = g.recent();
    const order = g.among([[0, 2, 1, 3], [0, 3, 1, 2], [0, 2, 3, 1], shuffled(g, 4)]);
    return g.call('transpose', [x, order], same(x));
  },
  (g) => {
    const x = g.recent();
    const options = { windowSize: g.among([2, 3]), strides: g.among([1, 2]), padding: 'same' };
    if (g.once(2)) return g.call('maxPool2d', [x, options], same(x));
    return g.call('averagePool2d', [x, options], (of, dtype) => stored(sumOfProducts(1, of(x), ONE, 2 ** -20), dtype));
  },
  (g) => {
    const x = g.recent();
    return g.call(
      'pad',
      [
        x,
        [
          [0, 0],
          [g.pick(2), 1],
          [1, g.pick(3)],
          [0, g.pick(2)],
        ],
      ],
      same(x),
    );
  },
  (g) => {
    const x = g.recent();
    const { length: rank } = g.shapeOf(x);
    const axis = g.among([1, 2, 3]);
    const joinable = g.offered.filter((ref) => {
      const shape = g.shapeOf(ref);
      return shape.length === rank && shape.every((n, i) => i === axis || n === g.shapeOf(x)[i]);
    });
    const list = [x, g.among(joinable), ...(g.once(3) ? [weight(g, g.shapeOf(x).with(axis, 2))] : [])];
    return g.call('concat', [list, axis], (of, dtype) => stored(either(...list.map(of)), dtype));
  },
  (g) => {
    const x = g.recent();
    const shape = g.shapeOf(x);
    const begin = shape.map((n) => g.pick(Math.min(n, 2)));
    const size = shape.map((n, i) => (g.once(2) ? -1 : 1 + g.pick(n - begin[i])));
    return g.call('slice', [x, begin.with(0, 0), size.with(0, -1)], same(x));
  },
  (g) => {
    const x = g.recent();
    const axis = g.among([1, 2, 3]);
    if (g.shapeOf(x)[axis] % 2 !== 0) return undefined;
    return g.call('split', [x, 2, axis], same(x), { piece: g.pick(2) });
  },
  (g) => {
    const x = g.recent();
    return g.call('softmax', [x, ...(g.once(2) ? [] : [g.among([1, 2, 3])])], (of, d) =>
      stored(mapped(of(x), 1, 1), d),
    );
  },
  // A dense layer over the pixels.
  (g) => {
    const x = g.recent();
    const [n, h, w, c] = g.shapeOf(x);
    const out = g.among([2, 4, 5]);
    const transposeB = g.once(2);
    const filter = weight(g, transposeB ? [out, c] : [c, out]);
    const args = [reshape(g, x, [n * h * w, c]), filter, ...(transposeB ? [{ transposeB }] : [])];
    const rule: Rule = (of, dtype) => stored(sumOfProducts(c, of(x), of(filter)), dtype);
    return reshape(g, g.call('matMul', args, rule), [n, h, w, out]);
  },
  // Attention among pixels.
  (g) => {
    const x = g.recent();
    const [n, h, w, c] = g.shapeOf(x);
    const flat = reshape(g, x, [h * w, n * c]);
    const scores = g.call('matMul', [flat, flat, { transposeB: true }], (of, dtype) =>
      stored(sumOfProducts(n * c, of(x), of(x)), dtype),
    );
    const shares = g.call('softmax', [scores], (of, dtype) => stored(mapped(of(scores), 1, 1), dtype));
    // The shares add up to 1, but each has an error of its own.
    const rule: Rule = (of, dtype) => {
      const mixed = sumOfProducts(h * w, of(shares), of(x));
      return stored({ max: of(x).max, error: mixed.error }, dtype);
    };
    return reshape(g, g.call('matMul', [shares, flat], rule), [n, h, w, c]);
  },
  // Squeeze and excitation.
  (g) => {
    const x = g.recent();
    const c = g.shapeOf(x)[3];
    const mean: Rule = (of, dtype) => stored(sumOfProducts(1, of(x), ONE, 2 ** -18), dtype);
    const pooled = g.once(2)
      ? g.call('globalAveragePool', [x, { keepDims: true }], mean)
      : g.call('reduceMean', [x, [1, 2], { keepDims: true }], mean);
    const filter = weight(g, [c, c]);
    const gate = g.call('pointwiseConv2d', [pooled, filter, { activation: 'sigmoid' }], (of, dtype) =>
      stored(mapped(sumOfProducts(c, of(pooled), of(filter)), 0.25, 1), dtype),
    );
    return binary(g, 'multiply', x, gate);
  },
  (g) => {
    const x = g.recent();
    const [op, axis] = [g.among(['reduceMax', 'reduceMin', 'reduceSum'] as const), g.among([1, 2, 3])];
    const terms = g.shapeOf(x)[axis];
    const rule: Rule = op === 'reduceSum' ? (of, dtype) => stored(sum(terms, of(x)), dtype) : same(x);
    return binary(g, g.among(['subtract', 'multiply']), x, g.call(op, [x, axis, { keepDims: true }], rule));
  },
  // A grouped convolution as TensorFlow users write it.
  (g) => {
    const x = g.recent();
    const [n, h, w, c] = g.shapeOf(x);
    if (c % 2 !== 0) return undefined;
    const filter = weight(g, [3, 3, c, 2]);
    const products = g.call('depthwiseConv2d', [x, filter, { padding: 'same' }], (of, dtype) =>
      stored(sumOfProducts(9, of(x), of(filter)), dtype),
    );
    const rule: Rule = (of, dtype) => stored(sum(2, of(products)), dtype);
    if (g.once(2)) return g.call('reduceSum', [reshape(g, products, [n, h, w, 2, c]), 3], rule);
    return reshape(g, g.call('reduceSum', [reshape(g, products, [n, h, w, c / 2, 2, 2]), 4], rule), [n, h, w, c]);
  },
  (g) => {
    const x = g.recent();
    const [, h, w] = g.shapeOf(x);
    const op = g.among(['resizeNearestNeighbor', 'resizeBilinear'] as const);
    const rule: Rule = op === 'resizeBilinear' ? (of, dtype) => stored(mapped(of(x), 1), dtype) : same(x);
    return g.call(op, [x, [h + g.pick(3), 2 * w]], rule);
  },
  (g) => {
    if (!g.isMixed) return undefined;
    const x = g.recent();
    return g.call('cast', [x, g.dtypeOf(x) === 'f32' || g.once(4) ? 'f16' : 'f32'], (of, dtype) =>
      stored(of(x), dtype),
    );
  },
  (g) => {
    if (!g.isMixed) return undefined;
    const x = g.recent();
    return g.call('cast', [x, g.among(['f16', 'f32'])], (of, dtype) => stored(of(x), dtype));
  },
];
