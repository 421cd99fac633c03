/**
 * TensorFlow's ops on the CPU: on shapes and constants before the GPU's part of a model, and on results that are read back.
 *
 * @module
 * @see https://www.tensorflow.org/api_docs/python/tf/raw_ops
 */
import { check, describe, fail, sizeOf } from '../../conv/check';
import { stridesOf } from '../../kernels/axes';
import type { HostOp } from '../dialect';
import { apply, broadcastShape, floorDiv, floorMod, roundToEven, sources, type Scalar } from '../host-arithmetic';
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
} from '../host-layout';
import { hostCompare, hostMap, hostOperator, hostPass } from '../host-maps';
import { argExtreme, reduceHost, softmaxHost } from '../host-reduce';
import { elu, erf, finite, infinite, isNan, selu, softplus } from '../host-scalars';
import { cumsumHost, oneHotHost, reverseHost, softmaxAlong } from '../host-scan';
import { cast, fill, leading, newAxis, numberOf, range, select, squeezed } from '../host-shapes';
import { allocateHost, hostValue, integers, listOf, type HostValue } from '../host-value';
import { spend } from '../host-work';
import type { GraphNode } from '../node';
import { SEARCH_OPS } from './host-search';
import { stridedBox } from './strided-slice';

const add: HostOp = hostOperator((a, b) => a + b);
const divide: HostOp = hostOperator((a, b) => a / b, floorDiv);

const hostQuestion =
  (fn: (v: number) => number): HostOp =>
  ([x]) =>
    apply(x, 'bool', fn);

const reduction =
  (fn: Scalar, start: number, mean = false): HostOp =>
  ([x, axes], { attributes }) =>
    reduceHost(x, listOf(axes), attributes.flag('keep_dims', false), fn, start, mean);

const SUM: HostOp = reduction((a, b) => a + b, 0);

