/**
 * Parts, borders and copies.
 *
 * @module
 * @see https://onnx.ai/onnx/operators/
 */
import { check, describe, fail, show } from '../../conv/check';
import { stridesOf } from '../../kernels/axes';
import { pad } from '../../ops/pad';
import { slice, split } from '../../ops/slice';
import { broadcastTo, tile } from '../../ops/tile';
import type { GpuCall, HostOp, OpDefinition } from '../dialect';
import { boxOf, mapped } from '../gpu-ordered';
import type { InOrder } from '../gpu-value';
import { broadcastShape, sources } from '../host-arithmetic';
import { axisIn, checkParts, sliceHost, splitHost, walk, type Stride } from '../host-layout';
import { numberOf } from '../host-shapes';
import { allocateHost } from '../host-value';
import { spend } from '../host-work';
import { ordered } from '../order';
import { OUTPUTS } from './attributes';
import { alias } from './ops-math';
import { said, saidHost, type Says } from './says';

/** The pieces of a split: the node gives their sizes, or they are as equal as they can be. */
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

/** Starts and ends are clamped; an end beyond the last element is how files say "all". */
const taken: Says<readonly Stride[]> = (shape, input, { attributes }) => {
  const starts = input(1) ?? attributes.integers('starts') ?? fail('it has no starts');
  const ends = input(2) ?? attributes.integers('ends') ?? fail('it has no ends');
  const axes = input(3) ?? attributes.integers('axes') ?? starts.map((_, i) => i);
  const steps = input(4) ?? starts.map(() => 1);
  check(
    ends.length === starts.length && axes.length === starts.length && steps.length === starts.length,
    () =>
      `its starts ${show(starts)}, ends ${show(ends)}, axes ${show(axes)} and steps ${show(steps)} differ in length`,
  );
  const box: Stride[] = shape.map((count) => ({ begin: 0, count, step: 1 }));
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
  return mapped(call, 0, (x) => boxOf(x, own));
}

const MODES: ReadonlyMap<string, 'reflect' | 'edge' | 'constant'> = new Map([
  ['constant', 'constant'],
  ['reflect', 'reflect'],
  ['edge', 'edge'],
]);

/** `pads` lists the padding before along every axis, then the padding after; negative padding cuts off. */
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
  spend(values.length);
  for (let i = 0; i < values.length; i++) values[i] = from[at(i)];
  return { shape, dtype: x.dtype, values };
};

function expanded(call: GpuCall): InOrder {
  const shape = said(call, expandedShape);
  const { order } = call.stored(0);
  if (order.length === shape.length) return mapped(call, 0, (x) => broadcastTo(x, ordered(shape, order)));
  return { tensor: broadcastTo(call.tensor(0), shape), order: shape.map((_, axis) => axis) };
}

export const COPY_OPS: Readonly<Record<string, OpDefinition>> = {
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
};
