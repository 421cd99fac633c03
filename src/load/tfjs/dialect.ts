/**
 * The ops of TensorFlow.js graph models.
 *
 * @module
 * @see https://www.tensorflow.org/api_docs/python/tf/raw_ops
 */
import type { Dialect, OpDefinition } from '../dialect';
import { ARITIES, resultDType } from './arity';
import { GPU_OPS } from './gpu-ops';
import { HOST_OPS } from './host-ops';

const SHAPE_OPS: ReadonlySet<string> = new Set(['Shape', 'Size', 'Rank', 'ZerosLike', 'OnesLike']);

/** TensorFlow's graphs. */
export const TFJS: Dialect = {
  name: 'TensorFlow.js graph model',
  ops: new Map(
    [...ARITIES].map(([op, arity]): [string, OpDefinition] => [
      op,
      {
        ...arity,
        gpu: GPU_OPS.get(op),
        host: HOST_OPS.get(op),
        shapeOnly: SHAPE_OPS.has(op),
        dtype: (node, _, output) => resultDType(node, output),
      },
    ]),
  ),
};
