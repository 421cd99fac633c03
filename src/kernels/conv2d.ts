/**
 * Twin of shaders/conv2d.wgsl: the general convolution kernel.
 *
 * @module
 */
import shader from '../../shaders/conv2d.wgsl';
import { convStep, outputs } from './conv-step';
import type { Kernel } from './kernel';

/** One output per invocation; serves every shape, layout, grouping and filter form. */
export const conv2dGeneral: Kernel = {
  name: 'conv2d/general',
  why: 'it serves every shape, layout, grouping and filter form',
  wgsl: shader.code,
  supports: () => true,
  tiles: () => [{}],
  step: (p, tile, epilogue, target) =>
    convStep(p, epilogue, target, {
      kernel: 'conv2d/general',
      shader,
      tile,
      knobs: {
        CHANNELS_LAST: p.dataFormat === 'NHWC',
        STRIDED_GROUPS: p.grouping === 'strided',
        DEPTHWISE_FORM: p.filterForm === 'depthwise',
      },
      invocations: outputs(p),
    }),
};
