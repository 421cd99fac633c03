/**
 * Tensors in parts, where one is larger than what the device binds at once: a dispatch for each, on ranges of the same
 * buffers. A range begins where a binding may, at a multiple of `minStorageBufferOffsetAlignment`.
 *
 * @module
 */
import { sizeOf } from '../conv/check';
import type { GpuContext } from '../gpu/context';
import { bytesOf, wholeWords, type Form } from '../tensor/dtype';
import { byteLengthOf, type Tensor } from '../tensor/tensor';
import { runAll, type Call, type Range } from './call';

/** What is cut, by the names of the shader's variables; `output` is the output. */
export type Forms = Readonly<Record<string, Form>>;

/** What one of several dispatches computes. */
export interface Part {
  /** How many of the units that are cut. */
  readonly count: number;
  /** What it binds of each tensor; absent if all. */
  readonly ranges?: Readonly<Record<string, Range>>;
}

/** The first tensor that the device does not bind at once, if there is one. */
export function tooLarge(tensors: Forms, { target }: GpuContext): string | undefined {
  const limit = target.limits.maxStorageBufferBindingSize;
  return Object.keys(tensors).find((name) => wholeWords(bytesOf(tensors[name])) > limit);
}

/**
 * The fewest parts of tensors that each are so many equal units, one after the other: one, unless a tensor is too large, and
 * none if not even the smallest part can be bound.
 */
export function partsOf(tensors: Forms, units: number, context: GpuContext): readonly Part[] {
  if (tooLarge(tensors, context) === undefined) return [{ count: units }];
  const bytes = bytesPerUnit(tensors, units);
  const count = mostUnits(bytes, stepOf(bytes, context), context);
  return stretches(units, count).map((part) => ({ count: part.count, ranges: rangesOf(tensors, units, part) }));
}

/** Bytes of a unit of each tensor. */
export function bytesPerUnit(tensors: Forms, units: number): readonly number[] {
  return Object.values(tensors).map((form) => bytesOf(form) / units);
}

/** The fewest units between two places where a binding may begin, in tensors whose units have so many bytes. */
export function stepOf(bytes: readonly number[], { device }: GpuContext): number {
  const { minStorageBufferOffsetAlignment } = device.limits;
  let step = 1;
  // Bytes are even and the alignment is a power of two, so this ends.
  while (bytes.some((n) => (step * n) % minStorageBufferOffsetAlignment !== 0)) step *= 2;
  return step;
}

/** The largest multiple of `step` units that can be bound; 0 if there is none. */
export function mostUnits(bytes: readonly number[], step: number, { target }: GpuContext): number {
  return Math.floor(target.limits.maxStorageBufferBindingSize / Math.max(...bytes) / step) * step;
}

/** So many units in stretches of `count`, of which the last may be shorter; none if `count` is 0. */
export function stretches(units: number, count: number): readonly Range[] {
  const parts = count > 0 ? Math.ceil(units / count) : 0;
  return Array.from({ length: parts }, (_, i) => ({ first: i * count, count: Math.min(count, units - i * count) }));
}

/** The elements of some of the tensors' units. */
export function rangesOf(tensors: Forms, units: number, { first, count }: Range): Record<string, Range> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { shape }]) => {
      const elements = sizeOf(shape) / units;
      return [name, { first: first * elements, count: count * elements }];
    }),
  );
}

/**
 * What has to be bound of a tensor that is too large, to reach some of its elements.
 *
 * @param first the first of them
 * @param last the last of them
 * @returns a range that begins where a binding may; undefined if all of the tensor can be bound, or not even the range
 */
export function windowOf(form: Form, first: number, last: number, context: GpuContext): Range | undefined {
  if (tooLarge({ form }, context) === undefined) return undefined;
  const step = stepOf([bytesOf({ ...form, shape: [1] })], context);
  const begin = Math.floor(first / step) * step;
  const count = last + 1 - begin;
  return tooLarge({ form: { ...form, shape: [count] } }, context) === undefined ? { first: begin, count } : undefined;
}

/**
 * @param parts how many parts there are
 * @param instead what to do instead of what is always said
 * @throws if there are no parts, or a tensor does not fit into a buffer
 */
export function checkParts(op: string, tensors: Forms, parts: number, context: GpuContext, instead?: string): void {
  for (const [name, form] of Object.entries(tensors)) {
    const argument = name === 'output' ? 'the output' : name;
    byteLengthOf(op, argument, form, context, parts === 0, instead);
  }
}

/** The reason for a kernel, and that it runs several times. */
export function inParts(why: string, { length }: readonly unknown[]): string {
  return length === 1 ? why : `${why}; in ${length} parts, which the device can bind`;
}

/**
 * Runs an op that computes every unit of its tensors alike.
 *
 * @param tensors the inputs that are cut; the output is, too
 * @param units of each of these tensors, so many and one after the other
 * @param call the dispatch for so many units
 * @param output its shape and element type
 */
export function runInParts(
  op: string,
  context: GpuContext,
  tensors: Readonly<Record<string, Tensor>>,
  units: number,
  call: (count: number) => Call,
  output: Form,
  why: string,
): Tensor {
  const forms = { ...tensors, output };
  const parts = partsOf(forms, units, context);
  checkParts(op, forms, parts.length, context);
  const calls = parts.map(({ count, ranges }) => ({ ...call(count), ranges }));
  return runAll(op, context, calls, output.shape, inParts(why, parts), output.dtype);
}
