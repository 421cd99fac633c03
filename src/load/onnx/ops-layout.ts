/**
 * The same elements elsewhere: shapes, parts, borders, orders.
 *
 * @module
 * @see https://onnx.ai/onnx/operators/
 */
import { check, describe, fail, show, sizeOf } from '../../conv/check';
import { stridesOf } from '../../kernels/axes';
import { depthToSpace, spaceToDepth } from '../../ops/depth-to-space';
import { pad } from '../../ops/pad';
import { slice, split } from '../../ops/slice';
import { stridedSlice } from '../../ops/strided-slice';
import { broadcastTo, tile } from '../../ops/tile';
import type { GpuCall, HostOp, OpDefinition } from '../dialect';
import { concatenated, mapped, relabelled } from '../gpu-ordered';
import type { InOrder } from '../gpu-value';
import { broadcastShape, sources } from '../host-arithmetic';
import { axisIn, checkParts, concatHost, reshapeHost, sliceHost, splitHost, walk } from '../host-layout';
import { newAxis, numberOf, squeezed } from '../host-shapes';
import { allocateHost, listOf, type HostValue } from '../host-value';
import { spend } from '../host-work';
import type { GraphNode } from '../node';
import { channelsLast, ordered } from '../order';
import { OUTPUTS } from './attributes';
import { alias } from './ops-math';
import { reshapedTo } from './reshape';

/** How a node says what it does with its axes: of the first input's shape, and of the other inputs, which are on the CPU. */
type Says<T> = (shape: readonly number[], input: (i: number) => readonly number[] | undefined, node: GraphNode) => T;

/** What a call says. */
function said<T>(call: GpuCall, says: Says<T>): T {
  return says(call.shape(0), (i) => (call.has(i) ? [...call.host(i).values] : undefined), call.node);
}

/** What a node on the CPU says. */
function saidHost<T>(inputs: readonly (HostValue | undefined)[], node: GraphNode, says: Says<T>): T {
  const list = (i: number): readonly number[] | undefined => {
    const input = inputs[i];
    return input === undefined ? undefined : listOf(input, 4096);
  };
  return says(inputs[0]!.shape, list, node);
}

/** An op that gives its elements another shape. */
function reshaping(inputs: OpDefinition['inputs'], says: Says<readonly number[]>): OpDefinition {
  return {
    inputs,
    gpu: { host: [1], run: (call) => reshapedTo(call, said(call, says)) },
    host: (values, node) => reshapeHost(values[0], saidHost(values, node, says)),
  };
}

/** 0 is the size that was there, if `allowzero` does not say otherwise; -1 what is left. */
const newShape: Says<readonly number[]> = (shape, input, { attributes }) => {
  const wanted = input(1) ?? attributes.integers('shape') ?? fail('it has no shape');
  const isZero = attributes.flag('allowzero', false);
  const sizes = wanted.map((n, axis) => (n === 0 && !isZero ? (shape[axis] ?? 0) : n));
  const known = sizeOf(sizes.filter((n) => n !== -1));
  return sizes.map((n) => (n === -1 ? sizeOf(shape) / known : n));
};

const flat: Says<readonly number[]> = (shape, _, { attributes }) => {
  const axis = attributes.integer('axis', 1);
  const at = axis === shape.length ? axis : axisIn(axis, shape.length);
  return [sizeOf(shape.slice(0, at)), sizeOf(shape.slice(at))];
};

/** Axes are an attribute of older files and an input of newer ones. */
const axesOf: Says<readonly number[] | undefined> = (_, input, { attributes }) =>
  input(1) ?? attributes.integers('axes');

const withNewAxes: Says<readonly number[]> = (shape, input, node) => {
  const axes = axesOf(shape, input, node) ?? fail('it has no axes');
  const rank = shape.length + axes.length;
  const added = new Set(axes.map((axis) => newAxis(axis, rank - 1)));
  check(added.size === axes.length, () => `its axes ${show(axes)} name one twice`);
  const rest = [...shape];
  return Array.from({ length: rank }, (__, axis) => (added.has(axis) ? 1 : rest.shift()!));
};

