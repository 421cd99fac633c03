/**
 * Watches what a library does with WebGPU behind its interface: a wait for the wrong device, or a layer computed on the CPU,
 * would make it look fast.
 */
import { noteBindGroups } from '../gpu-clock/bindings';
import { afterCalls, hook } from '../gpu-clock/hooks';
import { bytesOfTexture } from './texture-bytes';

export interface GpuWatch {
  readonly devices: () => number;
  /** The device that was opened last. */
  readonly device: () => GPUDevice | undefined;
  /** Dispatches so far. */
  readonly dispatches: () => number;
  /** Submits so far, empty ones left out. */
  readonly submits: () => number;
  /** The most bytes that buffers and textures took at once. One that is never destroyed counts forever. */
  readonly peakBytes: () => number;
  /** The errors that nobody caught, since the last call. */
  readonly errors: () => readonly string[];
}

/** Watches all WebGPU calls in this realm from now on. Its devices have the GPU's clock, if there is one. */
export function watchGpu(): GpuWatch {
  let devices = 0;
  let last: GPUDevice | undefined;
  let dispatches = 0;
  let submits = 0;
  let errors: string[] = [];
  const opened = (device: GPUDevice): void => {
    devices++;
    last = device;
    device.addEventListener('uncapturederror', ({ error }) => errors.push(error.message));
    void device.lost.then(({ message, reason }) => errors.push(`the device is lost (${reason}): ${message}`));
  };

  withClock();
  noteBindGroups();
  afterCalls(GPUAdapter, 'requestDevice', (result) => void result.then(opened, () => undefined));
  for (const name of ['dispatchWorkgroups', 'dispatchWorkgroupsIndirect'] as const) {
    afterCalls(GPUComputePassEncoder, name, () => dispatches++);
  }
  afterCalls(GPUQueue, 'submit', (_, __, [buffers]) => {
    if ([...buffers].length > 0) submits++;
  });
  return {
    devices: () => devices,
    device: () => last,
    dispatches: () => dispatches,
    submits: () => submits,
    peakBytes: watchMemory(),
    errors() {
      const told = errors;
      errors = [];
      return told;
    },
  };
}

/** Not every library asks for timestamps. */
function withClock(): void {
  hook(
    GPUAdapter,
    'requestDevice',
    (own) =>
      function (descriptor = {}) {
        const features = new Set(descriptor.requiredFeatures);
        if (this.features.has('timestamp-query')) features.add('timestamp-query');
        return own.call(this, { ...descriptor, requiredFeatures: [...features] });
      },
  );
}

/** The most bytes so far. */
function watchMemory(): () => number {
  const sizes = new WeakMap<object, number>();
  let live = 0;
  let peak = 0;
  const made = (object: object, bytes: number): void => {
    sizes.set(object, bytes);
    live += bytes;
    peak = Math.max(peak, live);
  };
  const destroyed = (_: unknown, object: object): void => {
    live -= sizes.get(object) ?? 0;
    sizes.delete(object);
  };
  afterCalls(GPUDevice, 'createBuffer', (buffer) => made(buffer, buffer.size));
  afterCalls(GPUDevice, 'createTexture', (texture) => made(texture, bytesOfTexture(texture)));
  afterCalls(GPUBuffer, 'destroy', destroyed);
  afterCalls(GPUTexture, 'destroy', destroyed);
  return () => peak;
}
