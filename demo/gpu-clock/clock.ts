/** How long something keeps the GPU busy: captured when first asked, then repeated. */
import { timed, type Contender } from '../timing';
import { captureRun, type CapturedRun } from './capture';
import { gpuTimer } from './replay';

export interface GpuClock {
  /** Milliseconds of a run; undefined without `timestamp-query`, or where the run cannot be repeated. */
  readonly ms: () => Promise<number | undefined>;
  readonly release: () => Promise<void>;
}

/** The GPU time of a contender that has run before, whatever it computes with. The device is its own. */
export function gpuClock(device: GPUDevice, contender: Contender): GpuClock {
  let capturing: Promise<CapturedRun | undefined> | undefined;
  return {
    async ms() {
      if (!device.features.has('timestamp-query')) return undefined;
      capturing ??= captureRun(device, async () => void (await timed(contender)));
      try {
        const captured = await capturing;
        return captured && (await gpuTimer(device).time(captured));
      } catch {
        // For example, a dispatch that reads a texture that is gone. The other clock goes on.
        capturing = Promise.resolve(undefined);
        return undefined;
      }
    },
    async release() {
      const captured = await capturing?.catch(() => undefined);
      captured?.release();
    },
  };
}
