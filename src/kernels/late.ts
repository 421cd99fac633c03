/**
 * Kernels that only some devices want. They are not part of an app until such a device is opened, or until something has to
 * know every kernel: the tuner, the self-test.
 *
 * @module
 */
import type { Kernel } from './kernel';

/** Kernels by the name of the operation that prefers them to its own; the modules that load them fill it. */
const late = new Map<string, readonly Kernel[]>();

/** Puts these kernels before the operation's own: from now on, on every device. */
export function addKernels(operation: string, kernels: readonly Kernel[]): void {
  late.set(operation, [...new Set([...kernelsFor(operation), ...kernels])]);
}

/** The kernels that an operation was given. */
export function kernelsFor(operation: string): readonly Kernel[] {
  return late.get(operation) ?? [];
}
