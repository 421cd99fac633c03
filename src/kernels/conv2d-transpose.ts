/**
 * Twin of shaders/conv2d-transpose.wgsl, the general kernel of transposed convolution, and the list of all.
 *
 * @module
 */
import wgsl from '../../shaders/conv2d-transpose.wgsl?raw';
import type { TransposeProblem } from '../conv/transpose-problem';
import { convStep, outputs } from './conv-step';
import { conv2dTransposeTile } from './conv2d-transpose-tile';
import type { Kernel } from './kernel';

/** One output per invocation; serves every shape, stride, dilation, layout and filter form. */
const conv2dTransposeGeneral: Kernel<TransposeProblem> = {
  name: 'conv2dTranspose/general',
  why: 'it serves every shape, stride, dilation, layout and filter form',
  wgsl,
  supports: () => true,
  tiles: () => [{}],
  step: (p, tile, epilogue, target) =>
    convStep(p, epilogue, target, {
      kernel: 'conv2dTranspose/general',
      wgsl,
      tile,
      knobs: { CHANNELS_LAST: p.dataFormat === 'NHWC', DEPTHWISE_FORM: p.filterForm === 'depthwise' },
      invocations: outputs(p),
    }),
};

/** In order of preference; the last supports everything. */
export const conv2dTransposeKernels: readonly Kernel<TransposeProblem>[] = [
  conv2dTransposeTile,
  conv2dTransposeGeneral,
];
