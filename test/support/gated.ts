/** A gpu whose device compiles a program at once, later, or never, as a test wants it. */
import type { Gpu, GpuOptions } from '../../src/index';
import { newDevice, withGpu } from './gpu';

/** What stands in for others, by the first word of its label. */
export const STAND_IN: RegExp = /\/(quick|rows|general)$/;

export interface Gated {
  readonly own: Gpu;
  readonly errors: readonly Error[];
  /** Lets the programs compile that no stand-in has. */
  readonly open: () => void;
  /** Labels of the programs whose compilation was begun. */
  readonly begun: string[];
}

/** What the device does with a program: compile it at once, when `open` is called, or never. */
export type Fate = 'at once' | 'later' | 'fails';

/** Stand-ins at once, and all others later. */
export const byKind = (label: string): Fate => (STAND_IN.test(label.split(' ')[0]) ? 'at once' : 'later');

/** A gpu whose programs compile when they are let. */
export async function gated(
  fn: (given: Gated) => Promise<void>,
  options: GpuOptions = {},
  fate: (label: string) => Fate = byKind,
): Promise<void> {
  const device = await subgroupDevice();
  const create = device.createComputePipelineAsync.bind(device);
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  const begun: string[] = [];
  device.createComputePipelineAsync = async (descriptor) => {
    begun.push(descriptor.label!);
    const meant = fate(descriptor.label!);
    if (meant === 'fails') throw new Error('not on this device');
    if (meant === 'later') await gate;
    return create(descriptor);
  };
  try {
    await withGpu({ device, quickStart: true, ...options }, async (own, errors) => fn({ own, errors, open, begun }));
  } finally {
    device.destroy();
  }
}

async function subgroupDevice(): Promise<GPUDevice> {
  const adapter = (await navigator.gpu.requestAdapter())!;
  if (!adapter.features.has('subgroups')) return newDevice();
  return adapter.requestDevice({ requiredFeatures: ['subgroups'] });
}