const OPS: Readonly<Record<string, HostOp>> = {
  Add: add,
  AddV2: add,
  AddN: (terms, node) => terms.reduce((sum, x) => add([sum, x], node) as HostValue),
  Sub: hostOperator((a, b) => a - b),
  Mul: hostOperator((a, b) => a * b, Math.imul),
  RealDiv: divide,
  Div: divide,
  DivNoNan: hostOperator((a, b) => (b === 0 ? 0 : a / b)),
  FloorDiv: hostOperator(floorDiv),
  FloorMod: hostOperator(floorMod),
  Mod: hostOperator((a, b) => a % b),
  Minimum: hostOperator(Math.min),
  Maximum: hostOperator(Math.max),
  SquaredDifference: hostOperator((a, b) => (a - b) * (a - b)),
  Pow: hostOperator((a, b) => a ** b),
  Equal: hostCompare((a, b) => a === b),
  NotEqual: hostCompare((a, b) => a !== b),
  Less: hostCompare((a, b) => a < b),
  LessEqual: hostCompare((a, b) => a <= b),
  Greater: hostCompare((a, b) => a > b),
  GreaterEqual: hostCompare((a, b) => a >= b),
  LogicalAnd: hostCompare((a, b) => a !== 0 && b !== 0),
  LogicalOr: hostCompare((a, b) => a !== 0 || b !== 0),
  LogicalNot: hostQuestion((v) => Number(v === 0)),
  Neg: hostMap((v) => -v),
  Abs: hostMap(Math.abs),
  Square: hostMap((v) => v * v),
  Sqrt: hostMap(Math.sqrt),
  Rsqrt: hostMap((v) => 1 / Math.sqrt(v)),
  Reciprocal: hostMap((v) => 1 / v),
  Exp: hostMap(Math.exp),
  Expm1: hostMap(Math.expm1),
  Log: hostMap(Math.log),
  Log1p: hostMap(Math.log1p),
  Sign: hostMap(Math.sign),
  Sin: hostMap(Math.sin),
  Cos: hostMap(Math.cos),
  Tan: hostMap(Math.tan),
  Asin: hostMap(Math.asin),
  Acos: hostMap(Math.acos),
  Atan: hostMap(Math.atan),
  Atan2: hostOperator(Math.atan2),
  Sinh: hostMap(Math.sinh),
  Cosh: hostMap(Math.cosh),
  Asinh: hostMap(Math.asinh),
  Acosh: hostMap(Math.acosh),
  Atanh: hostMap(Math.atanh),
  Erf: hostMap(erf),
  IsNan: hostQuestion(isNan),
  IsFinite: hostQuestion(finite),
  IsInf: hostQuestion(infinite),
  Floor: hostMap(Math.floor),
  Ceil: hostMap(Math.ceil),
  Round: hostMap(roundToEven),
  Relu: hostMap((v) => Math.max(v, 0)),
  Relu6: hostMap((v) => Math.min(Math.max(v, 0), 6)),
  Elu: hostMap((v) => elu(v)),
  Selu: hostMap((v) => selu(v)),
  Softplus: hostMap(softplus),
  LeakyRelu: ([x], { attributes }) => {
    const alpha = attributes.number('alpha', 0.2);
    return apply(x, x.dtype, (v) => (v < 0 ? alpha * v : v));
  },
  Sigmoid: hostMap((v) => 1 / (1 + Math.exp(-v))),
  Tanh: hostMap(Math.tanh),
  ClipByValue: ([x, low, high]) => {
    const [least, most] = [numberOf(low), numberOf(high)];
    return apply(x, x.dtype, (v) => Math.min(Math.max(v, least), most));
  },
  Softmax: ([x]) => softmaxHost(x),
  LogSoftmax: ([x]) => softmaxAlong(x, -1, true),
  BiasAdd: add,
  Sum: SUM,
  Mean: reduction((a, b) => a + b, 0, true),
  Prod: reduction((a, b) => a * b, 1),
  Max: reduction(Math.max, -Infinity),
  Min: reduction(Math.min, Infinity),
  All: reduction((a, b) => Number(a !== 0 && b !== 0), 1),
  Any: reduction((a, b) => Number(a !== 0 || b !== 0), 0),
  EuclideanNorm: (inputs, node) => {
    const [x, axes] = inputs;
    const sums = SUM([apply(x, x.dtype, (v) => v * v), axes], node) as HostValue;
    return apply(sums, sums.dtype, Math.sqrt);
  },
  ArgMax: ([x, axis]) => argExtreme(x, numberOf(axis), (v, best) => v > best),
  ArgMin: ([x, axis]) => argExtreme(x, numberOf(axis), (v, best) => v < best),
  Cumsum: ([x, axis], { attributes }) =>
    cumsumHost(x, numberOf(axis), {
      exclusive: attributes.flag('exclusive', false),
      reverse: attributes.flag('reverse', false),
    }),
  ...SEARCH_OPS,

  Identity: hostPass,
  StopGradient: hostPass,
  Snapshot: hostPass,
  EnsureShape: hostPass,
  FakeQuantWithMinMaxVars: hostPass,
  IdentityN: (inputs) => inputs,
  Cast: ([x], { attributes }) => cast(x, attributes.dtype('DstT') ?? fail('it has no DstT, the type to cast to')),
  Shape: ([x]) => integers(x.shape),
  Size: ([x]) => hostValue('int32', [], [sizeOf(x.shape)]),
  Rank: ([x]) => hostValue('int32', [], [x.shape.length]),
  // No element is looked at: x may be on the GPU.
  ZerosLike: ([{ shape, dtype }]) => ({ shape, dtype, values: allocateHost(dtype, shape) }),
  OnesLike: ([{ shape, dtype }]) => ({ shape, dtype, values: allocateHost(dtype, shape).fill(1) }),
  Fill: ([dims, value]) => fill(dims, value),
  Range: ([start, limit, delta]) => range(start, limit, delta),
  LinSpace: ([first, last, count]) => {
    const [start, end, n] = [first, last, count].map(numberOf);
    const shape = [n];
    const values = allocateHost(first.dtype, shape);
    for (let i = 0; i < n; i++) values[i] = start + (n === 1 ? 0 : ((end - start) * i) / (n - 1));
    return { shape, dtype: first.dtype, values };
  },
  OneHot: ([indices, depth, on, off], { attributes }) =>
    oneHotHost(indices, numberOf(depth), numberOf(on), numberOf(off), {
      axis: attributes.integer('axis', -1),
      dtype: on.dtype,
    }),
  BroadcastTo: ([x, shape]) => {
    const to = listOf(shape);
    check(
      describe(broadcastShape(x.shape, to)) === describe(to),
      () => `its input ${describe(x.shape)} cannot be broadcast to ${describe(to)}`,
    );
    const values = allocateHost(x.dtype, to);
    const [at, from] = [sources(x.shape, to), x.values];
    spend(4 * values.length);
    for (let i = 0; i < values.length; i++) values[i] = from[at(i)];
    return { shape: to, dtype: x.dtype, values };
  },
  BroadcastArgs: ([a, b]) => integers(broadcastShape(listOf(a), listOf(b))),
  ReverseV2: ([x, axes]) => reverseHost(x, listOf(axes)),
  Select: ([condition, x, y]) => select(leading(condition, x), x, y),
  SelectV2: ([condition, x, y]) => select(condition, x, y),

  Reshape: ([x, shape]) => reshapeHost(x, listOf(shape)),
  ExpandDims: ([x, axis]) => reshapeHost(x, x.shape.toSpliced(newAxis(numberOf(axis), x.shape.length), 0, 1)),
  Squeeze: ([x], node) => reshapeHost(x, squeezed(x.shape, squeezedAxes(node))),
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
  Gather: ([x, indices]) => gather(x, indices, 0, 0),
  GatherNd: ([x, indices]) => gatherNd(x, indices),
};

/** By op. A Map: an op's name comes from a file. */
export const HOST_OPS: ReadonlyMap<string, HostOp> = new Map(Object.entries(OPS));

/** The axes that a Squeeze names; none for all that can go. */
export function squeezedAxes({ attributes }: GraphNode): readonly number[] {
  return attributes.integers('squeeze_dims') ?? attributes.integers('axis') ?? [];
}
