/**
 * Elements by their indices. What depends on data runs on the CPU, after a read.
 *
 * @module
 * @see https://onnx.ai/onnx/operators/
 */
import { check, describe, fail, show } from '../../conv/check';
import { stridesOf } from '../../kernels/axes';
import { greaterEqual, less, logicalAnd } from '../../ops/compare';
import { cumsum } from '../../ops/cumsum';
import { mod } from '../../ops/further-binary';
import { gather as gatherOn, gatherND } from '../../ops/gather';
import { oneHot as oneHotOn } from '../../ops/one-hot';
import { where } from '../../ops/where';
import type { Tensor } from '../../tensor/tensor';
import type { GpuCall, GpuOp, HostOp, OpDefinition } from '../dialect';
import { mapped } from '../gpu-ordered';
import type { InOrder } from '../gpu-value';
import { apply } from '../host-arithmetic';
import { nonMaxSuppressionByClass } from '../host-detect';
import { axisIn, gather, gatherNd } from '../host-layout';
import { topK } from '../host-reduce';
import { cumsumHost, oneHotHost, triangleHost } from '../host-scan';
import { scatterElements, scatterNd, type Scattering } from '../host-scatter';
import { nonZeroHost, uniqueHost } from '../host-search';
import { newAxis, numberOf } from '../host-shapes';
import { allocateHost, type HostDType, type HostValue } from '../host-value';
import { spend } from '../host-work';
import type { GraphNode } from '../node';
import { orderWithout } from '../order';

const isIndex = (): HostDType => 'int32';

/** Negative indices count from the end. */
function counted(indices: HostValue, size: number): HostValue {
  return apply(indices, 'int32', (index) => (index < 0 ? index + size : index));
}

const gatherHost: HostOp = ([x, indices], { attributes }) => {
  const axis = axisIn(attributes.integer('axis', 0), x.shape.length);
  return gather(x, counted(indices, x.shape[axis]), axis, 0);
};

/**
 * With one index, or a list, the axes may lie in any order; with more axes they lie as in the shape. Known indices are
 * numbers of the call.
 */
function gathered(call: GpuCall): Tensor | InOrder {
  const { order } = call.stored(0);
  const axis = axisIn(call.node.attributes.integer('axis', 0), order.length);
  const picks = call.shape(1);
  if (picks.length > 1) return gatherOn(call.tensor(0), call.tensor(1), axis);
  const at = order.indexOf(axis);
  const number = call.scalar(1);
  const indices = picks.length === 0 && number !== undefined ? number : call.tensor(1);
  const { tensor } = mapped(call, 0, (x) => gatherOn(x, indices, at));
  return { tensor, order: picks.length === 0 ? orderWithout(order, new Set([axis])) : order };
}

const cumulated: GpuOp = {
  host: [1],
  run(call) {
    const { attributes } = call.node;
    const axis = call.order(0).indexOf(axisIn(call.number(1), call.shape(0).length));
    const [exclusive, reverse] = ['exclusive', 'reverse'].map((name) => attributes.flag(name, false));
    return mapped(call, 0, (x) => cumsum(x, axis, { exclusive, reverse }));
  },
};

/** A new axis, which lies behind the others. Negative indices count from the end. */
const oneHotGpu: GpuOp = {
  host: [1, 2],
  run(call) {
    const { values } = call.host(2);
    check(values.length === 2, () => `its values are ${describe(call.shape(2))}, not [2]`);
    const depth = Math.trunc(call.number(1));
    const x = call.tensor(0);
    const places = call.scratch(mod(x, depth));
    // An index beyond the row must stay beyond it.
    const inside = call.scratch(logicalAnd(call.scratch(greaterEqual(x, -depth)), call.scratch(less(x, depth))));
    const indices = call.scratch(where(inside, places, depth));
    const y = oneHotOn(indices, depth, { onValue: values[1], offValue: values[0] });
    const axis = newAxis(call.node.attributes.integer('axis', -1), x.shape.length);
    const rest = Array.from({ length: x.shape.length }, (_, i) => (i < axis ? i : i + 1));
    return { tensor: y, order: [...rest, axis] };
  },
};

/** The element at the same place, except along one axis. */
const gatherElements: HostOp = ([x, indices], { attributes }) => {
  const { shape } = indices;
  const axis = axisIn(attributes.integer('axis', 0), x.shape.length);
  check(
    shape.length === x.shape.length && shape.every((n, i) => i === axis || n <= x.shape[i]),
    () => `its indices ${describe(shape)} do not fit its input ${describe(x.shape)} beside axis ${axis}`,
  );
  const values = allocateHost(x.dtype, shape);
  const [from, places] = [x.values, counted(indices, x.shape[axis]).values];
  const [outer, own] = [stridesOf(shape), stridesOf(x.shape)];
  spend(values.length * (shape.length + 1));
  for (let i = 0; i < values.length; i++) {
    const index = places[i];
    check(index >= 0 && index < x.shape[axis], () => `it reads index ${index} of an axis of size ${x.shape[axis]}`);
    let at = index * own[axis];
    for (let j = 0; j < shape.length; j++) if (j !== axis) at += (Math.floor(i / outer[j]) % shape[j]) * own[j];
    values[i] = from[at];
  }
  return { shape, dtype: x.dtype, values };
};

