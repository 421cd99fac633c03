/**
 * The memory of a device: it is the context's adviser, moves to the next device after a loss, and has one writer at a time.
 *
 * @module
 */
import { check } from '../conv/check';
import type { GpuContext } from '../gpu/context';
import { adviceOf } from './advice';
import { deviceKey } from './key';
import { createMemory, type Memory } from './memory';
import { blame } from './watch';

const memories = new WeakMap<GpuContext, Memory>();

/** The memory of a device. The first call makes it, and it advises from then on. */
export function memoryOf(context: GpuContext): Memory {
  const known = memories.get(context);
  if (known !== undefined) return known;
  const memory = createMemory();
  advise(memory, context);
  return memory;
}

/** Lets the memory advise a device, and after its loss the new one if that is of the same kind. */
function advise(memory: Memory, context: GpuContext): void {
  memories.set(context, memory);
  memory.changed = () => context.plans.clear();
  memory.changed();
  context.advise = (question) => adviceOf(memory, question, context.target);
  context.heirs.add((next) => {
    if (keyOf(next) !== keyOf(context)) return;
    for (const remembered of memory.winners.values()) remembered.choice = undefined;
    advise(memory, next);
  });
}

/** The key of a device's winners: the kind of device, and the browser. */
export function keyOf({ device }: GpuContext): string {
  return deviceKey(device.adapterInfo, globalThis.navigator);
}

/** Runs a measurement alone: two at once would time each other. */
export async function exclusively<T>(op: string, context: GpuContext, fn: (memory: Memory) => Promise<T>): Promise<T> {
  const memory = memoryOf(context);
  check(!memory.busy, () => `${op}: another tune or selfTest is running on this gpu; await it first`);
  memory.busy = true;
  try {
    return await context.life.during(op, fn(memory));
  } catch (error) {
    const { trying } = memory;
    const { loss, remedy } = context.life;
    if (trying === undefined || loss === undefined || loss.reason === 'destroyed') throw error;
    blame(memory, trying);
    throw new Error(
      `${op}: the GPU device was lost (${loss.reason}${loss.message && `: ${loss.message}`}) while ${trying.what} was tried, which is not tried again on this device; ${remedy}`,
      { cause: error },
    );
  } finally {
    memory.trying = memory.suspect = undefined;
    memory.busy = false;
  }
}
