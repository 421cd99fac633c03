/** Converts between TensorFlow's layouts, in which layers are given, and those of other libraries. */
import { sizeOf, type Shape } from '../convolution';

/** The dimensions of an NHWC shape in the order of the layout. */
export function dimensions(shape: Shape, layout: 'NCHW' | 'NHWC'): readonly number[] {
  const [n, height, width, channels] = shape;
  return layout === 'NHWC' ? shape : [n, channels, height, width];
}

/** [n, h, w, c] to [n, c, h, w]. */
export function toNchw(values: Float32Array, shape: Shape): Float32Array<ArrayBuffer> {
  return permuted(values, shape, [0, 3, 1, 2]);
}

/** [n, c, h, w] to [n, h, w, c]; the shape is given in the latter order. */
export function toNhwc(values: Float32Array, [n, height, width, channels]: Shape): Float32Array<ArrayBuffer> {
  return permuted(values, [n, channels, height, width], [0, 2, 3, 1]);
}

/** [h, w, i, o] to [o, i, h, w]. */
export function filterToOihw(values: Float32Array, shape: Shape): Float32Array<ArrayBuffer> {
  return permuted(values, shape, [3, 2, 0, 1]);
}

/** [h, w, i, o] to [o, h, w, i]. */
export function filterToOhwi(values: Float32Array, shape: Shape): Float32Array<ArrayBuffer> {
  return permuted(values, shape, [3, 0, 1, 2]);
}

/** The output's axis i is the input's axis order[i]. */
function permuted(values: Float32Array, shape: Shape, order: Shape): Float32Array<ArrayBuffer> {
  const strides = [shape[1] * shape[2] * shape[3], shape[2] * shape[3], shape[3], 1];
  const [a, b, c, d] = order.map((axis) => ({ size: shape[axis], stride: strides[axis] }));
  const result = new Float32Array(sizeOf(shape));
  let place = 0;
  for (let i = 0; i < a.size; i++)
    for (let j = 0; j < b.size; j++)
      for (let k = 0; k < c.size; k++)
        for (let l = 0; l < d.size; l++)
          result[place++] = values[i * a.stride + j * b.stride + k * c.stride + l * d.stride];
  return result;
}
