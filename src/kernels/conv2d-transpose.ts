/**
 * Twin of shaders/conv2d-transpose.wgsl, the general kernel of transposed convolution, and the operation.
 *
 * @module
 */
import shader from '../../shaders/conv2d-transpose.wgsl';
import { summary } from '../conv/problem';
import type { TransposeProblem } from '../conv/transpose-problem';
import { transposePieces } from './conv-pieces';
import { convStep, outputs } from './conv-step';
import { conv2dTransposeTile } from './conv2d-transpose-tile';
import type { Kernel } from './kernel';
import type { Operation } from './operation';

/** One output per invocation; serves every shape, stride, dilation, layout and filter form. */
const conv2dTransposeGeneral: Kernel<TransposeProblem> = {
  name: 'conv2dTranspose/general',
  why: 'it serves every shape, stride, dilation, layout and filter form',
  wgsl: shader.code,
  supports: () => true,
  tiles: () => [{}],
  step: (p, tile, epilogue, target) =>
    convStep(p, epilogue, target, {
      kernel: 'conv2dTranspose/general',
      shader,
      tile,
      knobs: { CHANNELS_LAST: p.dataFormat === 'NHWC', DEPTHWISE_FORM: p.filterForm === 'depthwise' },
      invocations: outputs(p),
    }),
};

/** The kind of problem; its inputs are `x` and `weights`. */
export const TRANSPOSED = 'transposed convolution';

/** Its kernels are of one dispatch each. */
interface TransposedConvolution extends Operation<TransposeProblem> {
  readonly kernels: readonly Kernel<TransposeProblem>[];
}

export const conv2dTranspose: TransposedConvolution = {
  kind: TRANSPOSED,
  name: 'conv2dTranspose',
  kernels: [conv2dTransposeTile, conv2dTransposeGeneral],
  // The output's size does not follow from the other sizes.
  summary: (p) => `${summary(p)} to ${p.outHeight}x${p.outWidth}`,
  multiplyAdds: (p) =>
    p.batch * p.inHeight * p.inWidth * p.inChannels * p.filterHeight * p.filterWidth * (p.outChannels / p.groups),
  channels: (p) => ({
    size: outputs(p),
    channels: p.outChannels,
    inner: p.dataFormat === 'NHWC' ? 1 : p.outHeight * p.outWidth,
  }),
  pieces: transposePieces,
};
