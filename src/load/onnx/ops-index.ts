/**
 * Elements by their indices. On the GPU with indices that are known, or from it; what depends on data is on the CPU.
 *
 * @module
 * @see https://onnx.ai/onnx/operators/
 */
import type { HostOp, OpDefinition } from '../dialect';
import { apply } from '../host-arithmetic';
import { axisIn, gather, gatherNd } from '../host-layout';
import type { HostValue } from '../host-value';

/** Negative indices count from the end. */
function counted(indices: HostValue, size: number): HostValue {
  return apply(indices, 'int32', (index) => (index < 0 ? index + size : index));
}

const gatherHost: HostOp = ([x, indices], { attributes }) => {
  const axis = axisIn(attributes.integer('axis', 0), x.shape.length);
  return gather(x, counted(indices, x.shape[axis]), axis, 0);
};

export const INDEX_OPS: Readonly<Record<string, OpDefinition>> = {
  Gather: { inputs: [2, 2], host: gatherHost },
  GatherND: {
    inputs: [2, 2],
    host: ([x, indices]) => gatherNd(x, indices),
  },
};
