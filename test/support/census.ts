/**
 * Counts what is still alive, objects that a device made and tensors, after garbage collection.
 *
 * A heap's size varies by more than a leak of a few objects, but it is certain whether an object is gone.
 */
import * as vitestBrowser from 'vitest/browser';

/** Whether garbage can be collected on demand. It needs Chromium's debugger, which no other browser has. */
export const collectsGarbage: boolean = !navigator.userAgent.includes('Firefox');

/** The part of Chromium's debugging protocol that is used here. */
interface Debugger {
  send(method: 'HeapProfiler.collectGarbage'): Promise<void>;
  send(method: 'Runtime.getHeapUsage'): Promise<{ readonly usedSize: number }>;
}

declare module 'vitest/browser' {
  /** Vitest's providers declare this type, but ours has none. */
  export function cdp(): Debugger;
}

/** Collects all garbage; returns the bytes left in the JavaScript heap. */
export async function collectGarbage(): Promise<number> {
  const session = vitestBrowser.cdp();
  // An object that a WeakRef returned stays alive until its turn of the event loop ends. Objects that die in one round (a
  // buffer's wrapper) may free more in the next (the objects that its promises held).
  for (let round = 0; round < 3; round++) {
    await new Promise((resolve) => setTimeout(resolve));
    await session.send('HeapProfiler.collectGarbage');
  }
  return (await session.send('Runtime.getHeapUsage')).usedSize;
}

/** Counts objects by kind without keeping them alive. */
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
