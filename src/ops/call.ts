/**
 * From a checked problem to a tensor: allocates the output, hands the step to the device's queue.
 *
 * @module
 */
import { check, describe } from '../conv/check';
import { partOf, type Storage } from '../gpu/buffers';
import type { GpuContext } from '../gpu/context';
import { inHalf, type Halves } from '../kernels/half';
import type { Meaning } from '../kernels/meaning';
import type { Step } from '../step';
import { bytesOf, wholeWords, type DType, type Form } from '../tensor/dtype';
import { byteLengthOf, Tensor } from '../tensor/tensor';
import { checkTensor } from './arguments';

/**
 * The context that all of an op's tensors share.
 *
 * @param tensors by argument name; the first must be given, others that are undefined were not
 * @throws if one is no tensor or disposed, if they belong to different devices, or if the device is lost
 */
export function contextOf(op: string, tensors: Readonly<Record<string, Tensor | undefined>>): GpuContext {
  let first: { readonly name: string; readonly context: GpuContext } | undefined;
  for (const [name, tensor] of Object.entries(tensors)) {
    if (tensor === undefined && first !== undefined) continue;
    checkTensor(op, name, tensor);
    tensor.storage(op, name);
    const { name: leader, context } = (first ??= { name, context: tensor.context });
    check(
      tensor.context === context,
      () => `${op}: ${leader} and ${name} belong to two different gpus; use one gpu for both`,
    );
  }
  if (first === undefined) throw new Error(`${op}: no argument was named`);
  return first.context;
}

/** A step and its operands, by the names of the shader's variables; those that are undefined are not bound. */
export interface Call {
  readonly step: Step;
  readonly inputs: Readonly<Record<string, Tensor | undefined>>;
  /** What the step computes, if it may be computed together with others. */
  readonly meaning?: Meaning;
  /** What a convolution's products are summed in; default float32. */
  readonly sums?: DType;
  /** Which images of the batch it computes, where it is not all. */
  readonly part?: Part;
}

/** Some neighbouring images of a batch. */
export interface Part {
  readonly first: number;
  readonly count: number;
  /** Images of the whole batch. */
  readonly batch: number;
  /** The inputs that have a batch; others are bound whole. */
  readonly inputs: readonly string[];
}

/**
 * Runs one step into a new tensor. An op checks everything before its first `run`: this allocates and queues.
 *
 * @param op the public function, for errors
 * @param inputs by the name of the shader's variable
 * @param shape the output's
 * @param why the reason for this kernel, for `explain`
 * @param more the output's dtype, by default that of the first input; and what the step means
 */
export function run(
  op: string,
  context: GpuContext,
  step: Step,
  inputs: Call['inputs'],
  shape: readonly number[],
  why: string,
  { dtype, meaning }: { readonly dtype?: DType; readonly meaning?: Meaning } = {},
): Tensor {
  return runAll(op, context, [{ step, inputs, meaning }], shape, why, dtype);
}

/** As `run`, for several steps that each write a part of the one output. */
export function runAll(
  op: string,
  context: GpuContext,
  calls: readonly Call[],
  shape: readonly number[],
  why: string,
  dtype: DType = Object.values(calls[0].inputs)[0]?.dtype ?? 'f32',
): Tensor {
  const form = { shape, dtype };
  const bytes = byteLengthOf(op, 'the output', form, context, calls[0].part === undefined);
  const dispatches = calls.map(({ step, inputs, part, sums, meaning }) => {
    const operands: Record<string, Storage> = {};
    for (const [name, tensor] of Object.entries(inputs)) {
      if (tensor === undefined) continue;
      const storage = tensor.storage(op, name);
      operands[name] = part?.inputs.includes(name) ? imagesOf(storage, tensor, part) : storage;
      if (operands[name] === storage) byteLengthOf(op, name, tensor, context);
    }
    const halves = halvesOf(inputs, dtype, sums);
    const stored = halves === undefined ? step : inHalf(step, halves, context.target.features);
    return { step: stored, operands, part, meaning: meaning && { ...meaning, halves } };
  });
  const output = context.acquire(op, bytes, `output ${describe(shape)} (${calls[0].step.kernel})`);
  for (const { step, operands, part, meaning } of dispatches) {
    const written = part === undefined ? output : imagesOf(output, form, part);
    context.dispatch({ step, operands: { ...operands, output: written }, meaning, why });
  }
  return new Tensor(context, form, output, { steps: dispatches.map(({ step }) => step), why });
}

/** What of a call is float16; undefined if nothing is. */
export function halvesOf(inputs: Call['inputs'], output: DType, sums: DType = 'f32'): Halves | undefined {
  const stored = Object.entries(inputs).flatMap(([name, tensor]) => (tensor?.dtype === 'f16' ? [name] : []));
  if (output === 'f16') stored.push('output');
  return stored.length === 0 && sums === 'f32' ? undefined : { stored: new Set(stored), sums: sums === 'f16' };
}

function imagesOf(storage: Storage, form: Form, { first, count, batch }: Part): Storage {
  const image = bytesOf(form) / batch;
  return partOf(storage, first * image, wholeWords(count * image));
}

/**
 * An op made of other ops: they are queued all or, if one throws, not at all, and `explain` shows their steps.
 *
 * @param why the reason for this way of doing it
 */
export function compose(context: GpuContext, why: string, fn: () => Tensor): Tensor {
  const { result, steps } = context.atomic(fn);
  return result.explained({ steps, why });
}
