/**
 * A weight's bytes as numbers.
 *
 * @module
 * @see https://github.com/tensorflow/tfjs/blob/master/tfjs-core/src/io/io_utils.ts (decodeWeight)
 */
import { sizeOf } from '../../conv/check';
import { halves } from '../halves';
import type { HostNumbers, HostValue } from '../host-value';
import { spend } from '../host-work';
import type { WeightSpec } from './manifest';

/** Constants up to so many elements stay decoded: biases, shapes, indices. */
const KEPT_DECODED = 4096;

/** A weight as a constant, decoded from the bytes of all shards when it is asked for. */
export function constantOf(spec: WeightSpec, bytes: Uint8Array): HostValue {
  const { name, shape, quantization } = spec;
  const dtype = spec.dtype === 'uint8' ? 'int32' : spec.dtype;
  let kept: HostNumbers | undefined;
  return {
    shape,
    dtype,
    constant: name,
    half: quantization?.dtype === 'float16',
    get values() {
      if (kept !== undefined) return kept;
      // Decoded each time, which costs nothing where the bytes are the numbers.
      if (quantization !== undefined || dtype !== spec.dtype) spend(sizeOf(shape));
      const values = decodeWeight(spec, bytes);
      if (values.length <= KEPT_DECODED) kept = values;
      return values;
    },
  };
}

/** The numbers of a weight; those of plain float32 and int32 may share the memory of `bytes`. */
export function decodeWeight(spec: WeightSpec, bytes: Uint8Array): HostNumbers {
  const { dtype, quantization } = spec;
  const size = sizeOf(spec.shape);
  const [buffer, offset] = aligned(bytes, spec);
  if (quantization === undefined) {
    if (dtype === 'float32') return new Float32Array(buffer, offset, size);
    if (dtype === 'int32') return new Int32Array(buffer, offset, size);
    const stored = new Uint8Array(buffer, offset, size);
    return dtype === 'uint8' ? Int32Array.from(stored) : stored;
  }
  if (quantization.dtype === 'float16') {
    const stored = new Uint16Array(buffer, offset, size);
    const table = halves();
    // Loops, since TypedArray.from with a function takes ten times as long.
    const values = new Float32Array(size);
    for (let i = 0; i < size; i++) values[i] = table[stored[i]];
    return values;
  }
  const { scale, min } = quantization;
  const stored =
    quantization.dtype === 'uint8' ? new Uint8Array(buffer, offset, size) : new Uint16Array(buffer, offset, size);
  const values = dtype === 'float32' ? new Float32Array(size) : new Int32Array(size);
  for (let i = 0; i < size; i++) {
    const value = stored[i] * scale + min;
    values[i] = dtype === 'float32' ? value : Math.round(value);
  }
  return values;
}

/** Where the weight begins in a buffer: its own place, or a copy where that place is not aligned. */
function aligned(bytes: Uint8Array, { offset, byteLength }: WeightSpec): readonly [ArrayBufferLike, number] {
  const start = bytes.byteOffset + offset;
  return start % 4 === 0 ? [bytes.buffer, start] : [bytes.slice(offset, offset + byteLength).buffer, 0];
}
