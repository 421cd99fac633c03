/**
 * Tensors in parts, where one is larger than what the device binds at once: a dispatch for each, on ranges of the same
 * buffers. A range begins where a binding may, at a multiple of `minStorageBufferOffsetAlignment`.
 *
 * @module
 */
import { check, checkShape, describe, sizeOf } from '../conv/check';
import { bytesOf, wholeWords, type Form } from './dtype';
import type { Limits } from './kernel';
import type { Forms } from './operation';

/** Neighbouring elements, counted from 0. */
export interface Range {
  readonly first: number;
  readonly count: number;
}

/** What one of several dispatches computes. */
export interface Piece<P> {
  readonly problem: P;
  /** What it binds of each tensor, by role; tensors that are not named are bound whole. */
  readonly ranges?: Readonly<Record<string, Range>>;
}

/** The first tensor that the device cannot bind at once, if there is one. */
export function tooLarge(tensors: Forms, limits: Limits): string | undefined {
  for (const name in tensors) if (wholeWords(bytesOf(tensors[name])) > limits.maxStorageBufferBindingSize) return name;
  return undefined;
}

/**
 * The fewest pieces of a problem that computes every one of its units alike: one, unless a tensor is too large, and none if
 * even the smallest part cannot be bound.
 *
 * @param tensors the tensors that are cut; each consists of equal units, one after the other
 * @param problemOf the problem of a given number of units
 */
export function alikePieces<P>(
  tensors: Forms,
  units: number,
  limits: Limits,
  problemOf: (count: number) => P,
): readonly Piece<P>[] {
  if (tooLarge(tensors, limits) === undefined) return [{ problem: problemOf(units) }];
  const bytes = bytesPerUnit(tensors, units);
  const most = mostUnits(bytes, grainOf(bytes, limits), limits);
  return stretches(units, most).map((part) => ({
    problem: problemOf(part.count),
    ranges: rangesOf(tensors, units, part),
  }));
}

/** Bytes of a unit of each tensor. */
export function bytesPerUnit(tensors: Forms, units: number): readonly number[] {
  return Object.values(tensors).map((form) => bytesOf(form) / units);
}

/** The fewest units between two places where a binding may begin, in tensors whose units have these numbers of bytes. */
export function grainOf(bytes: readonly number[], { minStorageBufferOffsetAlignment }: Limits): number {
  let grain = 1;
  // Bytes are even and the alignment is a power of two, so this ends.
  while (bytes.some((n) => (grain * n) % minStorageBufferOffsetAlignment !== 0)) grain *= 2;
  return grain;
}

/** The largest multiple of `grain` units that can be bound; 0 if there is none. */
export function mostUnits(bytes: readonly number[], grain: number, { maxStorageBufferBindingSize }: Limits): number {
  return Math.floor(maxStorageBufferBindingSize / Math.max(...bytes) / grain) * grain;
}

/** This many units in stretches of `count`, of which the last may be shorter; none if `count` is 0. */
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

/** Neighbouring elements of a tensor that can be bound wherever they begin. */
export function reachable(form: Form, limits: Limits): number {
  const bytes = bytesOf({ ...form, shape: [1] });
  return Math.floor(limits.maxStorageBufferBindingSize / bytes) - (grainOf([bytes], limits) - 1);
}

/**
 * What has to be bound of a tensor that is too large, to reach some of its elements.
 *
 * @param first the first of them
 * @param last the last of them
 * @returns a range that begins where a binding may; undefined if all of the tensor can be bound, or not even the range
 */
export function windowOf(form: Form, first: number, last: number, limits: Limits): Range | undefined {
  if (tooLarge({ form }, limits) === undefined) return undefined;
  const grain = grainOf([bytesOf({ ...form, shape: [1] })], limits);
  const begin = Math.floor(first / grain) * grain;
  const count = last + 1 - begin;
  return tooLarge({ form: { ...form, shape: [count] } }, limits) === undefined ? { first: begin, count } : undefined;
}

/** Ways around a limit: fewer output channels at a time, rows that are neighbours in memory, two dispatches in place of one. */
export type Instead = 'channels' | 'NHWC' | 'auto' | undefined;

/**
 * Bytes of a tensor's buffer, after checking that the device can hold them, and bind them at once unless that is not needed.
 *
 * @param instead what to do about a tensor that is too large, besides the general advice
 * @throws if the shape is not one, or the tensor exceeds the device's limits
 */
export function checkBytes(
  op: string,
  argument: string,
  form: Form,
  limits: Limits,
  bound = true,
  instead?: Instead,
): number {
  const { shape } = form;
  checkShape(`${op}: ${argument}`, shape);
  const bytes = wholeWords(bytesOf(form));
  const { maxStorageBufferBindingSize, maxBufferSize } = limits;
  const [name, limit] =
    bound && maxStorageBufferBindingSize <= maxBufferSize
      ? ['maxStorageBufferBindingSize', maxStorageBufferBindingSize]
      : ['maxBufferSize', maxBufferSize];
  check(
    bytes <= limit,
    () =>
      `${op}: ${argument} ${describe(shape)} needs ${bytes} bytes but the device's ${name} is ${limit}; ${instead === 'channels' ? 'compute its output channels in several calls, or ' : ''}${instead === 'NHWC' ? "use dataFormat 'NHWC', or " : ''}${instead === 'auto' ? "use method 'auto', or " : ''}split the batch or the rows into several calls`,
  );
  return bytes;
}
