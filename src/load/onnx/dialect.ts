/**
 * ONNX's operators, from opset 7 on. What older files write as attributes and newer ones as inputs is read in either form.
 * An operator whose meaning changed depends on the version.
 *
 * @module
 * @see https://onnx.ai/onnx/operators/
 */
import type { Dialect } from '../dialect';
import { CONV_OPS } from './ops-conv';
import { COPY_OPS } from './ops-copy';
import { EINSUM_OPS } from './ops-einsum';
import { INDEX_OPS } from './ops-index';
import { LAYOUT_OPS } from './ops-layout';
import { MATH_OPS } from './ops-math';
import { NORM_OPS } from './ops-norm';
import { QUANTIZED_OPS } from './ops-quantized';
import { reduceOps } from './ops-reduce';
import { RESIZE_OPS } from './ops-resize';
import { SHAPE_OPS } from './ops-shape';

/** @param opset the version of ONNX's own operators */
export function onnxDialect(opset: number): Dialect {
  const ops = {
    ...CONV_OPS,
    ...COPY_OPS,
    ...EINSUM_OPS,
    ...INDEX_OPS,
    ...LAYOUT_OPS,
    ...MATH_OPS,
    ...NORM_OPS,
    ...QUANTIZED_OPS,
    ...RESIZE_OPS,
    ...SHAPE_OPS,
    ...reduceOps(opset),
  };
  return { name: 'ONNX', ops: new Map(Object.entries(ops)) };
}
