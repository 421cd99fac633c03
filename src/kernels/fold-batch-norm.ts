/**
 * Twin of shaders/fold-batch-norm.wgsl.
 *
 * @module
 */
import shader from '../../shaders/fold-batch-norm.wgsl';
import { flatStep } from './flat-step';
import { soleOperation, type Operation } from './operation';

export interface FoldProblem {
  readonly channels: number;
}

/** It has no inputs but those of its epilogue, a bias or none and a norm; its output is float32, [gain, shift] per channel. */
export const foldBatchNorm: Operation<FoldProblem> = /* @__PURE__ */ soleOperation({
  name: 'batch-norm/fold',
  why: 'a shader may not bind so many tensors',
  wgsl: shader.code,
  summary: ({ channels }) => String(channels),
  step({ channels }, _tile, epilogue, target) {
    return flatStep(target, {
      kernel: 'batch-norm/fold',
      shader,
      sizes: String(channels),
      slots: { gain: { body: 'return of_channel.scale;' } },
      epilogue,
      uniforms: { channels },
      invocations: channels,
    });
  },
});
