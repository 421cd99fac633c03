/**
 * What an operator does to its result: the activation that it names, and the bounds that the scales of its result have.
 *
 * @module
 */
import type { Activation } from '../../kernels/activation';
import { activate } from '../../ops/elementwise';
import type { Tensor } from '../../tensor/tensor';
import type { GpuCall, GpuOp, GpuResult, HostOp } from '../dialect';
import { apply } from '../host-arithmetic';
import type { HostValue } from '../host-value';
import type { GraphNode } from '../node';

const BOUNDS: ReadonlyMap<string, readonly [number, number]> = new Map([
  ['NONE', [-Infinity, Infinity]],
  ['RELU', [0, Infinity]],
  ['RELU_N1_TO_1', [-1, 1]],
  ['RELU6', [0, 6]],
]);

const NAMED: ReadonlyMap<string, Activation> = new Map<string, Activation>([
  ['RELU', 'relu'],
  ['RELU6', 'relu6'],
  ['TANH', 'tanh'],
]);

/** Why the activation of a node cannot be computed, if so. */
export const refusesActivation: NonNullable<GpuOp['refuses']> = ({ attributes }) => {
  const name = nameOf(attributes);
  return BOUNDS.has(name) || NAMED.has(name) ? undefined : `it fuses ${name}`;
};

/**
 * The activation of a node, if it has one. Converters leave out a RELU6 whose bounds are those of the result's scales, so these
 * count, too.
 */
export function activationOf({ attributes }: GraphNode): Activation | undefined {
  const name = nameOf(attributes);
  const bounds = BOUNDS.get(name);
  const range = attributes.numbers('range');
  if (bounds === undefined || range === undefined) return NAMED.get(name) ?? (name === 'RELU_N1_TO_1' ? clip(-1, 1) : undefined); // prettier-ignore
  return clip(Math.max(bounds[0], range[0]), Math.min(bounds[1], range[1]));
}

/** The result of an op that fuses no activation itself. */
export function activated(call: GpuCall, y: GpuResult): GpuResult {
  const activation = activationOf(call.node);
  if (activation === undefined) return y;
  const after = (tensor: Tensor): Tensor => activate(call.scratch(tensor), activation);
  return 'order' in y ? { tensor: after(y.tensor), order: y.order } : after(y);
}

/** The same on the CPU. */
export function hostActivated(op: HostOp): HostOp {
  return (inputs, node) => {
    const y = op(inputs, node) as HostValue;
    const [least, most] = BOUNDS.get(nameOf(node.attributes)) ?? [-Infinity, Infinity];
    const z = least > -Infinity ? apply(y, y.dtype, (v) => Math.min(Math.max(v, least), most)) : y;
    return nameOf(node.attributes) === 'TANH' ? apply(z, z.dtype, Math.tanh) : z;
  };
}

function nameOf(attributes: GraphNode['attributes']): string {
  return attributes.text('fused_activation_function', 'NONE');
}

function clip(min: number, max: number): Activation {
  return { name: 'clip', ...(min > -Infinity && { min }), ...(max < Infinity && { max }) };
}
