/**
 * The ops that run on the CPU: on shapes and constants before the GPU's part of a model, and on small results after it.
 *
 * @module
 * @see https://www.tensorflow.org/api_docs/python/tf/raw_ops
 */
import { check, describe, fail, sizeOf } from '../conv/check';
import { stridesOf } from '../kernels/axes';
import {
  apply,
  broadcastShape,
  combine,
  common,
  floorDiv,
  floorMod,
  roundToEven,
  sources,
  type Scalar,
} from './host-arithmetic';
import {
  axisIn,
  checkParts,
  concatHost,
  gather,
  gatherNd,
  MAX_PARTS,
  reshapeHost,
  sliceHost,
  splitHost,
  walk,
} from './host-layout';
import { argExtreme, reduceHost, softmaxHost, topK } from './host-reduce';
import { allocateHost, hostValue, integers, listOf, type HostDType, type HostValue } from './host-value';
import { spend } from './host-work';
import { stridedBox } from './strided-slice';
import type { GraphNode } from './topology';

/** Computes a node's outputs. Errors say what is wrong; the caller names the node. */
export type HostOp = (inputs: readonly HostValue[], node: GraphNode) => HostValue | readonly HostValue[];

const operator =
  (fn: Scalar, ints: Scalar = fn): HostOp =>
  ([a, b]) => {
    const dtype = common(a, b);
    return combine(a, b, dtype, dtype === 'int32' ? ints : fn);
  };
const compare =
  (fn: (a: number, b: number) => boolean): HostOp =>
  ([a, b]) =>
    combine(a, b, 'bool', (v, w) => Number(fn(v, w)));
const unary =
  (fn: (v: number) => number): HostOp =>
  ([x]) =>
    apply(x, x.dtype, fn);
const pass: HostOp = ([x]) => x;

const add: HostOp = operator((a, b) => a + b);
const divide: HostOp = operator((a, b) => a / b, floorDiv);

const reduction =
  (fn: Scalar, start: number, mean = false): HostOp =>
  ([x, axes], { attributes }) =>
    reduceHost(x, listOf(axes), attributes.flag('keep_dims', false), fn, start, mean);

