/**
 * Lends a tensor's buffer to another library, which takes a whole buffer from its beginning on.
 *
 * @module
 */
import { check, show } from '../conv/check';
import { bytesOf } from '../kernels/dtype';
import { Tensor } from '../tensor/tensor';
import { viewOf } from '../tensor/view';

/** A tensor's elements for another library. */
export interface SharedBuffer {
  readonly buffer: GPUBuffer;
  /** Reads the elements, in the tensor's type. */
  readonly read: () => Promise<ArrayLike<number>>;
  /** Gives the buffer back. Call it when the other library has submitted all commands that use it. */
  readonly release: () => void;
}

/**
 * Hands out the elements. The commands that compute them are submitted when this returns. The buffer stays unchanged until it is
 * released, even if the tensor is disposed; it may be larger than the tensor.
 *
 * @param op the public function, for errors
 * @throws as `tensor.gpuBuffer()` does, or if the tensor is none
 */
export function shareBuffer(op: string, tensor: Tensor): SharedBuffer {
  check(tensor instanceof Tensor, () => `${op}: tensor is ${show(tensor)}; give a tensor of depthwise`);
  const buffer = tensor.gpuBuffer();
  // Make a view, since it has a reference of its own.
  const view = viewOf(op, tensor, tensor.shape);
  const read = (): Promise<ArrayLike<number>> => view.read<ArrayLike<number>>();
  if (view.byteOffset === 0) return { buffer, read, release: () => view.dispose() };
  const copy = copied(view, buffer);
  const release = (): void => {
    view.dispose();
    copy.destroy();
  };
  return { buffer: copy, read, release };
}

function copied(tensor: Tensor, from: GPUBuffer): GPUBuffer {
  const { device } = tensor.context;
  const size = Math.ceil(bytesOf(tensor) / 4) * 4;
  const usage = 0x80 | 0x8 | 0x4; // STORAGE | COPY_DST | COPY_SRC
  const buffer = device.createBuffer({ label: 'depthwise copy', size, usage });
  const encoder = device.createCommandEncoder({ label: 'depthwise copy' });
  encoder.copyBufferToBuffer(from, tensor.byteOffset, buffer, 0, size);
  device.queue.submit([encoder.finish()]);
  return buffer;
}
