/**
 * Kernels that some devices alone want. They are no part of an app until such a device is opened, or something has to know
 * every kernel: the tuner, the self-test.
 *
 * @module
 */
import type { Kernel } from './kernel';

/** By the name of the operation that prefers them to its own; filled by what loads them. */
const late = new Map<string, readonly Kernel[]>();

/** Gives an operation these kernels, before its own: from now on, whichever device asks. */
export function addKernels(operation: string, kernels: readonly Kernel[]): void {
  late.set(operation, kernels);
}

/** What an operation was given. */
export function kernelsFor(operation: string): readonly Kernel[] {
  return late.get(operation) ?? [];
}