const OPS: Readonly<Record<string, HostOp>> = {
  Add: add,
  AddV2: add,
  AddN: (terms, node) => terms.reduce((sum, x) => add([sum, x], node) as HostValue),
  Sub: operator((a, b) => a - b),
  Mul: operator((a, b) => a * b, Math.imul),
  RealDiv: divide,
  Div: divide,
  DivNoNan: operator((a, b) => (b === 0 ? 0 : a / b)),
  FloorDiv: operator(floorDiv),
  FloorMod: operator(floorMod),
  Mod: operator((a, b) => a % b),
  Minimum: operator(Math.min),
  Maximum: operator(Math.max),
  SquaredDifference: operator((a, b) => (a - b) * (a - b)),
  Pow: operator((a, b) => a ** b),
  Equal: compare((a, b) => a === b),
  NotEqual: compare((a, b) => a !== b),
  Less: compare((a, b) => a < b),
  LessEqual: compare((a, b) => a <= b),
  Greater: compare((a, b) => a > b),
  GreaterEqual: compare((a, b) => a >= b),
  LogicalAnd: compare((a, b) => a !== 0 && b !== 0),
  LogicalOr: compare((a, b) => a !== 0 || b !== 0),
  LogicalNot: ([x]) => apply(x, 'bool', (v) => Number(v === 0)),
  Neg: unary((v) => -v),
  Abs: unary(Math.abs),
  Square: unary((v) => v * v),
  Sqrt: unary(Math.sqrt),
  Rsqrt: unary((v) => 1 / Math.sqrt(v)),
  Reciprocal: unary((v) => 1 / v),
  Exp: unary(Math.exp),
  Log: unary(Math.log),
  Sin: unary(Math.sin),
  Cos: unary(Math.cos),
  Floor: unary(Math.floor),
  Ceil: unary(Math.ceil),
  Round: unary(roundToEven),
  Relu: unary((v) => Math.max(v, 0)),
  Relu6: unary((v) => Math.min(Math.max(v, 0), 6)),
  Sigmoid: unary((v) => 1 / (1 + Math.exp(-v))),
  Tanh: unary(Math.tanh),
  ClipByValue: ([x, low, high]) => {
    const [least, most] = [numberOf(low), numberOf(high)];
    return apply(x, x.dtype, (v) => Math.min(Math.max(v, least), most));
  },
  Softmax: ([x]) => softmaxHost(x),
  Sum: reduction((a, b) => a + b, 0),
  Mean: reduction((a, b) => a + b, 0, true),
  Prod: reduction((a, b) => a * b, 1),
  Max: reduction(Math.max, -Infinity),
  Min: reduction(Math.min, Infinity),
  All: reduction((a, b) => Number(a !== 0 && b !== 0), 1),
  Any: reduction((a, b) => Number(a !== 0 || b !== 0), 0),
  ArgMax: ([x, axis]) => argExtreme(x, numberOf(axis), (v, best) => v > best),
  ArgMin: ([x, axis]) => argExtreme(x, numberOf(axis), (v, best) => v < best),
  TopKV2: ([x, k]) => topK(x, numberOf(k)),

  Identity: pass,
  StopGradient: pass,
  Cast: ([x], { attributes }) => cast(x, attributes.dtype('DstT') ?? fail('it has no DstT, the type to cast to')),
  Shape: ([x]) => integers(x.shape),
  Size: ([x]) => hostValue('int32', [], [sizeOf(x.shape)]),
  Rank: ([x]) => hostValue('int32', [], [x.shape.length]),
  ZerosLike: ([x]) => apply(x, x.dtype, () => 0),
  OnesLike: ([x]) => apply(x, x.dtype, () => 1),
  Fill: ([dims, value]) => {
    const shape = listOf(dims);
    return { shape, dtype: value.dtype, values: allocateHost(value.dtype, shape).fill(numberOf(value)) };
  },
  Range: ([start, limit, delta]) => range(start, limit, delta),
  Select: ([condition, x, y]) => select(leading(condition, x), x, y),
  SelectV2: ([condition, x, y]) => select(condition, x, y),

  Reshape: ([x, shape]) => reshapeHost(x, listOf(shape)),
  ExpandDims: ([x, axis]) => reshapeHost(x, x.shape.toSpliced(newAxis(numberOf(axis), x.shape.length), 0, 1)),
  Squeeze: ([x], node) => reshapeHost(x, squeezed(x.shape, node)),
  Transpose: ([x, axes]) => {
    const order = listOf(axes);
    check(
      order.length === x.shape.length && x.shape.every((_, axis) => order.includes(axis)),
      () => `its permutation ${describe(order)} does not name each axis of ${describe(x.shape)} once`,
    );
    const strides = stridesOf(x.shape);
    return walk(x, order.map((axis) => x.shape[axis]), order.map((axis) => strides[axis]), 0); // prettier-ignore
  },
  ConcatV2: (inputs) => concatHost(inputs.slice(0, -1), numberOf(inputs.at(-1)!)),
  Split: ([axis, x], { attributes }) => {
    const at = axisIn(numberOf(axis), x.shape.length);
    const count = attributes.integer('num_split', 1);
    checkParts(count);
    return splitHost(
      x,
      at,
      Array.from({ length: count }, () => x.shape[at] / count),
    );
  },
  SplitV: ([x, sizes, axis]) => splitHost(x, axisIn(numberOf(axis), x.shape.length), listOf(sizes, MAX_PARTS)),
  Slice: ([x, begin, size]) => {
    const [starts, counts] = [listOf(begin), listOf(size)];
    return sliceHost(
      x,
      x.shape.map((n, i) => {
        const [first, count] = [starts[i], counts[i]];
        return { begin: first, count: count === -1 ? n - first : count, step: 1 };
      }),
    );
  },
  StridedSlice: ([x, begin, end, steps], node) => {
    const box = stridedBox(node, x.shape, listOf(begin), listOf(end), listOf(steps));
    return reshapeHost(sliceHost(x, box.strides), box.shape);
  },
  Pack: (inputs, { attributes }) => {
    const axis = newAxis(attributes.integer('axis', 0), inputs[0].shape.length);
    return concatHost(
      inputs.map((x) => reshapeHost(x, x.shape.toSpliced(axis, 0, 1))),
      axis,
    );
  },
  Unpack: ([x], { attributes }) => {
    const axis = axisIn(attributes.integer('axis', 0), x.shape.length);
    checkParts(x.shape[axis]);
    const ones = Array.from({ length: x.shape[axis] }, () => 1);
    return splitHost(x, axis, ones).map((part) => reshapeHost(part, x.shape.toSpliced(axis, 1)));
  },
  Tile: ([x, multiples]) => {
    const times = listOf(multiples);
    return x.shape.reduce((tiled, _, axis) => {
      const n = times[axis];
      check(n >= 1 && n <= 2 ** 16, () => `it repeats axis ${axis} ${n} times; at least 1 and at most ${2 ** 16}`);
      return concatHost(Array.from({ length: n }, () => tiled), axis); // prettier-ignore
    }, x);
  },
  GatherV2: ([x, indices, axis], { attributes }) =>
    gather(x, indices, numberOf(axis), attributes.integer('batch_dims', 0)),
  GatherNd: ([x, indices]) => gatherNd(x, indices),
};