const permutation: Says<readonly number[]> = (shape, _, { attributes }) => {
  const order = attributes.integers('perm') ?? shape.map((__, axis) => shape.length - 1 - axis);
  check(
    order.length === shape.length && shape.every((__, axis) => order.includes(axis)),
    () => `its perm ${show(order)} does not name each axis of ${describe(shape)} once`,
  );
  return order;
};

/** Where each piece of a split ends is said by its sizes, or they are as equal as they can be. */
const pieces: Says<{ readonly axis: number; readonly sizes: readonly number[] }> = (shape, input, { attributes }) => {
  const axis = axisIn(attributes.integer('axis', 0), shape.length);
  const given = input(1) ?? attributes.integers('split');
  const count = attributes.integer(OUTPUTS, 1);
  checkParts(given?.length ?? count);
  const most = Math.ceil(shape[axis] / count);
  const sizes = given ?? Array.from({ length: count }, (_, i) => Math.min(most, shape[axis] - i * most));
  check(
    sizes.length === count && sizes.reduce((sum, n) => sum + n, 0) === shape[axis] && sizes.every((n) => n >= 0),
    () => `its pieces ${show(sizes)} for ${count} outputs do not make up the ${shape[axis]} of axis ${axis}`,
  );
  return { axis, sizes };
};

/** What is taken along an axis. */
interface Taken {
  readonly begin: number;
  readonly count: number;
  readonly step: number;
}

/** Starts and ends are clamped; an end beyond the last element is how files say "all". */
const taken: Says<readonly Taken[]> = (shape, input, { attributes }) => {
  const starts = input(1) ?? attributes.integers('starts') ?? fail('it has no starts');
  const ends = input(2) ?? attributes.integers('ends') ?? fail('it has no ends');
  const axes = input(3) ?? attributes.integers('axes') ?? starts.map((_, i) => i);
  const steps = input(4) ?? starts.map(() => 1);
  check(
    ends.length === starts.length && axes.length === starts.length && steps.length === starts.length,
    () =>
      `its starts ${show(starts)}, ends ${show(ends)}, axes ${show(axes)} and steps ${show(steps)} differ in length`,
  );
  const box: Taken[] = shape.map((count) => ({ begin: 0, count, step: 1 }));
  axes.forEach((named, i) => {
    const axis = axisIn(named, shape.length);
    const [size, step] = [shape[axis], steps[i]];
    check(step !== 0, () => `its steps ${show(steps)} have 0 for axis ${axis}`);
    const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
    const clamp = (n: number): number => Math.min(Math.max(n < 0 ? n + size : n, low), high);
    const begin = step > 0 ? clamp(starts[i]) : Math.max(clamp(starts[i]), 0);
    box[axis] = { begin, count: Math.max(Math.ceil((clamp(ends[i]) - begin) / step), 0), step };
  });
  return box;
};

function sliced(call: GpuCall): InOrder {
  const shape = call.shape(0);
  const { order } = call.stored(0);
  const box = said(call, taken);
  check(
    box.every(({ count }) => count > 0),
    () => `it takes nothing of its input ${describe(shape)}`,
  );
  const own = order.map((axis) => box[axis]);
  const begin = own.map((one) => one.begin);
  const counts = own.map(({ count }) => count);
  if (own.every(({ step }) => step === 1)) return mapped(call, 0, (x) => slice(x, begin, counts));
  const ends = own.map((one) => {
    const end = one.begin + one.count * one.step;
    return end < 0 ? null : end;
  });
  return mapped(call, 0, (x) =>
    stridedSlice(
      x,
      begin,
      ends,
      own.map(({ step }) => step),
    ),
  );
}

const MODES: ReadonlyMap<string, 'reflect' | 'edge' | 'constant'> = new Map([
  ['constant', 'constant'],
  ['reflect', 'reflect'],
  ['edge', 'edge'],
]);

