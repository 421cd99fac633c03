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
import { bytesOf, wholeWords, type DType } from '../tensor/dtype';
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
  /** What it binds of inputs and of the `output`; those that are not named are bound whole. */
  readonly ranges?: Readonly<Record<string, Range>>;
}

/** Neighbours, counted from 0. */
export interface Range {
  readonly first: number;
  readonly count: number;
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

/** What errors call the shaders' variables, where the functions have other names for them. */
const ARGUMENTS: Readonly<Record<string, string>> = { weights: 'the filter', mix: 'the pointwise filter' };

/** As `run`, for several steps that write the one output. */
export function runAll(
  op: string,
  context: GpuContext,
  calls: readonly Call[],
  shape: readonly number[],
  why: string,
  dtype: DType = Object.values(calls[0].inputs)[0]?.dtype ?? 'f32',
): Tensor {
  const form = { shape, dtype };
  const isWhole = calls.some(({ ranges }) => ranges?.output === undefined);
  const bytes = byteLengthOf(op, 'the output', form, context, isWhole);
  const dispatches = calls.map(({ step, inputs, ranges, sums, meaning }) => {
    const operands: Record<string, Storage> = {};
    for (const [name, tensor] of Object.entries(inputs)) {
      if (tensor === undefined) continue;
      if (ranges?.[name] === undefined) checkBound(op, name, tensor, context);
      operands[name] = rangeOf(tensor.storage(op, name), tensor.dtype, ranges?.[name]);
    }
    const halves = halvesOf(inputs, dtype, sums);
    const stored = halves === undefined ? step : inHalf(step, halves, context.target.features);
    // A part means something else than the whole.
    const said = ranges === undefined && meaning !== undefined ? { ...meaning, halves } : undefined;
    return { step: stored, operands, range: ranges?.output, meaning: said };
  });
  const output = context.acquire(op, bytes, `output ${describe(shape)} (${calls[0].step.kernel})`);
  for (const { step, operands, range, meaning } of dispatches) {
    context.dispatch({ step, operands: { ...operands, output: rangeOf(output, dtype, range) }, meaning, why });
  }
  return new Tensor(context, form, output, { steps: dispatches.map(({ step }) => step), why });
}

/** What of a call is float16; undefined if nothing is. */
export function halvesOf(inputs: Call['inputs'], output: DType, sums: DType = 'f32'): Halves | undefined {
  const stored = Object.entries(inputs).flatMap(([name, tensor]) => (tensor?.dtype === 'f16' ? [name] : []));
  if (output === 'f16') stored.push('output');
  return stored.length === 0 && sums === 'f32' ? undefined : { stored: new Set(stored), sums: sums === 'f16' };
}

/** Throws unless all of an input can be bound. */
function checkBound(op: string, name: string, tensor: Tensor, context: GpuContext): void {
  const argument = ARGUMENTS[name];
  byteLengthOf(
    op,
    argument ?? name,
    tensor,
    context,
    true,
    argument && 'compute its output channels in several calls, or ',
  );
}

/** Some of a storage's elements; all, if there is no range. */
function rangeOf(storage: Storage, dtype: DType, range: Range | undefined): Storage {
  if (range === undefined) return storage;
  const [offset, length] = [range.first, range.count].map((n) => bytesOf({ shape: [n], dtype }));
  return partOf(storage, offset, wholeWords(length));
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
