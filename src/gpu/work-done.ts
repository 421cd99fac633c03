/**
 * Finds out when the GPU is done, to a fraction of a millisecond.
 *
 * Firefox checks only every 100 ms, and at each submit (https://bugzilla.mozilla.org/show_bug.cgi?id=1870699). So if even a wait
 * for nothing takes long, empty submits make the browser check, each after the answer to the one before. In other browsers
 * they would only disturb: SwiftShader took up to seven times as long (Chromium 156, 2026-11).
 *
 * @module
 */

/** A wait for nothing: 0.2 ms in Chromium, 100 ms in Firefox. */
const LONG_MS = 20;

/** The devices whose browser was found to check rarely. */
const rarelyLooked = new WeakSet<GPUDevice>();

/** The part of a GpuContext that this module uses. */
interface Context {
  readonly device: GPUDevice;
  /** Has a loss when the device is lost. */
  readonly life: { readonly loss?: unknown };
}

/** Waits for all that was submitted, and finds out whether the browser checks rarely. */
export async function settleWork(context: Context): Promise<void> {
  const { device } = context;
  await workDone(context);
  if (rarelyLooked.has(device)) return;
  // Measure twice: any browser may be interrupted once.
  const waits: number[] = [];
  for (let i = 0; i < 2; i++) {
    const start = performance.now();
    waits.push((await workDone(context)) - start);
  }
  if (Math.min(...waits) > LONG_MS) rarelyLooked.add(device);
}

/**
 * Settles when all that was submitted is done; gives the time, as `performance.now` does. If the device is lost, Firefox never
 * reports its work as done: wait by `context.life.during`.
 */
export async function workDone(context: Context): Promise<number> {
  const { device } = context;
  const now = (): number => performance.now();
  const end = device.queue.onSubmittedWorkDone().then(now, now);
  let time = rarelyLooked.has(device) ? undefined : await end;
  while (time === undefined && context.life.loss === undefined) time = await Promise.race([end, look(device)]);
  return time ?? now();
}

/** Makes the browser check; settles when it has. */
async function look(device: GPUDevice): Promise<undefined> {
  device.pushErrorScope('validation');
  device.queue.submit([]);
  await device.popErrorScope().catch(() => null);
}
