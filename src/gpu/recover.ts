/**
 * Opens a new device in the place of a lost one. Programs are compiled again when they are needed. Only the numbers of tensors
 * that were told to keep them come back, since all others were on the lost device and nowhere else.
 *
 * @module
 */
import type { Bytes, Storage } from './buffers';
import type { GpuContext, Kept } from './context';
import { pause } from './life';

/** Milliseconds to wait before each attempt: a GPU process that has crashed takes a while to start again. */
const WAITS = [0, 100, 500, 2000, 5000];

/**
 * Opens a device and moves the kept tensors to it. A tensor whose source fails stays with the lost device; `report` is told why.
 *
 * @param open makes the context of a new device
 * @throws (rejects) if there is no device to be had
 */
export async function recover(
  lost: GpuContext,
  open: () => Promise<GpuContext>,
  report: (error: Error) => void,
): Promise<GpuContext> {
  const next = await persistently(open);
  const values = await valuesOf(lost.kept, report);
  // Do not await anything from here on, so that nobody sees only half of the tensors moved.
  for (const tell of lost.heirs) tell(next);
  const moved = new Map<Kept['source'], Storage>();
  for (const kept of lost.kept) {
    const { source } = kept;
    const tensor = kept.tensor.deref();
    const value = values.get(source);
    if (tensor === undefined || value === undefined) continue;
    try {
      const known = moved.get(source);
      const storage = known ?? next.upload('gpu.tensor', value, () => 'kept tensor', source);
      if (known !== undefined) known.references++;
      moved.set(source, storage);
      tensor.moveTo(next, storage);
    } catch (error) {
      report(error as Error);
    }
  }
  lost.kept.clear();
  lost.life.remedy = 'make it again on the new one';
  return next;
}

async function persistently<T>(open: () => Promise<T>): Promise<T> {
  let failure: unknown;
  for (const wait of WAITS) {
    if (wait > 0) await pause(wait);
    try {
      return await open();
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

/** The numbers that the sources give; sources that fail are left out. */
async function valuesOf(
  all: Iterable<Kept>,
  report: (error: Error) => void,
): Promise<ReadonlyMap<Kept['source'], Bytes>> {
  const values = new Map<Kept['source'], Bytes>();
  const asking = [...new Set(Array.from(all, ({ source }) => source))].map(async (source) => {
    try {
      values.set(source, await source());
    } catch (error) {
      report(error as Error);
    }
  });
  await Promise.all(asking);
  return values;
}