/** `pads` has what is before along every axis, then what is after; less than 0 is cut off. */
const borders: Says<readonly (readonly [before: number, after: number])[]> = (shape, input, { attributes }) => {
  const pads = input(1) ?? attributes.integers('pads') ?? attributes.integers('paddings') ?? fail('it has no pads');
  const axes = (input(3) ?? shape.map((_, axis) => axis)).map((axis) => axisIn(axis, shape.length));
  check(
    pads.length === 2 * axes.length,
    () => `its pads are ${show(pads)}, but ${axes.length} axes need ${2 * axes.length} numbers`,
  );
  const pairs = shape.map((): [number, number] => [0, 0]);
  axes.forEach((axis, i) => void (pairs[axis] = [pads[i], pads[i + axes.length]]));
  return pairs;
};

function padded(call: GpuCall): InOrder {
  const { attributes } = call.node;
  const name = attributes.text('mode', 'constant');
  const mode = MODES.get(name) ?? fail(`its mode is ${show(name)}; those that can be computed are constant, reflect and edge`); // prettier-ignore
  const value = call.has(2) ? call.number(2) : attributes.number('value', 0);
  const { order } = call.stored(0);
  const pairs = said(call, borders);
  const own = order.map((axis) => pairs[axis]);
  const grown = own.map(([before, after]) => [Math.max(before, 0), Math.max(after, 0)] as const);
  return mapped(call, 0, (x) => {
    const cut = own.every(([before, after]) => before >= 0 && after >= 0)
      ? x
      : call.scratch(
          slice(
            x,
            own.map(([before]) => Math.max(-before, 0)),
            own.map(([before, after], i) => x.shape[i] + Math.min(before, 0) + Math.min(after, 0)),
          ),
        );
    return pad(cut, grown, mode === 'constant' ? value : mode);
  });
}

/** Constants around a few numbers. */
const padHost: HostOp = (inputs, node) => {
  const [x, , value] = inputs;
  const mode = node.attributes.text('mode', 'constant');
  check(mode === 'constant', () => `its mode is ${show(mode)}; on the CPU only constant can be computed`);
  const pairs = saidHost(inputs, node, borders);
  const shape = x.shape.map((n, axis) => n + pairs[axis][0] + pairs[axis][1]);
  const number = value === undefined ? node.attributes.number('value', 0) : numberOf(value);
  const values = allocateHost(x.dtype, shape).fill(number);
  const [from, own, outer] = [x.values, stridesOf(x.shape), stridesOf(shape)];
  spend(from.length * (shape.length + 1));
  for (let i = 0; i < from.length; i++) {
    let at = 0;
    let isInside = true;
    for (let axis = 0; axis < shape.length; axis++) {
      const place = (Math.floor(i / own[axis]) % x.shape[axis]) + pairs[axis][0];
      isInside &&= place >= 0 && place < shape[axis];
      at += place * outer[axis];
    }
    if (isInside) values[at] = from[i];
  }
  return { shape, dtype: x.dtype, values };
};

const repeats: Says<readonly number[]> = (shape, input) => {
  const times = input(1) ?? [];
  check(
    times.length === shape.length,
    () => `its repeats are ${show(times)} but its input ${describe(shape)} has ${shape.length} axes`,
  );
  return times;
};

const tileHost: HostOp = (inputs, node) => {
  const [x] = inputs;
  const times = saidHost(inputs, node, repeats);
  check(times.every((n) => n >= 0), () => `its repeats are ${show(times)}; they must be at least 0`); // prettier-ignore
  const strides = stridesOf(x.shape);
  // Each axis is walked as two: over the copies, without a step, and over what is copied.
  const sizes = x.shape.flatMap((n, axis) => [times[axis], n]);
  const steps = strides.flatMap((stride) => [0, stride]);
  return { ...walk(x, sizes, steps, 0), shape: x.shape.map((n, axis) => n * times[axis]) };
};

const expandedShape: Says<readonly number[]> = (shape, input) => broadcastShape(shape, input(1) ?? []);

