/**
 * Ops that describe shapes, and small arrays made of that.
 *
 * @module
 * @see https://onnx.ai/onnx/operators/
 */
import { sizeOf } from '../../conv/check';
import type { OpDefinition } from '../dialect';
import { fill, range } from '../host-shapes';
import { hostValue, integers, type HostDType } from '../host-value';

const isWhole = (): HostDType => 'int32';

export const SHAPE_OPS: Readonly<Record<string, OpDefinition>> = {
  Shape: {
    inputs: [1, 1],
    shapeOnly: true,
    dtype: isWhole,
    host: ([x], { attributes }) => {
      const end = attributes.integer('end', x.shape.length);
      return integers(x.shape.slice(attributes.integer('start', 0), end));
    },
  },
  Size: {
    inputs: [1, 1],
    shapeOnly: true,
    dtype: isWhole,
    host: ([x]) => hostValue('int32', [], [sizeOf(x.shape)]),
  },
  // The reader of the file makes the number a second input, or leaves it out for 0.
  ConstantOfShape: {
    inputs: [1, 2],
    dtype: (_, [, value = 'float32']) => value,
    host: ([dims, value]) => fill(dims, value ?? hostValue('float32', [], [0])),
  },
  Range: { inputs: [3, 3], host: ([start, limit, delta]) => range(start, limit, delta) },
};
