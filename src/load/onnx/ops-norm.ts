/**
 * Normalizations, along channels and rows.
 *
 * @module
 * @see https://onnx.ai/onnx/operators/
 */
import { check } from '../../conv/check';
import { batchNorm } from '../../ops/elementwise';
import type { OpDefinition } from '../dialect';
import { channelsLast } from '../order';

export const NORM_OPS: Readonly<Record<string, OpDefinition>> = {
  BatchNormalization: {
    inputs: [5, 5],
    gpu: {
      orders: () => [channelsLast],
      refuses: ({ attributes }) => {
        if (attributes.flag('training_mode', false)) return 'its training_mode is 1: it has no statistics yet';
        return attributes.flag('spatial', true) ? undefined : 'its spatial is 0: it has statistics for each pixel';
      },
      run(call) {
        const { node, tensor } = call;
        const rank = call.shape(0).length;
        check(rank >= 2, () => `its input has ${rank} axes, but its channels are axis 1`);
        const y = batchNorm(tensor(0), {
          scale: tensor(1),
          offset: tensor(2),
          mean: tensor(3),
          variance: tensor(4),
          epsilon: node.attributes.number('epsilon', 1e-5),
        });
        return { tensor: y, order: channelsLast(rank) };
      },
    },
  },
};
