/**
 * TensorFlow's ops that look elements up by their places, sum along an axis, or deal images out.
 *
 * @module
 * @see https://www.tensorflow.org/api_docs/python/tf/raw_ops
 */
import { check, isCount, show } from '../../conv/check';
import { cumsum } from '../../ops/cumsum';
import { gather, gatherND } from '../../ops/gather';
import { localResponseNormalization } from '../../ops/local-response';
import { oneHot } from '../../ops/one-hot';
import { argMin } from '../../ops/reduce';
import { logSoftmax } from '../../ops/softmax';
import { batchToSpace, spaceToBatch } from '../../ops/space-batch';
import type { Tensor } from '../../tensor/tensor';
import type { GpuCall, GpuOp, GpuResult } from '../dialect';
import { mapped } from '../gpu-ordered';
import { axisIn } from '../host-layout';
import { newAxis } from '../host-shapes';

const dealing = (fn: typeof spaceToBatch): GpuOp => ({
  host: [1, 2],
  run({ tensor, host }) {
    const [block, sides] = [[...host(1).values], host(2).values];
    check(
      sides.length === 2 * block.length,
      () => `its block has ${block.length} sizes but there are ${sides.length} paddings or crops, not two for each`,
    );
    return fn(tensor(0), block, block.map((_, i) => [sides[2 * i], sides[2 * i + 1]] as const)); // prettier-ignore
  },
});

/** By op. */
export const INDEX_OPS: Readonly<Record<string, GpuOp>> = {
  Gather: { run: ({ tensor }) => gather(tensor(0), tensor(1)) },
  GatherV2: {
    host: [2],
    run({ node, shape, tensor, number }) {
      const given = node.attributes.integer('batch_dims', 0);
      const batchDims = given < 0 ? given + shape(1).length : given;
      return gather(tensor(0), tensor(1), number(2), { batchDims });
    },
  },
  GatherNd: { run: ({ tensor }) => gatherND(tensor(0), tensor(1)) },
  OneHot: { host: [1, 2, 3], run: rows },
  Cumsum: {
    host: [1],
    run(call) {
      const { attributes } = call.node;
      const [exclusive, reverse] = ['exclusive', 'reverse'].map((name) => attributes.flag(name, false));
      const axis = call.order(0).indexOf(axisIn(call.number(1), call.shape(0).length));
      return mapped(call, 0, (x) => cumsum(x, axis, { exclusive, reverse }));
    },
  },
  LogSoftmax: { run: ({ tensor }) => logSoftmax(tensor(0)) },
  ArgMin: { host: [1], run: ({ tensor, number }) => argMin(tensor(0), number(1)) },
  SpaceToBatchND: dealing(spaceToBatch),
  BatchToSpaceND: dealing(batchToSpace),
  LRN: { run: localResponse },
};

/** Rows along the axis that the node names: it is the last one where they are made. */
function rows(call: GpuCall): GpuResult {
  const [depth, onValue, offValue] = [1, 2, 3].map((i) => call.number(i));
  const rank = call.shape(0).length;
  const at = newAxis(call.node.attributes.integer('axis', -1), rank);
  const order = Array.from({ length: rank }, (_, axis) => (axis < at ? axis : axis + 1));
  return { tensor: oneHot(call.tensor(0), depth, { onValue, offValue }), order: [...order, at] };
}

function localResponse({ node: { attributes }, tensor }: GpuCall): Tensor {
  const depthRadius = attributes.integer('depth_radius', 5);
  check(isCount(depthRadius + 1), () => `its depth_radius is ${show(depthRadius)}; it must be at least 0`);
  const bias = attributes.number('bias', 1);
  const [alpha, beta] = [attributes.number('alpha', 1), attributes.number('beta', 0.5)];
  return localResponseNormalization(tensor(0), { depthRadius, bias, alpha, beta });
}