const expandHost: HostOp = (inputs, node) => {
  const [x] = inputs;
  const shape = saidHost(inputs, node, expandedShape);
  const values = allocateHost(x.dtype, shape);
  const at = sources(x.shape, shape);
  const from = x.values;
  for (let i = 0; i < values.length; i++) values[i] = from[at(i)];
  return { shape, dtype: x.dtype, values };
};

function expanded(call: GpuCall): InOrder {
  const shape = said(call, expandedShape);
  const { order } = call.stored(0);
  if (order.length === shape.length) return mapped(call, 0, (x) => broadcastTo(x, ordered(shape, order)));
  return { tensor: broadcastTo(call.tensor(0), shape), order: shape.map((_, axis) => axis) };
}

function blocks(fn: typeof depthToSpace): OpDefinition {
  return {
    inputs: [1, 1],
    gpu: {
      orders: () => [channelsLast],
      run({ node: { attributes }, tensor }) {
        const mode = attributes.text('mode', 'DCR');
        check(mode === 'DCR' || mode === 'CRD', () => `its mode is ${show(mode)}; it is DCR or CRD`);
        return { tensor: fn(tensor(0), attributes.integer('blocksize', 0), { mode }), order: channelsLast(4) };
      },
    },
  };
}

export const LAYOUT_OPS: Readonly<Record<string, OpDefinition>> = {
  Reshape: reshaping([1, 2], newShape),
  Flatten: reshaping([1, 1], flat),
  Squeeze: reshaping([1, 2], (shape, input, node) => squeezed(shape, axesOf(shape, input, node) ?? [])),
  Unsqueeze: reshaping([1, 2], withNewAxes),
  Transpose: {
    inputs: [1, 1],
    gpu: { run: (call) => relabelled(call, said(call, permutation)) },
    host: (inputs, node) => {
      const [x] = inputs;
      const order = saidHost(inputs, node, permutation);
      return walk(x, ordered(x.shape, order), ordered(stridesOf(x.shape), order), 0);
    },
  },
  Concat: {
    inputs: [1, Infinity],
    gpu: {
      run: (call) => {
        const inputs = Array.from({ length: call.count }, (_, i) => i);
        return inputs.length === 1 ? alias(call) : concatenated(call, inputs, axisNamed(call.node));
      },
    },
    host: (inputs, node) => concatHost(inputs, axisNamed(node)),
  },
  Split: {
    inputs: [1, 2],
    outputs: ({ attributes }) => attributes.integer(OUTPUTS, 1),
    gpu: {
      host: [1],
      run(call) {
        const { axis, sizes } = said(call, pieces);
        const { tensor, order } = call.stored(0);
        if (sizes.length === 1) return alias(call);
        return split(tensor, sizes, order.indexOf(axis)).map((piece) => ({ tensor: piece, order }));
      },
    },
    host: (inputs, node) => {
      const { axis, sizes } = saidHost(inputs, node, pieces);
      return splitHost(inputs[0], axis, sizes);
    },
  },
  Slice: {
    inputs: [1, 5],
    gpu: { host: [1, 2, 3, 4], run: sliced },
    host: (inputs, node) => sliceHost(inputs[0], saidHost(inputs, node, taken)),
  },
  Pad: { inputs: [1, 4], gpu: { host: [1, 2, 3], run: padded }, host: padHost },
  Tile: {
    inputs: [2, 2],
    gpu: {
      host: [1],
      run: (call) => {
        const times = said(call, repeats);
        return mapped(call, 0, (x) => tile(x, ordered(times, call.order(0))));
      },
    },
    host: tileHost,
  },
  Expand: { inputs: [2, 2], gpu: { host: [1], run: expanded }, host: expandHost },
  DepthToSpace: blocks(depthToSpace),
  SpaceToDepth: blocks(spaceToDepth),
};

function axisNamed({ attributes }: GraphNode): number {
  return attributes.integer('axis', 1);
}
