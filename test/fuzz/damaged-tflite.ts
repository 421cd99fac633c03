/** .tflite files damaged as by accident or by an attacker: bits, offsets, sizes and counts are changed, and ends cut. */
import { generator } from '../support/random';
import { tinyTflite } from '../support/tflite-file';

const f32 = (...values: number[]): Float32Array => Float32Array.from(values);
const i32 = (...values: number[]): Int32Array => Int32Array.from(values);

/** Small files with every feature that a file can have: options, scales, halves, whole numbers, signatures, custom ops. */
export const TFLITE_FILES: readonly Uint8Array<ArrayBuffer>[] = [
  tinyTflite({
    tensors: {
      x: { shape: [1, 4, 4, 2], signature: [-1, 4, 4, 2] },
      filter: { shape: [3, 3, 3, 2], type: 'INT8', data: new Int8Array(54).fill(3), scales: [0.1, 0.2, 0.3], axis: 0 },
      bias: { shape: [3], data: f32(1, 2, 3) },
      conv: { shape: [1, 2, 2, 3] },
      pool: { shape: [1, 1, 1, 3] },
      size: { shape: [2], type: 'INT32', data: i32(1, 3) },
      flat: { shape: [1, 3] },
      halves: { shape: [2, 3], type: 'FLOAT16', data: Uint16Array.of(0x3c00, 0, 0x3800, 0x4000, 0xbc00, 0) },
      dense: { shape: [2, 3] },
      y: { shape: [1, 2] },
    },
    operators: [
      { op: 'CONV_2D', inputs: ['x', 'filter', 'bias'], outputs: ['conv'], options: { padding: 'SAME', stride_w: 2, stride_h: 2, fused_activation_function: 'RELU6', dilation_w_factor: 1, dilation_h_factor: 1 } }, // prettier-ignore
      { op: 'MAX_POOL_2D', inputs: ['conv'], outputs: ['pool'], options: { padding: 'VALID', stride_w: 1, stride_h: 1, filter_width: 2, filter_height: 2 } }, // prettier-ignore
      { op: 'RESHAPE', inputs: ['pool', 'size'], outputs: ['flat'] },
      { op: 'DEQUANTIZE', inputs: ['halves'], outputs: ['dense'] },
      { op: 'FULLY_CONNECTED', inputs: ['flat', 'dense', ''], outputs: ['y'], options: { fused_activation_function: 'RELU' } }, // prettier-ignore
    ],
    inputs: ['x'],
    outputs: ['y'],
    signature: { inputs: { image: 'x' }, outputs: { scores: 'y' } },
  }),
  tinyTflite({
    tensors: {
      x: { shape: [2, 6], type: 'INT8', scales: [0.5], zeroPoints: [3] },
      axis: { shape: [], type: 'INT32', data: i32(1) },
      a: { shape: [2, 3], type: 'INT8', scales: [0.5], zeroPoints: [3] },
      b: { shape: [2, 3], type: 'INT8', scales: [0.5], zeroPoints: [3] },
      both: { shape: [2, 6], type: 'INT8', scales: [0.25], zeroPoints: [-3] },
      dims: { shape: [2], type: 'INT32' },
      ones: { shape: [2], type: 'INT64', data: BigInt64Array.of(1n, 1n) },
      times: { shape: [2, 6] },
      begin: { shape: [2], type: 'INT32', data: i32(0, 1) },
      end: { shape: [2], type: 'INT32', data: i32(2, 5) },
      strides: { shape: [2], type: 'INT32', data: i32(1, 2) },
      part: { shape: [2, 2] },
      four: { shape: [3], type: 'INT4', data: Uint8Array.of(0x21, 0x0f), scales: [0.5] },
      y: { shape: [2, 2] },
    },
    operators: [
      { op: 'SPLIT', inputs: ['axis', 'x'], outputs: ['a', 'b'], options: { num_splits: 2 } },
      { op: 'CONCATENATION', inputs: ['b', 'a'], outputs: ['both'], options: { axis: 1, fused_activation_function: 'RELU' } }, // prettier-ignore
      { op: 'SHAPE', inputs: ['both'], outputs: ['dims'] },
      { op: 'TILE', inputs: ['both', 'ones'], outputs: ['times'] },
      { op: 'STRIDED_SLICE', inputs: ['times', 'begin', 'end', 'strides'], outputs: ['part'], options: { begin_mask: 1 } }, // prettier-ignore
      { op: 'MAXIMUM', inputs: ['part', 'part'], outputs: ['y'] },
    ],
    inputs: ['x'],
    outputs: ['y', 'dims', 'four'],
  }),
  tinyTflite({
    tensors: {
      x: { shape: [1, 2, 2, 1] },
      filter: { shape: [1, 2, 2, 1], data: f32(1, 2, 3, 4) },
      bias: { shape: [1], data: f32(1) },
      up: { shape: [1, 4, 4, 1] },
      size: { shape: [2], type: 'INT32', data: i32(3, 3) },
      y: { shape: [1, 3, 3, 1] },
    },
    operators: [
      { op: 'Convolution2DTransposeBias', inputs: ['x', 'filter', 'bias'], outputs: ['up'], custom: new Uint8Array(i32(1, 2, 2).buffer) }, // prettier-ignore
      { op: 'RESIZE_BILINEAR', inputs: ['up', 'size'], outputs: ['y'], options: { align_corners: true } },
    ],
    inputs: ['x'],
    outputs: ['y'],
  }),
  tinyTflite({
    tensors: {
      x: { shape: [1, 4] },
      sparse: { shape: [4, 4], data: f32(1, 2, 3, 4, 5, 6, 7, 8), sparsity: { order: [1, 0, 3, 2], blocks: [0, 1], levels: [2, { segments: Uint16Array.of(0, 1, 2), indices: Uint8Array.of(1, 0) }, 2, 2] } }, // prettier-ignore
      dense: { shape: [4, 4] },
      y: { shape: [1, 4] },
    },
    operators: [
      { op: 'DENSIFY', inputs: ['sparse'], outputs: ['dense'] },
      { op: 'FULLY_CONNECTED', inputs: ['x', 'dense', ''], outputs: ['y'], options: { fused_activation_function: 'NONE' } }, // prettier-ignore
    ],
    inputs: ['x'],
    outputs: ['y'],
  }),
];

