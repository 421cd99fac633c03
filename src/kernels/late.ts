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

/**
 * Loads the kernels for CPU adapters. If the server does not have the file any more, the page goes on with the other kernels, which
 * serve everything.
 *
 * @returns whether there are kernels now that were not there before
 */
export async function loadKernelsForCpu(): Promise<boolean> {
  if (late.size > 0) return false;
  const loaded = await import('./for-cpu').catch(() => undefined);
  loaded?.addKernelsForCpu();
  return late.size > 0;
}

/**
 * Loads all late kernels, in the order in which the tuner adds them: winners are filed under their names.
 *
 * @returns whether there are kernels now that were not there before
 */
export async function loadAllKernels(): Promise<boolean> {
  const isNew = await loadKernelsForCpu();
  const { length } = kernelsFor('pointwise');
  const loaded = length === 0 ? undefined : await import('./for-tuner').catch(() => undefined);
  loaded?.addKernelsForTuner();
  return isNew || kernelsFor('pointwise').length > length;
}
