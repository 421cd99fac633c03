/**
 * Inference batch norm: folded to a gain and a shift per channel, which convolutions apply in their epilogue.
 *
 * @module
 */
import { check, describe, show } from '../conv/check';
import { foldBatchNormStep } from '../kernels/fold-batch-norm';
import type { Tensor } from '../tensor/tensor';
import { checkOptions } from './arguments';
import { run } from './call';

/** Statistics and parameters of a batch norm; every tensor is [channels]. */
export interface BatchNorm {
  /** Subtracted from the input. */
  readonly mean: Tensor;
  /** What is left is divided by sqrt(variance + epsilon). */
  readonly variance: Tensor;
  /** Gamma; default 1. */
  readonly scale?: Tensor;
  /** Beta; default 0. */
  readonly offset?: Tensor;
  /** Added to the variance; default 0.001, as Keras and tf.batchNorm. */
  readonly epsilon?: number;
}

/** The names of BatchNorm. */
export const BATCH_NORM: readonly string[] = ['mean', 'variance', 'scale', 'offset', 'epsilon'];

/**
 * Checks a batch norm, without queueing anything.
 *
 * @param bias added before the norm, if there is one
 * @returns a function that queues the folding and gives [2, channels]: gain and shift
 */
export function foldBatchNorm(op: string, norm: BatchNorm, bias: Tensor | undefined, channels: number): () => Tensor {
  checkOptions(`${op} (batchNorm)`, norm, BATCH_NORM);
  const { mean, variance, scale, offset, epsilon = 1e-3 } = norm;
  for (const [name, tensor] of Object.entries({ mean, variance, scale, offset })) {
    const optional = name === 'scale' || name === 'offset';
    check(
      tensor !== undefined || optional,
      () => `${op}: batchNorm.${name} is missing; give a tensor of [${channels}]`,
    );
    if (tensor !== undefined) checkPerChannel(op, `batchNorm.${name}`, tensor, channels);
  }
  check(
    typeof epsilon === 'number' && Number.isFinite(Math.fround(epsilon)) && epsilon >= 0,
    () => `${op}: batchNorm.epsilon is ${show(epsilon)}; it must be a number of at least 0, by default 0.001`,
  );
  return () => {
    const step = foldBatchNormStep(channels, epsilon, { bias, scale, offset }, mean.context.target);
    return run(
      op,
      mean.context,
      step,
      { mean, variance, bias, scale, offset },
      [2, channels],
      'batch norm folded per call',
    );
  };
}

/** @throws unless the tensor is [channels] */
export function checkPerChannel(op: string, name: string, tensor: Tensor, channels: number): void {
  check(
    tensor.shape.length === 1 && tensor.shape[0] === channels,
    () => `${op}: ${name} is ${describe(tensor.shape)} but there are ${channels} channels; give [${channels}]`,
  );
}
