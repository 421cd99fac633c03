/**
 * Inference batch norm: a stage of the epilogue. If its four tensors are more than a shader may bind, a dispatch first
 * folds them to a gain and a shift per channel.
 *
 * @module
 */
import { check, checkOptions, describe, show } from '../conv/check';
import type { GpuContext } from '../gpu/context';
import { foldBatchNorm as foldOperation } from '../kernels/fold-batch-norm';
import type { Tensor } from '../tensor/tensor';
import { run, type TensorEnding } from './call';

/** Statistics and parameters of a batch norm; every tensor is [channels], or that with axes of size 1 in front. */
export interface BatchNorm {
  /** Subtracted from the input. */
  readonly mean: Tensor;
  /** The difference is divided by sqrt(variance + epsilon). */
  readonly variance: Tensor;
  /** Gamma; default 1. */
  readonly scale?: Tensor;
  /** Beta; default 0. */
  readonly offset?: Tensor;
  /** Added to the variance; default 0.001, as Keras and tf.batchNorm. */
  readonly epsilon?: number;
}

const EPSILON = 1e-3;

/** Its tensors, in the order in which a stage reads them, and the names that errors give them. */
export const NORM_TENSORS = [
  ['mean', 'batchNorm.mean'],
  ['variance', 'batchNorm.variance'],
  ['scale', 'batchNorm.scale'],
  ['offset', 'batchNorm.offset'],
] as const;

/** The names of BatchNorm. */
export const BATCH_NORM: readonly string[] = [...NORM_TENSORS.map(([name]) => name), 'epsilon'];

/** @throws if a tensor is missing or is not [channels], or epsilon is no number that float32 holds */
export function checkBatchNorm(op: string, norm: BatchNorm, channels: number): void {
  checkOptions(`${op} (batchNorm)`, norm, BATCH_NORM);
  const { epsilon = EPSILON } = norm;
  for (const [name, argument] of NORM_TENSORS) {
    const tensor = norm[name];
    const optional = name === 'scale' || name === 'offset';
    check(tensor !== undefined || optional, () => `${op}: ${argument} is missing; give a tensor of [${channels}]`);
    if (tensor !== undefined) checkPerChannel(op, argument, tensor, channels);
  }
  check(
    typeof epsilon === 'number' && Number.isFinite(Math.fround(epsilon)) && epsilon >= 0,
    () => `${op}: batchNorm.epsilon is ${show(epsilon)}; it must be a number of at least 0, by default 0.001`,
  );
}

/** The stage of a checked batch norm, with its tensors. */
export function normEnding(norm: BatchNorm): TensorEnding {
  const { scale, offset, epsilon = EPSILON } = norm;
  return {
    stage: { kind: 'norm', epsilon, gamma: scale !== undefined, beta: offset !== undefined },
    operands: NORM_TENSORS.map(([name]) => norm[name]).filter((tensor) => tensor !== undefined),
  };
}

/**
 * Queues the folding of a checked batch norm.
 *
 * @param endings a bias, if there is one, and the norm
 * @returns [2, channels]: gain and shift
 */
export function foldBatchNorm(
  op: string,
  context: GpuContext,
  endings: readonly TensorEnding[],
  channels: number,
): Tensor {
  const invocation = { operation: foldOperation, problem: { channels }, inputs: {}, endings };
  return run(op, context, invocation, { shape: [2, channels], dtype: 'f32' });
}

/** @throws unless the tensor is [channels], or that with axes of size 1 in front */
export function checkPerChannel(op: string, name: string, tensor: Tensor, channels: number): void {
  check(
    tensor.shape.at(-1) === channels && tensor.size === channels,
    () => `${op}: ${name} is ${describe(tensor.shape)} but there are ${channels} channels; give [${channels}]`,
  );
}
