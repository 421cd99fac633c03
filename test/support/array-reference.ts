/**
 * The array ops in float64, one element at a time by its coordinates: their meaning, without regard for speed.
 */

type Pair = readonly [height: number, width: number];

/** A tensor in memory, row-major. */
export interface NdArray {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

/** The array whose element at each place is the result of `element`. */
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

/** Padding with existing elements: each place beyond the ends of x repeats an element of x. */
export function mirrorPadReference(
  x: NdArray,
  paddings: readonly (readonly [number, number])[],
  mode: 'reflect' | 'symmetric' | 'edge',
): NdArray {
  const shape = x.shape.map((n, axis) => paddings[axis][0] + n + paddings[axis][1]);
  const source = (place: number, n: number): number => {
    const own = [...Array(n).keys()];
    const inner = mode === 'reflect' ? own.slice(1, -1) : own;
    // Goes through the elements and back again, as often as needed.
    const walk = [...own, ...inner.toReversed()];
    return mode === 'edge'
      ? Math.min(Math.max(place, 0), n - 1)
      : walk[((place % walk.length) + walk.length) % walk.length];
  };
  return arrayOf(shape, (place) => at(x, place.map((n, axis) => source(n - paddings[axis][0], x.shape[axis])))); // prettier-ignore
}

export function tileReference(x: NdArray, repetitions: readonly number[]): NdArray {
  const shape = x.shape.map((n, axis) => n * repetitions[axis]);
  return arrayOf(shape, (place) => at(x, place.map((n, axis) => n % x.shape[axis]))); // prettier-ignore
}

export function broadcastReference(x: NdArray, shape: readonly number[]): NdArray {
  const missing = shape.length - x.shape.length;
  return arrayOf(shape, (place) => at(x, x.shape.map((n, axis) => (n === 1 ? 0 : place[axis + missing])))); // prettier-ignore
}

/** Slices as in Python: lists the indices of each axis. */
export function stridedSliceReference(
  x: NdArray,
  begin: readonly number[],
  end: readonly (number | null)[],
  strides: readonly number[],
): NdArray {
  const taken = x.shape.map((n, axis) => {
    const step = strides[axis];
    const from = (i: number): number => (i < 0 ? i + n : i);
    const last = end[axis];
    const stop = last === null ? (step > 0 ? Infinity : -Infinity) : from(last);
    const indices: number[] = [];
    let first = from(begin[axis]);
    if (step < 0) first = Math.min(first, n - 1);
    else first = Math.max(first, 0);
    for (let i = first; step > 0 ? i < Math.min(stop, n) : i > Math.max(stop, -1); i += step) indices.push(i);
    return indices;
  });
  return arrayOf(taken.map((indices) => indices.length), (place) => at(x, place.map((i, axis) => taken[axis][i]))); // prettier-ignore
}

/** Channels last. The channels of one block's pixel are further apart than its pixels, unless `mode` is CRD. */
export function depthToSpaceReference(x: NdArray, block: number, mode: 'DCR' | 'CRD'): NdArray {
  const [n, h, w, c] = x.shape;
  const channels = c / block ** 2;
  return arrayOf([n, h * block, w * block, channels], ([b, row, column, channel]) => {
    const pixel = (row % block) * block + (column % block);
    const from = mode === 'DCR' ? pixel * channels + channel : channel * block ** 2 + pixel;
    return at(x, [b, Math.floor(row / block), Math.floor(column / block), from]);
  });
}

/**
 * The batch index on one side holds the batch index and the place within a block on the other side, as TensorFlow's
 * documentation says.
 */
export function spaceToBatchReference(x: NdArray, block: readonly number[], paddings: readonly Pair[]): NdArray {
  const rank = block.length;
  const [batch] = x.shape;
  const sizes = block.map((n, i) => (paddings[i][0] + x.shape[i + 1] + paddings[i][1]) / n);
  const blocks = block.reduce((product, n) => product * n, 1);
  return arrayOf([batch * blocks, ...sizes, ...x.shape.slice(rank + 1)], ([n, ...place]) => {
    const within = placeOf(Math.floor(n / batch), block);
    const source = block.map((size, i) => place[i] * size + within[i] - paddings[i][0]);
    const isInside = source.every((i, axis) => i >= 0 && i < x.shape[axis + 1]);
    return isInside ? at(x, [n % batch, ...source, ...place.slice(rank)]) : 0;
  });
}

export function batchToSpaceReference(x: NdArray, block: readonly number[], crops: readonly Pair[]): NdArray {
  const rank = block.length;
  const batch = x.shape[0] / block.reduce((product, n) => product * n, 1);
  const sizes = block.map((n, i) => x.shape[i + 1] * n - crops[i][0] - crops[i][1]);
  return arrayOf([batch, ...sizes, ...x.shape.slice(rank + 1)], ([n, ...place]) => {
    const whole = block.map((_, i) => place[i] + crops[i][0]);
    const part = whole.reduce((index, i, axis) => index * block[axis] + (i % block[axis]), 0);
    const source = whole.map((i, axis) => Math.floor(i / block[axis]));
    return at(x, [part * batch + n, ...source, ...place.slice(rank)]);
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

/** The largest or smallest, with the reduced axes kept at size 1. */
export function extremeReference(x: NdArray, axes: readonly number[], pick: (...values: number[]) => number): NdArray {
  const shape = x.shape.map((n, axis) => (axes.includes(axis) ? 1 : n));
  const box = x.shape.map((n, axis) => (axes.includes(axis) ? n : 1));
  const size = box.reduce((product, n) => product * n, 1);
  return arrayOf(shape, (place) => {
    const terms = Array.from({ length: size }, (_, i) => {
      const inside = placeOf(i, box);
      return at(
        x,
        place.map((n, axis) => n + inside[axis]),
      );
    });
    return pick(...terms);
  });
}

/** The first of the largest. */
export function argMaxReference(x: NdArray, axis: number): NdArray {
  return arrayOf(x.shape.toSpliced(axis, 1), (place) => {
    const row = Array.from({ length: x.shape[axis] }, (_, i) => at(x, place.toSpliced(axis, 0, i)));
    return row.indexOf(Math.max(...row));
  });
}

export function argMinReference(x: NdArray, axis: number): NdArray {
  return argMaxReference({ shape: x.shape, values: x.values.map((v) => -v) }, axis);
}

/** Counts negative whole numbers from the end; numbers outside have no element. */
const placed = (index: number, size: number): number => (index < 0 ? Math.trunc(index) + size : Math.trunc(index));

/** The element, 0 where there is none, or NaN where the place is NaN. */
function elementAt(x: NdArray, place: readonly number[]): number {
  if (place.some(Number.isNaN)) return NaN;
  return place.every((n, axis) => n >= 0 && n < x.shape[axis]) ? at(x, place) : 0;
}

export function gatherReference(x: NdArray, indices: NdArray, axis: number, batchDims: number): NdArray {
  const own = indices.shape.slice(batchDims);
  const shape = [...x.shape.slice(0, axis), ...own, ...x.shape.slice(axis + 1)];
  return arrayOf(shape, (place) => {
    const told = at(indices, [...place.slice(0, batchDims), ...place.slice(axis, axis + own.length)]);
    return elementAt(x, [...place.slice(0, axis), placed(told, x.shape[axis]), ...place.slice(axis + own.length)]);
  });
}

export function gatherNDReference(x: NdArray, indices: NdArray): NdArray {
  const depth = indices.shape.at(-1) as number;
  const own = indices.shape.slice(0, -1);
  return arrayOf([...own, ...x.shape.slice(depth)], (place) => {
    const told = Array.from({ length: depth }, (_, i) => placed(at(indices, [...place.slice(0, own.length), i]), x.shape[i])); // prettier-ignore
    return elementAt(x, [...told, ...place.slice(own.length)]);
  });
}

export function oneHotReference(indices: NdArray, depth: number, on: number, off: number): NdArray {
  return arrayOf([...indices.shape, depth], (place) => {
    const told = at(indices, place.slice(0, -1));
    return Number.isNaN(told) ? NaN : told === place.at(-1) ? on : off;
  });
}

export function cumsumReference(x: NdArray, axis: number, exclusive: boolean, reverse: boolean): NdArray {
  return arrayOf(x.shape, (place) => {
    let sum = 0;
    for (let i = 0; i < x.shape[axis]; i++) {
      const isBefore = reverse ? i > place[axis] : i < place[axis];
      if (isBefore || (i === place[axis] && !exclusive)) sum += at(x, place.with(axis, i));
    }
    return sum;
  });
}

/** A pool with all options explicit: `padding` is 'same' or [[top, bottom], [left, right]]. */
export interface PoolGeometry {
  readonly window: Pair;
  readonly strides: Pair;
  readonly dilations: Pair;
  readonly padding: 'same' | readonly [Pair, Pair];
  readonly dataFormat: 'NHWC' | 'NCHW';
  readonly ceilMode?: boolean;
  readonly countIncludePad?: boolean;
}

/** `fold` gets the inputs under a window without the padding, or with zeros for the part of the padding that counts. */
export function poolReference(x: NdArray, g: PoolGeometry, fold: (inputs: readonly number[]) => number): NdArray {
  const first = g.dataFormat === 'NHWC' ? 1 : 2;
  const [rows, columns] = [0, 1].map((i) => {
    const size = x.shape[first + i];
    const extent = (g.window[i] - 1) * g.dilations[i] + 1;
    const stride = g.strides[i];
    const all = Math.max((Math.ceil(size / stride) - 1) * stride + extent - size, 0);
    const [before, after] = g.padding === 'same' ? [Math.floor(all / 2), Math.ceil(all / 2)] : g.padding[i];
    const steps = (size + before + after - extent) / stride;
    let out = (g.ceilMode === true ? Math.ceil(steps) : Math.floor(steps)) + 1;
    // As in PyTorch, no window begins beyond the input.
    while (g.ceilMode === true && (out - 1) * stride >= size + before) out--;
    return { size, before, out, end: g.padding === 'same' ? Infinity : size + after };
  });
  return arrayOf(x.shape.with(first, rows.out).with(first + 1, columns.out), (place) => {
    const inputs: number[] = [];
    for (let tapY = 0; tapY < g.window[0]; tapY++) {
      for (let tapX = 0; tapX < g.window[1]; tapX++) {
        const inY = place[first] * g.strides[0] + tapY * g.dilations[0] - rows.before;
        const inX = place[first + 1] * g.strides[1] + tapX * g.dilations[1] - columns.before;
        const isInside = inY >= 0 && inY < rows.size && inX >= 0 && inX < columns.size;
        const counts = g.countIncludePad === true && inY < rows.end && inX < columns.end;
        if (isInside) inputs.push(at(x, place.with(first, inY).with(first + 1, inX)));
        else if (counts) inputs.push(0);
      }
    }
    return fold(inputs);
  });
}

export const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;

/** The flags of a resize. */
export interface Grids {
  readonly alignCorners?: boolean;
  readonly halfPixelCenters?: boolean;
}

/** As in the kernels of TensorFlow.js's CPU backend, except that the quotient comes last, because 1 / 49 * 49 is not 1. */
function fractionOf(place: number, size: number, out: number, { alignCorners, halfPixelCenters }: Grids): number {
  const [from, to] = alignCorners === true && out > 1 ? [size - 1, out - 1] : [size, out];
  return ((place + (halfPixelCenters === true ? 0.5 : 0)) * from) / to;
}

export function resizeBilinearReference(x: NdArray, [height, width]: Pair, grids: Grids): NdArray {
  const sides = (place: number, size: number, out: number): { near: number; far: number; weight: number } => {
    const fraction = fractionOf(place, size, out, grids) - (grids.halfPixelCenters === true ? 0.5 : 0);
    const near = Math.max(0, Math.floor(fraction));
    return { near, far: Math.min(size - 1, Math.ceil(fraction)), weight: fraction - near };
  };
  return arrayOf(x.shape.with(1, height).with(2, width), ([n, outY, outX, c]) => {
    const y = sides(outY, x.shape[1], height);
    const column = sides(outX, x.shape[2], width);
    const [top, bottom] = [y.near, y.far].map((row) => {
      const [left, right] = [column.near, column.far].map((i) => at(x, [n, row, i, c]));
      return left + (right - left) * column.weight;
    });
    return top + (bottom - top) * y.weight;
  });
}

export function resizeNearestReference(x: NdArray, [height, width]: Pair, grids: Grids): NdArray {
  const nearest = (place: number, size: number, out: number): number => {
    const fraction = fractionOf(place, size, out, grids);
    return Math.min(size - 1, grids.alignCorners === true ? Math.round(fraction) : Math.floor(fraction));
  };
  return arrayOf(x.shape.with(1, height).with(2, width), ([n, outY, outX, c]) =>
    at(x, [n, nearest(outY, x.shape[1], height), nearest(outX, x.shape[2], width), c]),
  );
}

/** The options of a resize, in ONNX's terms. */
export interface OnnxResize {
  readonly kind: 'nearest' | 'linear' | 'cubic';
  readonly mode: 'asymmetric' | 'half_pixel' | 'pytorch_half_pixel' | 'align_corners';
  readonly nearest?: 'round_prefer_floor' | 'round_prefer_ceil' | 'floor' | 'ceil';
  readonly scales?: readonly [number, number];
  readonly coefficient?: number;
  readonly dataFormat?: 'NHWC' | 'NCHW';
}

/** The inputs of one output along an axis, with their weights, as the operator's documentation says. */
function onnxTaps(place: number, size: number, out: number, r: OnnxResize, scale?: number): [number, number][] {
  // Uses one quotient of whole numbers, so that no rounding mistakes a pixel for its neighbour.
  const [from, to] = scale === undefined ? [size, out] : [1, scale];
  const halfPixel = ((2 * place + 1) * from - to) / (2 * to);
  const original = {
    asymmetric: (place * from) / to,
    half_pixel: halfPixel,
    pytorch_half_pixel: out > 1 ? halfPixel : 0,
    align_corners: out === 1 ? 0 : (place * (size - 1)) / (out - 1),
  }[r.mode];
  const inside = (i: number): number => clamp(i, 0, size - 1);
  if (r.kind === 'nearest') {
    const rounded = {
      round_prefer_floor: Math.ceil(original - 0.5),
      round_prefer_ceil: Math.floor(original + 0.5),
      floor: Math.floor(original),
      ceil: Math.ceil(original),
    }[r.nearest ?? 'round_prefer_floor'];
    return [[inside(rounded), 1]];
  }
  const near = Math.floor(original);
  const t = original - near;
  if (r.kind === 'linear') return [[inside(near), 1 - t], [inside(near + 1), t]]; // prettier-ignore
  const a = r.coefficient ?? -0.75;
  const curve = (d: number): number =>
    d <= 1 ? (a + 2) * d ** 3 - (a + 3) * d ** 2 + 1 : a * d ** 3 - 5 * a * d ** 2 + 8 * a * d - 4 * a;
  return [-1, 0, 1, 2].map((i) => [inside(near + i), curve(Math.abs(t - i))]);
}

/** Handles each axis by itself. */
export function onnxResizeReference(x: NdArray, [height, width]: Pair, r: OnnxResize): NdArray {
  const first = r.dataFormat === 'NCHW' ? 2 : 1;
  const [inHeight, inWidth] = x.shape.slice(first);
  return arrayOf(x.shape.with(first, height).with(first + 1, width), (place) => {
    let sum = 0;
    for (const [row, down] of onnxTaps(place[first], inHeight, height, r, r.scales?.[0])) {
      for (const [column, across] of onnxTaps(place[first + 1], inWidth, width, r, r.scales?.[1])) {
        const value = at(x, place.with(first, row).with(first + 1, column));
        if (down !== 0 && across !== 0) sum += down * across * value;
      }
    }
    return sum;
  });
}

/** Repeats matrices so that there is one for each place of the batch. */
export function matricesFor(batch: readonly number[], x: NdArray): NdArray {
  return broadcastReference(x, [...batch, ...x.shape.slice(-2)]);
}

/** Transposes each matrix. */
export function lastTwoSwapped(x: NdArray): NdArray {
  const rank = x.shape.length;
  return transposeReference(x, [...x.shape.keys()].with(rank - 2, rank - 1).with(rank - 1, rank - 2));
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

export function logSoftmaxReference(x: NdArray, axis: number): NdArray {
  return arrayOf(x.shape, (place) => {
    const values = Array.from({ length: x.shape[axis] }, (_, i) => at(x, place.with(axis, i)));
    const largest = Math.max(...values);
    return at(x, place) - largest - Math.log(values.reduce((sum, v) => sum + Math.exp(v - largest), 0));
  });
}

/** erf by a series with only positive terms, so that none cancels another. */
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
  softsign: (x) => x / (Math.abs(x) + 1),
  mish: (x) => x * Math.tanh(softplus(x)),
  clip: (x) => x,
};

/** The functions of one number, by their public names. */
export const unaryReferences: Readonly<Record<string, (x: number) => number>> = {
  abs: Math.abs,
  ceil: Math.ceil,
  exp: Math.exp,
  floor: Math.floor,
  log: Math.log,
  negate: (x) => -x,
  reciprocal: (x) => 1 / x,
  // Of two numbers at the same distance, it takes the even one.
  round: (x) => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x)),
  rsqrt: (x) => 1 / Math.sqrt(x),
  sign: Math.sign,
  sqrt: Math.sqrt,
  square: (x) => x * x,
};

/** Further functions of one number, by their public names. */
export const functionReferences: Readonly<Record<string, (x: number) => number>> = {
  acos: Math.acos,
  asin: Math.asin,
  atan: Math.atan,
  cos: Math.cos,
  cosh: Math.cosh,
  erf,
  expm1: Math.expm1,
  isNan: (x) => Number(Number.isNaN(x)),
  log1p: Math.log1p,
  logicalNot: (x) => Number(x === 0),
  selu: (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x)),
  sin: Math.sin,
  sinh: Math.sinh,
  tan: Math.tan,
};

/** The operators, by their public names. */
export const binaryReferences: Readonly<Record<string, (x: number, y: number) => number>> = {
  add: (x, y) => x + y,
  subtract: (x, y) => x - y,
  multiply: (x, y) => x * y,
  divide: (x, y) => x / y,
  minimum: Math.min,
  maximum: Math.max,
  squaredDifference: (x, y) => (x - y) ** 2,
  power: Math.pow,
};

/** Further operators, by their public names. */
export const operatorReferences: Readonly<Record<string, (x: number, y: number) => number>> = {
  atan2: Math.atan2,
  divNoNan: (x, y) => (y === 0 ? 0 : x / y),
  equal: (x, y) => Number(x === y),
  floorDiv: (x, y) => Math.floor(x / y),
  greater: (x, y) => Number(x > y),
  greaterEqual: (x, y) => Number(x >= y),
  less: (x, y) => Number(x < y),
  lessEqual: (x, y) => Number(x <= y),
  logicalAnd: (x, y) => Number(x !== 0 && y !== 0),
  logicalOr: (x, y) => Number(x !== 0 || y !== 0),
  logicalXor: (x, y) => Number((x !== 0) !== (y !== 0)),
  // JavaScript's remainder is exact, and has the sign of x.
  mod: (x, y) => (x % y !== 0 && x % y < 0 !== y < 0 ? (x % y) + y : x % y),
  notEqual: (x, y) => Number(x !== y),
};

export function whereReference(condition: NdArray, a: NdArray, b: NdArray): NdArray {
  const taken = binaryReference(condition, a, (c, v) => (c !== 0 ? v : 0));
  const other = binaryReference(condition, b, (c, v) => (c !== 0 ? 0 : v));
  return binaryReference(taken, other, (x, y) => x + y);
}

/** gelu's approximation by tanh. */
export function geluTanhReference(x: number): number {
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
}

/** Channels last. */
export function localResponseReference(
  x: NdArray,
  r: { readonly radius: number; readonly bias: number; readonly alpha: number; readonly beta: number },
): NdArray {
  const axis = x.shape.length - 1;
  return arrayOf(x.shape, (place) => {
    let sum = 0;
    for (let i = place[axis] - r.radius; i <= place[axis] + r.radius; i++) {
      if (i >= 0 && i < x.shape[axis]) sum += at(x, place.with(axis, i)) ** 2;
    }
    return at(x, place) / (r.bias + r.alpha * sum) ** r.beta;
  });
}

/** The values to multiply and add, which may lack axes of x. */
export interface NormScales {
  readonly sizes: readonly number[];
  readonly scale?: NdArray;
  readonly offset?: NdArray;
}

/** Each element minus the mean of its row, over the root of the row's variance plus epsilon. A row spans all the given axes. */
export function normReference(
  x: NdArray,
  axes: readonly number[],
  epsilon: number,
  { sizes, scale, offset }: NormScales = { sizes: [] },
): NdArray {
  const average = (of: NdArray): NdArray => {
    const sums = sumReference(of, axes);
    const terms = of.values.length / sums.values.length;
    return { shape: sums.shape, values: sums.values.map((v) => v / terms) };
  };
  const difference = binaryReference(x, average(x), (v, mean_) => v - mean_);
  const variance = average({ shape: x.shape, values: difference.values.map((v) => v * v) });
  const y = binaryReference(difference, variance, (v, of) => v / Math.sqrt(of + epsilon));
  return arrayOf(x.shape, (place) => {
    const own = sizes.map((axis) => place[axis]);
    return at(y, place) * (scale ? at(scale, own) : 1) + (offset ? at(offset, own) : 0);
  });
}
