/**
 * A batch in parts, where a tensor of it is larger than what the device binds at once. The images of a batch do not know of
 * each other, so each part reads and writes a range of the same buffers.
 *
 * @module
 */
import type { GpuContext } from '../gpu/context';
import { bytesOf, type Form } from '../tensor/dtype';
import { byteLengthOf } from '../tensor/tensor';
import type { Part } from './call';

/**
 * The fewest parts that can be bound; undefined if the whole can be, which is as a rule.
 *
 * @param tensors what has a batch, outermost; by the names that errors have for them
 * @throws if one does not fit into a buffer, or not even the smallest part can be bound
 */
export function partsOf(
  op: string,
  tensors: Readonly<Record<string, Form>>,
  context: GpuContext,
): readonly Part[] | undefined {
  const limit = context.target.limits.maxStorageBufferBindingSize;
  const alignment = context.device.limits.minStorageBufferOffsetAlignment;
  const named = Object.entries(tensors);
  const sizes = named.map(([name, form]) => byteLengthOf(op, name, form, context, false));
  if (sizes.every((bytes) => bytes <= limit)) return undefined;
  const [[, { shape }]] = named;
  const [batch] = shape;
  const images = named.map(([, form]) => bytesOf(form) / batch);
  // A part begins where a binding may. Bytes are even and the alignment is a power of two, so this ends.
  let step = 1;
  while (images.some((bytes) => (step * bytes) % alignment !== 0)) step *= 2;
  const count = Math.floor(limit / Math.max(...images) / step) * step;
  // Says which tensor is too large.
  if (count === 0) for (const [name, form] of named) byteLengthOf(op, name, form, context);
  const inputs = Object.keys(tensors);
  const parts: Part[] = [];
  for (let first = 0; first < batch; first += count) {
    parts.push({ first, count: Math.min(count, batch - first), batch, inputs });
  }
  return parts;
}
