/**
 * From a checked problem to a tensor: allocates the output, hands the step to the device's queue.
 *
 * @module
 */
import { check, describe, show } from '../conv/check';
import type { Storage } from '../gpu/buffers';
import type { GpuContext } from '../gpu/context';
import type { Step } from '../step';
import { byteLengthOf, Tensor } from '../tensor/tensor';

/**
 * The context that all of an op's tensors share.
 *
 * @param tensors by argument name; those that are undefined were not given
 * @throws if one is no tensor or disposed, if they belong to different devices, or if the device is lost
 */
export function contextOf(op: string, tensors: Readonly<Record<string, Tensor | undefined>>): GpuContext {
  let first: { readonly name: string; readonly context: GpuContext } | undefined;
  for (const [name, tensor] of Object.entries(tensors)) {
    if (tensor === undefined) continue;
    check(tensor instanceof Tensor, `${op}: ${name} is ${show(tensor)}; give a tensor, made by gpu.tensor(data, shape)`);
    tensor.storage(op, name);
    first ??= { name, context: tensor.context };
    check(
      tensor.context === first.context,
      `${op}: ${first.name} and ${name} belong to two different gpus; upload both with the same gpu, or open both with openGpu({ device }) on one device`,
    );
  }
  if (first === undefined) throw new Error(`${op}: no tensor was given`);
  first.context.checkAlive(op);
  return first.context;
}

/**
 * Runs one step into a new tensor. An op checks everything before its first `run`: this allocates and queues.
 *
 * @param op the public function, for errors
 * @param inputs by the name of the shader's variable
 * @param shape the output's
 * @param why the reason for this kernel, for `explain`
 */
export function run(
  op: string,
  context: GpuContext,
  step: Step,
  inputs: Readonly<Record<string, Tensor | undefined>>,
  shape: readonly number[],
  why: string,
): Tensor {
  const bytes = byteLengthOf(op, 'the output', shape, context);
  const operands: Record<string, Storage> = {};
  for (const [name, tensor] of Object.entries(inputs)) {
    if (tensor !== undefined) operands[name] = tensor.storage(op, name);
  }
  const output = context.acquire(bytes, `${step.kernel} ${describe(shape)}`);
  context.dispatch(step, { ...operands, output });
  return new Tensor(context, shape, output, { steps: [step], why });
}
