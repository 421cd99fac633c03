/**
 * Follows a gpu from device to device: which context is in use, and which one replaces it when its device is lost.
 *
 * @module
 */
import type { GpuContext } from './context';
import { OPEN_ANEW, type Loss } from './life';
import type { DeviceOptions } from './open';
import type * as recovering from './recover';

/** What happens to a gpu when its device is lost. */
export interface RecoveryOptions {
  /**
   * Is called when the device is lost, unless by `gpu.destroy()`.
   *
   * @example
   * ```ts
   * const gpu = await openGpu({
   *   async onLost({ recovering }) {
   *     if (!recovering) return;
   *     await gpu.ready();
   *     paint(); // kept tensors are back, all others are to be made again
   *   },
   * });
   * ```
   */
  readonly onLost?: (loss: LostDevice) => void;
  /**
   * Whether to open a new device when this one is lost, as `gpu.ready` says; default true for a device that `openGpu` opened. A
   * device of the app's is never replaced.
   */
  readonly recover?: boolean;
}

/** What `onLost` is told. */
export interface LostDevice extends Loss {
  /** Whether a new device is being opened; `await gpu.ready()`. */
  readonly recovering: boolean;
}

export interface Lifetime {
  /** The context of the present device; it stays that of the lost device until a new one is there. */
  readonly context: GpuContext;
  /** Settles when the present device can be used, or when no new one comes: the context then says so. Never rejects. */
  ready(): Promise<void>;
  /** Ends the gpu: no new device is opened afterwards. */
  destroy(): void;
}

/** What to do while a lost device is being replaced. */
const COMING = 'a new one is coming: await gpu.ready()';

/**
 * The lifetime that begins with this context.
 *
 * @param options with the `device` if it is the app's; otherwise it is destroyed with the gpu
 * @param onError is told why no new device comes, or why a kept tensor does not come back
 * @param open makes the context of a new device
 */
export function createLifetime(
  first: GpuContext,
  options: RecoveryOptions & DeviceOptions,
  onError: (error: Error) => void,
  open: () => Promise<GpuContext>,
): Lifetime {
  const owned = options.device === undefined;
  const recovers = options.recover ?? owned;
  let context = first;
  let destroyed = false;
  /** Settles at the end of the attempts to replace a lost device; set only meanwhile; never rejects. */
  let recovered: Promise<void> | undefined;

  /** Loads it while the device works: the network may be gone with it. */
  const recovery = (): Promise<typeof recovering> => import('./recover');

  const watch = (): void => {
    const watched = context;
    if (recovers) {
      watched.life.remedy = COMING;
      // A failure counts when the device is lost: then it is tried again.
      recovery().catch(() => {});
    }
    void watched.life.lost.then((loss) => {
      if (destroyed) return;
      if (recovers) recovered = replace(watched);
      // Call it in a microtask, so that an error of the app's does not end up here.
      queueMicrotask(() => options.onLost?.({ ...loss, recovering: recovers }));
    });
  };

  const replace = async (lost: GpuContext): Promise<void> => {
    lost.life.remedy = COMING;
    try {
      const { recover } = await recovery();
      context = await recover(lost, open, onError);
      recovered = undefined;
      watch();
      if (destroyed) destroy();
    } catch (error) {
      lost.life.remedy = `no new one could be opened (${(error as Error).message}); gpu.ready() tries again`;
      recovered = undefined;
      if (!destroyed) onError(error as Error);
    }
  };

  const destroy = (): void => {
    destroyed = true;
    context.life.remedy = OPEN_ANEW;
    context.life.end({ reason: 'destroyed', message: 'gpu.destroy() was called' });
    if (owned) context.device.destroy();
  };

  watch();
  return {
    get context() {
      return context;
    },
    async ready() {
      const asked = context;
      if (asked.life.loss !== undefined) {
        // By then, everything that reacts to the loss has reacted.
        await asked.life.lost;
        if (recovers && !destroyed && asked === context) recovered ??= replace(asked);
      }
      // Check again: the new device may be lost while it replaces the old one.
      // oxlint-disable-next-line eslint/no-unmodified-loop-condition -- `replace` modifies it
      while (recovered !== undefined) await recovered;
    },
    destroy,
  };
}
