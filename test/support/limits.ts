/** Pretends that devices have smaller binding limits, and records the dispatches that result. */
import { expect } from 'vitest';
import type { Bound, Dispatch } from '../../src/gpu/encode';
import type { Gpu } from '../../src/index';
import type { Limits } from '../../src/kernels/kernel';

/** Makes the library assume smaller limits from now on. */
export function cap(own: Gpu, limits: Partial<Limits>): void {
  const { target } = own.context;
  Object.assign(own.context, { target: { ...target, limits: { ...target.limits, ...limits } } });
}

/** What a dispatch binds, by the names of the step's bindings. Offsets count from the beginning of the tensor. */
export function boundBy({ step, operands }: Dispatch): Readonly<Record<string, Bound>> {
  const stored = step.bindings.filter(({ access }) => access !== 'uniform');
  expect(operands.length, step.label).toBe(stored.length);
  return Object.fromEntries(stored.map(({ name }, i) => [name, operands[i]]));
}

/** Calls `see` with everything that is queued from now on, until the returned function is called. */
export function watchDispatches({ context: { queue } }: Gpu, see: (dispatch: Dispatch) => void): () => void {
  const dispatch = queue.dispatch.bind(queue);
  queue.dispatch = (made) => {
    see(made);
    dispatch(made);
  };
  return () => void Object.assign(queue, { dispatch });
}

/** Runs `fn` on a device that binds at most `limit` bytes, and returns the dispatches. A larger binding fails. */
export function bindingAtMost<T>(
  own: Gpu,
  limit: number,
  fn: () => T,
): { readonly result: T; readonly dispatches: readonly Dispatch[] } {
  const { context } = own;
  const { target } = context;
  const dispatches: Dispatch[] = [];
  cap(own, { maxStorageBufferBindingSize: limit });
  const stop = watchDispatches(own, (made) => void dispatches.push(made));
  try {
    const result = fn();
    for (const dispatch of dispatches) {
      for (const [name, { storage, offset, byteLength }] of Object.entries(boundBy(dispatch))) {
        expect(byteLength, name).toBeLessThanOrEqual(limit);
        expect((storage.offset + offset) % own.device.limits.minStorageBufferOffsetAlignment, name).toBe(0);
      }
    }
    return { result, dispatches };
  } finally {
    stop();
    Object.assign(context, { target });
  }
}