/** Replacements for one byte, two or four. */
const JUNK = [0, 1, 2, 3, 7, 8, 16, 127, 128, 255, 256, 2 ** 15, 2 ** 16 - 1, 2 ** 20, 2 ** 24, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 4, 2 ** 32 - 1, 0x7fc00000, 0x7f800000]; // prettier-ignore

/** The damaged file of a seed. */
export function damagedTflite(seed: number): Uint8Array<ArrayBuffer> {
  const next = generator(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)];
  const bytes = pick(TFLITE_FILES).slice();
  const view = new DataView(bytes.buffer);
  for (let count = next() < 0.7 ? 1 : 4; count > 0; count--) {
    const at = Math.floor(next() * (bytes.length - 4));
    const kind = pick(['bit', 'byte', 'byte', 'short', 'word', 'word', 'near', 'copy', 'cut']);
    if (kind === 'bit') bytes[at] ^= 1 << Math.floor(next() * 8);
    if (kind === 'byte') bytes[at] = pick(JUNK);
    if (kind === 'short') view.setUint16(at & ~1, pick(JUNK), true);
    if (kind === 'word') view.setUint32(at & ~3, pick(JUNK), true);
    if (kind === 'near') view.setInt32(at & ~3, view.getInt32(at & ~3, true) + pick([-8, -4, -1, 1, 4, 8, 64]), true);
    if (kind === 'copy') bytes.copyWithin(at, Math.floor(next() * bytes.length), Math.floor(next() * bytes.length));
    if (kind === 'cut' && next() < 0.2) return bytes.slice(0, at);
  }
  return bytes;
}
