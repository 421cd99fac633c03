/**
 * What a library does with WebGPU behind its interface: a wait for the wrong device, or a layer computed on the CPU, would
 * make it look fast.
 */

export interface GpuWatch {
  readonly devices: () => number;
  /** Dispatches so far. */
  readonly dispatches: () => number;
  /** The errors that nobody caught, since the last call. */
  readonly errors: () => readonly string[];
}

/** Watches all that is done with WebGPU in this realm from now on. */
export function watchGpu(): GpuWatch {
  let devices = 0;
  let dispatches = 0;
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
  return {
    devices: () => devices,
    dispatches: () => dispatches,
    errors() {
      const told = errors;
      errors = [];
      return told;
    },
  };
}

/** Tells the result of every call of a class's method. */
function afterCalls<T extends object>(prototype: T, name: keyof T, tell: (result: unknown) => void): void {
  const method = prototype[name] as (...parameters: unknown[]) => unknown;
  const watched = function (this: T, ...parameters: unknown[]): unknown {
    const result = method.apply(this, parameters);
    tell(result);
    return result;
  };
  Object.assign(prototype, { [name]: watched });
}
