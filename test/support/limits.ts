/** Devices that bind less than they do, and what is dispatched then. */
import { expect } from 'vitest';
import type { Dispatch } from '../../src/gpu/encode';
import type { Gpu } from '../../src/index';
import type { Limits } from '../../src/kernels/kernel';

/** Lets the library believe in smaller limits from now on. */
export function cap(own: Gpu, limits: Partial<Limits>): void {
  const { target } = own.context;
  Object.assign(own.context, { target: { ...target, limits: { ...target.limits, ...limits } } });
}

/** Runs `fn` on a device that binds at most `limit` bytes, and gives what was dispatched; a binding beyond that fails. */
export function bindingAtMost<T>(
  own: Gpu,
  limit: number,
  fn: () => T,
): { readonly result: T; readonly dispatches: readonly Dispatch[] } {
  const { context } = own;
  const { target } = context;
  const dispatch = context.dispatch.bind(context);
  const dispatches: Dispatch[] = [];
  cap(own, { maxStorageBufferBindingSize: limit });
  context.dispatch = (made) => {
    dispatches.push(made);
    dispatch(made);
  };
  try {
    const result = fn();
    for (const { operands } of dispatches) {
      for (const [name, { byteLength, offset }] of Object.entries(operands)) {
        expect(byteLength, name).toBeLessThanOrEqual(limit);
        expect(offset % own.device.limits.minStorageBufferOffsetAlignment, name).toBe(0);
      }
    }
    return { result, dispatches };
  } finally {
    Object.assign(context, { target, dispatch });
  }
}
