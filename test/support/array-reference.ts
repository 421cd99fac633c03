/**
 * The array ops in float64, an element at a time by its coordinates: what they mean, with no thought for how to compute it.
 */

/** A tensor in memory, row-major. */
export interface NdArray {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

/** The array whose element at each place is what `element` says. */
function arrayOf(shape: readonly number[], element: (place: readonly number[]) => number): NdArray {
  const size = shape.reduce((product, n) => product * n, 1);
  return { shape, values: Float64Array.from({ length: size }, (_, i) => element(placeOf(i, shape))) };
}

/** The element at a place. */
function at({ shape, values }: NdArray, place: readonly number[]): number {
  return values[place.reduce((index, n, axis) => index * shape[axis] + n, 0)];
}

function placeOf(index: number, shape: readonly number[]): number[] {
  let rest = index;
  const place: number[] = [];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    place[axis] = rest % shape[axis];
    rest = Math.floor(rest / shape[axis]);
  }
  return place;
}

export function transposeReference(x: NdArray, permutation: readonly number[]): NdArray {
  const shape = permutation.map((axis) => x.shape[axis]);
  return arrayOf(shape, (place) =>
    at(
      x,
      x.shape.map((_, axis) => place[permutation.indexOf(axis)]),
    ),
  );
}

export function sliceReference(x: NdArray, begin: readonly number[], size: readonly number[]): NdArray {
  return arrayOf(size, (place) =>
    at(
      x,
      place.map((n, axis) => n + begin[axis]),
    ),
  );
}

export function concatReference(arrays: readonly NdArray[], axis: number): NdArray {
  const length = arrays.reduce((sum, { shape }) => sum + shape[axis], 0);
  return arrayOf(arrays[0].shape.with(axis, length), (place) => {
    let n = place[axis];
    let i = 0;
    while (n >= arrays[i].shape[axis]) n -= arrays[i++].shape[axis];
    return at(arrays[i], place.with(axis, n));
  });
}

export function padReference(x: NdArray, paddings: readonly (readonly [number, number])[], value: number): NdArray {
  const shape = x.shape.map((n, axis) => paddings[axis][0] + n + paddings[axis][1]);
  return arrayOf(shape, (place) => {
    const source = place.map((n, axis) => n - paddings[axis][0]);
    return source.every((n, axis) => n >= 0 && n < x.shape[axis]) ? at(x, source) : value;
  });
}

export function binaryReference(a: NdArray, b: NdArray, operate: (x: number, y: number) => number): NdArray {
  const rank = Math.max(a.shape.length, b.shape.length);
  const aligned = ({ shape, values }: NdArray): NdArray => ({
    shape: [...Array(rank - shape.length).fill(1), ...shape],
    values,
  });
  const [left, right] = [aligned(a), aligned(b)];
  const pick = (x: NdArray, place: readonly number[]): number =>
    at(
      x,
      place.map((n, axis) => (x.shape[axis] === 1 ? 0 : n)),
    );
  return arrayOf(
    left.shape.map((n, axis) => Math.max(n, right.shape[axis])),
    (place) => operate(pick(left, place), pick(right, place)),
  );
}

/** Sums with the reduced axes kept at size 1. */
export function sumReference(x: NdArray, axes: readonly number[]): NdArray {
  const sums = arrayOf(
    x.shape.map((n, axis) => (axes.includes(axis) ? 1 : n)),
    () => 0,
  );
  for (const [i, value] of x.values.entries()) {
    const place = placeOf(i, x.shape).map((n, axis) => (axes.includes(axis) ? 0 : n));
    sums.values[place.reduce((index, n, axis) => index * sums.shape[axis] + n, 0)] += value;
  }
  return sums;
}

/** Both operands have the same batch. */
export function matMulReference(a: NdArray, b: NdArray): NdArray {
  const batch = a.shape.slice(0, -2);
  const [rows, depth] = a.shape.slice(-2);
  return arrayOf([...batch, rows, b.shape.at(-1) as number], (place) => {
    const n = place.slice(0, -2);
    const [row, column] = place.slice(-2);
    let sum = 0;
    for (let k = 0; k < depth; k++) sum += at(a, [...n, row, k]) * at(b, [...n, k, column]);
    return sum;
  });
}

export function softmaxReference(x: NdArray, axis: number): NdArray {
  const row = (place: readonly number[]): number[] =>
    Array.from({ length: x.shape[axis] }, (_, i) => at(x, place.with(axis, i)));
  return arrayOf(x.shape, (place) => {
    const values = row(place);
    const largest = Math.max(...values);
    return Math.exp(at(x, place) - largest) / values.reduce((sum, v) => sum + Math.exp(v - largest), 0);
  });
}

/** erf by a series whose terms are all positive, so that none cancels another. */
function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

const clamp = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** The activations with their default attributes, as their papers write them. */
export const activationReferences: Readonly<Record<string, (x: number) => number>> = {
  linear: (x) => x,
  relu: (x) => Math.max(x, 0),
  relu6: (x) => clamp(x, 0, 6),
  leakyRelu: (x) => (x > 0 ? x : 0.2 * x),
  elu: (x) => (x > 0 ? x : Math.expm1(x)),
  sigmoid,
  tanh: Math.tanh,
  hardSigmoid: (x) => clamp(0.2 * x + 0.5, 0, 1),
  hardSwish: (x) => (x * clamp(x + 3, 0, 6)) / 6,
  silu: (x) => x * sigmoid(x),
  gelu: (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  softplus,
  mish: (x) => x * Math.tanh(softplus(x)),
  clip: (x) => x,
};

/** gelu's approximation by tanh. */
export function geluTanhReference(x: number): number {
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
}
