/**
 * Sums, means and extremes along axes, and softmax.
 *
 * @module
 * @see https://onnx.ai/onnx/operators/
 */
import { sizeOf } from '../../conv/check';
import { add, subtract } from '../../ops/binary';
import { argMax, argMin, reduceMax, reduceMean, reduceMin, reduceProd, reduceSum } from '../../ops/reduce';
import { reshape } from '../../ops/reshape';
import { logSoftmax, softmax } from '../../ops/softmax';
import { abs, exp, log, sqrt, square } from '../../ops/unary';
import type { Tensor } from '../../tensor/tensor';
import type { GpuCall, GpuOp, HostOp, OpDefinition } from '../dialect';
import { mapped, reduced } from '../gpu-ordered';
import type { Scalar } from '../host-arithmetic';
import { axisIn, reshapeHost } from '../host-layout';
import { argExtreme, reduceHost } from '../host-reduce';
import { softmaxAlong } from '../host-scan';
import { listOf, type HostDType } from '../host-value';
import type { GraphNode } from '../node';
import { inPlace, orderWithout } from '../order';
import { alias } from './ops-math';

type Reduction = typeof reduceSum;

/** What a fold of a reduction is on the CPU, and what it begins with. */
type Fold = readonly [fn: Scalar, start: number, isMean?: boolean];

/**
 * Axes are an attribute of older files and an input of newer ones; without any all are meant, or none.
 *
 * @param given the input, if there is one
 */
function axesOf({ attributes }: GraphNode, rank: number, given: readonly number[] | undefined): readonly number[] {
  const axes = given ?? attributes.integers('axes') ?? [];
  if (axes.length > 0) return axes.map((axis) => axisIn(axis, rank));
  return attributes.flag('noop_with_empty_axes', false) ? [] : inPlace(rank);
}

const keepsDims = ({ attributes }: GraphNode): boolean => attributes.flag('keepdims', true);

function reduction(fn: (call: GpuCall) => Reduction, fold?: Fold): OpDefinition {
  const gpu: GpuOp = {
    host: [1],
    run(call) {
      const axes = axesOf(call.node, call.shape(0).length, call.has(1) ? [...call.host(1).values] : undefined);
      return axes.length === 0 ? alias(call) : reduced(call, axes, keepsDims(call.node), fn(call));
    },
  };
  if (fold === undefined) return { inputs: [1, 2], gpu };
  const [scalar, start, isMean = false] = fold;
  const host: HostOp = ([x, axes], node) => {
    const list = axesOf(node, x.shape.length, axes && listOf(axes));
    return list.length === 0 ? x : reduceHost(x, list, keepsDims(node), scalar, start, isMean);
  };
  return { inputs: [1, 2], gpu, host };
}

/** A reduction of what something else makes of the elements. */
const after =
  (map: (x: Tensor) => Tensor, fn: Reduction) =>
  (call: GpuCall): Reduction =>
  (x, axes, options) =>
    fn(call.scratch(map(x)), axes, options);

/** What something else makes of a reduction. */
const before =
  (map: (x: Tensor) => Tensor, fn: (call: GpuCall) => Reduction) =>
  (call: GpuCall): Reduction =>
  (x, axes, options) =>
    map(call.scratch(fn(call)(x, axes, options)));

/** log(sum(exp(x))), with the largest taken out first, so that nothing overflows. */
const logSumExp =
  (call: GpuCall): Reduction =>
  (x, axes, options) => {
    const top = call.scratch(reduceMax(x, axes, { keepDims: true }));
    const powers = call.scratch(exp(call.scratch(subtract(x, top))));
    const sum = call.scratch(reduceSum(powers, axes, { keepDims: true }));
    const y = add(call.scratch(log(sum)), top);
    if (options?.keepDims === true) return y;
    const gone = new Set(axes as readonly number[]);
    return reshape(call.scratch(y), y.shape.filter((_, axis) => !gone.has(axis))); // prettier-ignore
  };