/** The axes that indices name count from the end where they are negative. */
const gatherNdHost: HostOp = ([x, indices], { attributes }) => {
  const batch = attributes.integer('batch_dims', 0);
  check(batch === 0, () => `its batch_dims is ${batch}; what can be computed is 0`);
  const depth = indices.shape.at(-1) ?? 0;
  const values = allocateHost('int32', indices.shape);
  const from = indices.values;
  for (let i = 0; i < values.length; i++) values[i] = from[i] < 0 ? from[i] + (x.shape[i % depth] ?? 0) : from[i];
  return gatherNd(x, { ...indices, dtype: 'int32', values });
};

const topKHost: HostOp = ([x, k], { attributes }) => {
  const count = k === undefined ? attributes.integer('k', -1) : numberOf(k);
  return topK(x, count, attributes.integer('axis', -1), !attributes.flag('largest', true));
};

const nonMaxSuppression: HostOp = ([boxes, scores, most, iou, score], { attributes }) =>
  nonMaxSuppressionByClass(
    boxes,
    scores,
    {
      most: most === undefined ? 0 : numberOf(most),
      iou: iou === undefined ? 0 : numberOf(iou),
      ...(score && { score: numberOf(score) }),
    },
    attributes.flag('center_point_box', false),
  );

const oneHot: HostOp = ([indices, depth, values], { attributes }) => {
  check(values.shape.length === 1 && values.shape[0] === 2, () => `its values are ${describe(values.shape)}, not [2]`);
  const [off, on] = values.values;
  const axis = attributes.integer('axis', -1);
  return oneHotHost(indices, Math.trunc(numberOf(depth)), on, off, { axis, dtype: values.dtype, negative: 'wrap' });
};

const REDUCTIONS: readonly Scattering[] = ['none', 'add', 'mul', 'max', 'min'];

function scattering({ attributes }: GraphNode): Scattering {
  const name = attributes.text('reduction', 'none');
  return REDUCTIONS.find((one) => one === name) ?? fail(`its reduction is ${show(name)}; it is one of ${show(REDUCTIONS)}`); // prettier-ignore
}

const scatterElementsHost: HostOp = ([x, indices, updates], node) => {
  const axis = node.attributes.integer('axis', 0);
  return scatterElements(x, indices, updates, axis, scattering(node));
};

const uniqueOp: HostOp = ([x], { attributes }) => uniqueHost(x, attributes.flag('sorted', true));

export const INDEX_OPS: Readonly<Record<string, OpDefinition>> = {
  Gather: { inputs: [2, 2], gpu: { run: gathered }, host: gatherHost },
  GatherElements: { inputs: [2, 2], host: gatherElements },
  GatherND: {
    inputs: [2, 2],
    gpu: {
      refuses: ({ attributes }) =>
        attributes.integer('batch_dims', 0) === 0 ? undefined : 'its batch_dims is not 0, which cannot be computed',
      run: ({ tensor }) => gatherND(tensor(0), tensor(1)),
    },
    host: gatherNdHost,
  },
  TopK: {
    inputs: [1, 2],
    outputs: () => 2,
    host: topKHost,
    dtype: (_, [first = 'float32'], output) => (output === 0 ? first : 'int32'),
  },
  NonMaxSuppression: { inputs: [2, 5], host: nonMaxSuppression, dtype: isIndex },
  NonZero: { inputs: [1, 1], host: ([x]) => nonZeroHost(x), dtype: isIndex },
  CumSum: {
    inputs: [2, 2],
    gpu: cumulated,
    host: ([x, axis], { attributes }) =>
      cumsumHost(x, numberOf(axis), {
        exclusive: attributes.flag('exclusive', false),
        reverse: attributes.flag('reverse', false),
      }),
  },
  OneHot: { inputs: [3, 3], gpu: oneHotGpu, host: oneHot, dtype: (_, [, , values = 'float32']) => values },
  ScatterND: {
    inputs: [3, 3],
    host: ([x, indices, updates], node) => scatterNd(x, indices, updates, scattering(node)),
  },
  ScatterElements: { inputs: [3, 3], host: scatterElementsHost },
  Scatter: { inputs: [3, 3], host: scatterElementsHost },
  Trilu: {
    inputs: [1, 2],
    host: ([x, k], { attributes }) =>
      triangleHost(x, attributes.flag('upper', true), k === undefined ? 0 : numberOf(k)),
  },
  Unique: {
    inputs: [1, 1],
    outputs: () => 4,
    host: uniqueOp,
    dtype: (_, [first = 'float32'], output) => (output === 0 ? first : 'int32'),
  },
};
