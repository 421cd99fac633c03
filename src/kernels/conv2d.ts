/**
 * Twin of shaders/conv2d.wgsl: the general convolution kernel.
 *
 * @module
 */
import shader from '../../shaders/conv2d.wgsl';
import { convStep, outputs } from './conv-step';
import { packs } from './half';
import type { Kernel } from './kernel';

/** One output per invocation; serves every shape, layout, grouping and filter form. */
export const conv2dGeneral: Kernel = {
  name: 'conv2d/general',
  why: 'it serves every shape, layout, grouping and filter form',
  wgsl: shader.code,
  supports: () => true,
  tiles: () => [{}],
  standsIn: (p, target) => (packs(target) ? undefined : { tile: {}, pace: target.profile.cpu ? 11 : 0.1 }),
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
