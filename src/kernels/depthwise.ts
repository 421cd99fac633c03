/**
 * Twin of shaders/depthwise.wgsl: the general depthwise kernel.
 *
 * @module
 */
import wgsl from '../../shaders/depthwise.wgsl?raw';
import { convStep, outputs } from './conv-step';
import type { Kernel } from './kernel';

/** One output per invocation; serves every shape, layout, stride, dilation and multiplier. */
export const depthwise: Kernel = {
  name: 'depthwise/general',
  why: 'it serves every shape, layout, stride, dilation and multiplier',
  wgsl,
  supports: (p) => p.groups === p.inChannels && p.filterForm === 'depthwise',
  tiles: () => [{}],
  step: (p, tile, epilogue, target) =>
    convStep(p, epilogue, target, {
      kernel: 'depthwise/general',
      wgsl,
      tile,
      knobs: { CHANNELS_LAST: p.dataFormat === 'NHWC' },
      invocations: outputs(p),
    }),
};
