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
  readonly epsilon: number;
  /** Whether the bound bias, scale and offset are to be used; others only fill the binding. */
  readonly given: readonly [bias: boolean, scale: boolean, offset: boolean];
}

/** Its inputs are `mean`, `variance`, `bias`, `scale` and `offset`; its output is float32, [gain, shift] per channel. */
export const foldBatchNorm: Operation<FoldProblem> = /* @__PURE__ */ soleOperation({
  name: 'batch-norm/fold',
  why: 'a shader cannot bind the tensors of the batch norm and all others, so the batch norm is folded first',
  wgsl: shader.code,
  summary: ({ channels }) => String(channels),
  step({ channels, epsilon, given }, _tile, _epilogue, target) {
    const [has_bias, has_scale, has_offset] = given.map(Number);
    return flatStep(target, {
      kernel: 'batch-norm/fold',
      shader,
      sizes: String(channels),
      uniforms: { channels, epsilon, has_bias, has_scale, has_offset },
      invocations: channels,
    });
  },
});