const isIndex = (): HostDType => 'int32';

/** The place of the first of several equal ones; only the CPU finds the last. */
function argOp(fn: typeof argMax): GpuOp {
  return {
    refuses: ({ attributes }) =>
      attributes.flag('select_last_index', false) ? 'it takes the last of several that are equal' : undefined,
    run(call) {
      const { tensor, order } = call.stored(0);
      const axis = axisIn(call.node.attributes.integer('axis', 0), order.length);
      const at = order.indexOf(axis);
      const y = fn(tensor, at);
      if (!keepsDims(call.node)) return { tensor: y, order: orderWithout(order, new Set([axis])) };
      return { tensor: reshape(call.scratch(y), tensor.shape.with(at, 1)), order };
    },
  };
}

function argHost(better: (v: number, best: number) => boolean): HostOp {
  return ([x], node) => {
    const axis = axisIn(node.attributes.integer('axis', 0), x.shape.length);
    const isLast = node.attributes.flag('select_last_index', false);
    const y = argExtreme(x, axis, (v, best) => better(v, best) || (isLast && v === best));
    return keepsDims(node) ? reshapeHost(y, x.shape.with(axis, 1)) : y;
  };
}

/**
 * Softmax along an axis, or in older files along all axes from it on.
 *
 * @param fn along an axis
 */
function softmaxOp(fn: (x: Tensor, axis: number) => Tensor, isFlat: boolean): GpuOp {
  return {
    run(call) {
      const rank = call.shape(0).length;
      const axis = axisIn(call.node.attributes.integer('axis', isFlat ? 1 : -1), rank);
      if (isFlat && axis < rank - 1) return flattened(call, axis, fn);
      return mapped(call, 0, (x) => fn(x, call.order(0).indexOf(axis)));
    },
  };
}

function flattened(call: GpuCall, axis: number, fn: (x: Tensor, axis: number) => Tensor): Tensor {
  const x = call.tensor(0);
  const matrix = call.scratch(reshape(x, [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis))]));
  return reshape(call.scratch(fn(matrix, 1)), x.shape);
}

function softmaxHost(isLog: boolean): HostOp {
  return ([x], { attributes }) => softmaxAlong(x, axisIn(attributes.integer('axis', -1), x.shape.length), isLog);
}

/** @param opset before 13 softmax is of all axes from one on */
export function reduceOps(opset: number): Readonly<Record<string, OpDefinition>> {
  const isOld = opset < 13;
  return {
    ReduceSum: reduction(() => reduceSum, [(a, b) => a + b, 0]),
    ReduceMean: reduction(() => reduceMean, [(a, b) => a + b, 0, true]),
    ReduceMax: reduction(() => reduceMax, [Math.max, -Infinity]),
    ReduceMin: reduction(() => reduceMin, [Math.min, Infinity]),
    ReduceProd: reduction(() => reduceProd, [(a, b) => a * b, 1]),
    ReduceL1: reduction(after(abs, reduceSum)),
    ReduceSumSquare: reduction(after(square, reduceSum)),
    ReduceL2: reduction(before(sqrt, after(square, reduceSum))),
    ReduceLogSum: reduction(before(log, () => reduceSum)),
    ReduceLogSumExp: reduction(logSumExp),
    ArgMax: { inputs: [1, 1], gpu: argOp(argMax), host: argHost((v, best) => v > best), dtype: isIndex },
    ArgMin: { inputs: [1, 1], gpu: argOp(argMin), host: argHost((v, best) => v < best), dtype: isIndex },
    Softmax: { inputs: [1, 1], gpu: softmaxOp(softmax, isOld), ...(isOld ? {} : { host: softmaxHost(false) }) },
    LogSoftmax: { inputs: [1, 1], gpu: softmaxOp(logSoftmax, isOld), ...(isOld ? {} : { host: softmaxHost(true) }) },
  };
}
