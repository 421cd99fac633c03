/**
 * The same elements elsewhere: shapes and orders.
 *
 * @module
 * @see https://onnx.ai/onnx/operators/
 */
import { check, describe, fail, show, sizeOf } from '../../conv/check';
import { stridesOf } from '../../kernels/axes';
import { depthToSpace, spaceToDepth } from '../../ops/depth-to-space';
import type { OpDefinition } from '../dialect';
import { concatenated, relabelled } from '../gpu-ordered';
import { axisIn, concatHost, reshapeHost, walk } from '../host-layout';
import { newAxis, squeezed } from '../host-shapes';
import type { GraphNode } from '../node';
import { channelsLast, ordered } from '../order';
import { alias } from './ops-math';
import { reshapedTo } from './reshape';
import { said, saidHost, type Says } from './says';

/** An op that gives its elements another shape. */
function reshaping(inputs: OpDefinition['inputs'], says: Says<readonly number[]>): OpDefinition {
  return {
    inputs,
    gpu: { host: [1], run: (call) => reshapedTo(call, said(call, says)) },
    host: (values, node) => reshapeHost(values[0], saidHost(values, node, says)),
  };
}

/** 0 keeps the input's size, unless `allowzero` says otherwise; -1 is the size that is left. */
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
  DepthToSpace: blocks(depthToSpace),
  SpaceToDepth: blocks(spaceToDepth),
};

function axisNamed({ attributes }: GraphNode): number {
  return attributes.integer('axis', 1);
}
