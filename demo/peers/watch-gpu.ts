/**
 * What a library does with WebGPU behind its interface: a wait for the wrong device, or a layer computed on the CPU, would
 * make it look fast.
 */
import { bytesOfTexture } from './texture-bytes';

export interface GpuWatch {
  readonly devices: () => number;
  /** Dispatches so far. */
  readonly dispatches: () => number;
  /** Submits so far, empty ones left out. */
  readonly submits: () => number;
  /** The most bytes that buffers and textures took at once; one that is never destroyed counts for ever. */
  readonly peakBytes: () => number;
  /** The errors that nobody caught, since the last call. */
  readonly errors: () => readonly string[];
}

/** Watches all that is done with WebGPU in this realm from now on. */
export function watchGpu(): GpuWatch {
  let devices = 0;
  let dispatches = 0;
  let submits = 0;
  let errors: string[] = [];
  const opened = (device: GPUDevice): void => {
    devices++;
    device.addEventListener('uncapturederror', ({ error }) => errors.push(error.message));
    void device.lost.then(({ message, reason }) => errors.push(`the device is lost (${reason}): ${message}`));
  };

  afterCalls(GPUAdapter.prototype, 'requestDevice', (result) => {
    (result as Promise<GPUDevice>).then(opened, () => undefined);
  });
  for (const name of ['dispatchWorkgroups', 'dispatchWorkgroupsIndirect'] as const) {
    afterCalls(GPUComputePassEncoder.prototype, name, () => dispatches++);
  }
  afterCalls(GPUQueue.prototype, 'submit', (_, __, [buffers]) => {
    if ([...(buffers as Iterable<GPUCommandBuffer>)].length > 0) submits++;
  });
  return {
    devices: () => devices,
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

/** The most bytes so far. */
function watchMemory(): () => number {
  const sizes = new WeakMap<object, number>();
  let live = 0;
  let peak = 0;
  const made = (object: unknown, bytes: number): void => {
    sizes.set(object as object, bytes);
    live += bytes;
    peak = Math.max(peak, live);
  };
  const destroyed = (_: unknown, object: object): void => {
    live -= sizes.get(object) ?? 0;
    sizes.delete(object);
  };
  afterCalls(GPUDevice.prototype, 'createBuffer', (buffer) => made(buffer, (buffer as GPUBuffer).size));
  afterCalls(GPUDevice.prototype, 'createTexture', (texture) => made(texture, bytesOfTexture(texture as GPUTexture)));
  afterCalls(GPUBuffer.prototype, 'destroy', destroyed);
  afterCalls(GPUTexture.prototype, 'destroy', destroyed);
  return () => peak;
}

/** Tells the result of every call of a class's method, the object that it was called on, and the parameters. */
function afterCalls<T extends object>(
  prototype: T,
  name: keyof T,
  tell: (result: unknown, object: T, parameters: readonly unknown[]) => void,
): void {
  const method = prototype[name] as (...parameters: unknown[]) => unknown;
  const watched = function (this: T, ...parameters: unknown[]): unknown {
    const result = method.apply(this, parameters);
    tell(result, this, parameters);
    return result;
  };
  Object.assign(prototype, { [name]: watched });
}
