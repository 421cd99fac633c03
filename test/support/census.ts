/**
 * Who is still alive: what a device made, and tensors, counted after the garbage was collected.
 *
 * A heap's size trembles by more than a leak of a few objects; that an object is gone is certain.
 */
import * as vitestBrowser from 'vitest/browser';

/** Whether the garbage can be collected on demand: through Chromium's debugger, which no other browser has. */
export const collectsGarbage: boolean = !navigator.userAgent.includes('Firefox');

/** The part of Chromium's debugging protocol that is used here. */
interface Debugger {
  send(method: 'HeapProfiler.collectGarbage'): Promise<void>;
  send(method: 'Runtime.getHeapUsage'): Promise<{ readonly usedSize: number }>;
}

declare module 'vitest/browser' {
  /** Vitest's providers come with its type; ours has none. */
  export function cdp(): Debugger;
}

/** Collects all garbage; gives the bytes of the JavaScript heap that are left. */
export async function collectGarbage(): Promise<number> {
  const session = vitestBrowser.cdp();
  // What a WeakRef was asked for lives until its turn of the event loop ends. What dies in one round (a buffer's wrapper)
  // may free more in the next (what its promises held).
  for (let round = 0; round < 3; round++) {
    await new Promise((resolve) => setTimeout(resolve));
    await session.send('HeapProfiler.collectGarbage');
  }
  return (await session.send('Runtime.getHeapUsage')).usedSize;
}

/** Objects by kind, without keeping them. */
export interface Census {
  add(kind: string, object: object): void;
  /** How many of each kind were ever counted. */
  born(): Readonly<Record<string, number>>;
  /** How many of each kind are alive. */
  alive(): Readonly<Record<string, number>>;
}

export function createCensus(): Census {
  const kinds = new Map<string, { born: number; refs: WeakRef<object>[] }>();
  return {
    add(kind, object) {
      const counted = kinds.get(kind) ?? { born: 0, refs: [] };
      kinds.set(kind, counted);
      counted.born++;
      counted.refs.push(new WeakRef(object));
      // The refs themselves must not fill the heap that is measured.
      if (counted.refs.length % 4096 === 0) counted.refs = counted.refs.filter((ref) => ref.deref() !== undefined);
    },
    born: () => Object.fromEntries([...kinds].map(([kind, { born }]) => [kind, born])),
    alive() {
      for (const counted of kinds.values()) counted.refs = counted.refs.filter((ref) => ref.deref() !== undefined);
      return Object.fromEntries([...kinds].map(([kind, { refs }]) => [kind, refs.length]));
    },
  };
}

/** Counts from now on what the device makes: uniform buffers, other buffers, bind groups, shader modules. */
export function countMade(device: GPUDevice, census: Census): void {
  const counted =
    <A extends { readonly label?: string }, T extends object>(
      create: (descriptor: A) => T,
      kindOf: (descriptor: A) => string,
    ) =>
    (descriptor: A): T => {
      const made = create(descriptor);
      census.add(kindOf(descriptor), made);
      return made;
    };
  device.createBuffer = counted(device.createBuffer.bind(device), ({ label }) =>
    label === 'depthwise uniforms' ? 'uniforms' : 'buffers',
  );
  device.createBindGroup = counted(device.createBindGroup.bind(device), () => 'bind groups');
  device.createShaderModule = counted(device.createShaderModule.bind(device), () => 'programs');
}
