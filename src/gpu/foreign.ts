/**
 * Finds out whether a buffer of the app's is of this device. No property of a buffer says so, and a command that names a buffer
 * of another device makes the browser refuse the whole submit. So each buffer is bound once, as a test, when it is wrapped.
 *
 * @module
 */
import { check, show } from '../conv/check';
import { caught, type Storage } from './buffers';

/** The owner of a buffer, which is told when the buffer is no longer needed. */
export type BufferOwner = { dispose(): void } | (() => void);

/** Buffers that their device has accepted. An app may wrap the same buffer with every frame. */
const accepted = new WeakMap<GPUBuffer, GPUDevice>();

/**
 * Asks the device whether it can bind the buffer of an external storage. The answer comes before the outcome of any submit that
 * names the buffer. If it is no, the storage is marked as one without a buffer.
 *
 * @param op the public function, for errors
 */
export function checkOwner(op: string, device: GPUDevice, storage: Storage): void {
  const { buffer } = storage;
  if (accepted.get(buffer) === device) return;
  const layout = device.createBindGroupLayout({
    entries: [{ binding: 0, visibility: 4, buffer: { type: 'read-only-storage' } }], // GPUShaderStage.COMPUTE
  });
  const bind = (): GPUBindGroup =>
    device.createBindGroup({ layout, entries: [{ binding: 0, resource: { buffer, size: 4 } }] });
  caught(device, bind, (cause) => {
    if (cause === undefined) {
      accepted.set(buffer, device);
      return;
    }
    storage.failure = storage.missing = new Error(
      `${op}: this buffer belongs to another device, or could not be made; give one of gpu.device, or open the gpu on the buffer's device with openGpu({ device })`,
      { cause },
    );
  });
}

/**
 * Tells an owner that its buffer is no longer needed. An error that the app's owner throws must not end the work of others.
 *
 * @throws if it is none
 */
export function ownerOf(op: string, owner: BufferOwner, onError: (error: Error) => void): () => void {
  check(
    typeof owner === 'function' || typeof (owner as { readonly dispose?: unknown } | null)?.dispose === 'function',
    () =>
      `${op}: keepAlive is ${show(owner)}; give what owns the buffer, with a method dispose(), or a function to be called when the buffer is no longer needed`,
  );
  return () => {
    try {
      if (typeof owner === 'function') owner();
      else owner.dispose();
    } catch (cause) {
      const error = new Error(`${op}: keepAlive has thrown: ${(cause as Error).message}`, { cause });
      queueMicrotask(() => onError(error));
    }
  };
}
