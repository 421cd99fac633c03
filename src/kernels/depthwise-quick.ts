/**
 * Twin of shaders/depthwise-quick.wgsl: depthwise convolution for first calls on CPU adapters.
 *
 * @module
 */
import shader from '../../shaders/depthwise-quick.wgsl';
import { convStep } from './conv-step';
import { packs } from './half';
import type { Kernel } from './kernel';

/** Pixels of an invocation. */
const STRIP = 4;

export const depthwiseQuick: Kernel = {
  name: 'depthwise/quick',
  wgsl: shader.code,
  why: 'one short program for all filters, which is compiled fast',
  supports: (p) => p.groups === p.inChannels && p.filterForm === 'depthwise',
  suits: () => false,
  tiles: () => [{}],
  standsIn: (_, target) => (target.profile.cpu && !packs(target) ? { tile: {}, pace: 7 } : undefined),
  step(p, tile, epilogue, target) {
    const tilesX = Math.ceil(p.outWidth / STRIP);
    return convStep(p, epilogue, target, {
      kernel: 'depthwise/quick',
      shader,
      tile,
      knobs: { CHANNELS_LAST: p.dataFormat === 'NHWC' },
      uniforms: { tiles_x: tilesX },
      invocations: p.batch * p.outHeight * tilesX * p.outChannels,
    });
  },
};