/** By op. A Map: an op's name comes from a file. */
export const HOST_OPS: ReadonlyMap<string, HostOp> = new Map(Object.entries(OPS));

/** The single number that an input is. */
function numberOf(x: HostValue): number {
  const count = sizeOf(x.shape);
  check(count === 1, () => `an input has ${count} elements but must be a single number`);
  return x.values[0];
}

/** Where a new axis goes, of a tensor of this rank. */
export function newAxis(axis: number, rank: number): number {
  return axisIn(axis, rank + 1);
}

/** A shape without axes of size 1: without those that the node names, or without all. */
export function squeezed(shape: readonly number[], { attributes }: GraphNode): readonly number[] {
  const named = attributes.integers('squeeze_dims') ?? attributes.integers('axis') ?? [];
  const axes = new Set(named.map((axis) => axisIn(axis, shape.length)));
  for (const axis of axes) {
    check(
      shape[axis] === 1,
      () => `it squeezes axis ${axis} of ${describe(shape)}, whose size is ${shape[axis]}, not 1`,
    );
  }
  return shape.filter((n, axis) => (axes.size === 0 ? n !== 1 : !axes.has(axis)));
}

/** A cast to whole numbers drops what is behind the point; to a truth value all but 0 is true. */
function cast(x: HostValue, dtype: HostDType): HostValue {
  const truth = dtype === 'bool';
  return apply(x, dtype, (v) => (truth ? Number(v !== 0) : dtype === 'int32' ? Math.trunc(v) : v));
}

function range(first: HostValue, limit: HostValue, delta: HostValue): HostValue {
  const [start, end, step] = [first, limit, delta].map(numberOf);
  check(step !== 0, () => `its step is 0`);
  const count = Math.max(0, Math.ceil((end - start) / step));
  const values = allocateHost(first.dtype, [count]);
  for (let i = 0; i < count; i++) values[i] = start + i * step;
  return { shape: [count], dtype: first.dtype, values };
}

/** The older Select takes a list of conditions for the first axis. */
function leading(condition: HostValue, x: HostValue): HostValue {
  return condition.shape.length === 1 && x.shape.length > 1
    ? reshapeHost(condition, [...condition.shape, ...x.shape.slice(1).map(() => 1)])
    : condition;
}

function select(condition: HostValue, x: HostValue, y: HostValue): HostValue {
  const shape = broadcastShape(condition.shape, broadcastShape(x.shape, y.shape));
  const values = allocateHost(x.dtype, shape);
  spend(4 * values.length);
  const [test, left, right] = [condition, x, y].map((part) => {
    const at = sources(part.shape, shape);
    const from = part.values;
    return (i: number) => from[at(i)];
  });
  for (let i = 0; i < values.length; i++) values[i] = test(i) !== 0 ? left(i) : right(i);
  return { shape, dtype: x.dtype, values };
}
