/** How long runs will take on this device: probed once, then asked for each choice. It is a chunk of its own. */
import { modelsOf } from '../models/models';
import { secondsOf } from './estimate';
import type { Asked } from './presets';
import { probe } from './probe';

/** @throws (rejects) if the device does not answer the probe */
export async function foreseer(): Promise<(asked: Asked) => readonly number[]> {
  const rates = await probe();
  return (asked) => secondsOf(asked, rates, modelsOf);
}
