/** Estimates the time of a run on this device. The device is probed once. The page imports this file after its first drawing. */
import { modelsOf } from '../models/models';
import { secondsOf } from './estimate';
import type { Asked } from './presets';
import { probe } from './probe';

/** @throws (rejects) if the device does not answer the probe */
export async function foreseer(): Promise<(asked: Asked) => readonly number[]> {
  const rates = await probe();
  return (asked) => secondsOf(asked, rates, modelsOf);
}
