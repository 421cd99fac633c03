/**
 * The epilogue options of the convolutions: checked, and turned into the stages and operands that the kernels fuse.
 *
 * @module
 */
import { check, checkEither, describe } from '../conv/check';
import type { ConvSizes } from '../conv/problem';
import { outputShape } from '../conv/window';
import { activationCode, type Activation, type ActivationCode } from '../kernels/activation';
import type { Stage } from '../kernels/epilogue';
import type { Tensor } from '../tensor/tensor';
import { checkTensor } from './arguments';
import { checkBatchNorm, checkPerChannel, foldBatchNorm, NORM_TENSORS, normEnding, type BatchNorm } from './batch-norm';
import type { TensorEnding } from './call';

/** A slope per channel: x for x > 0, else alpha * x. */
export interface Prelu {
  readonly name: 'prelu';
  /** [channels], or that with axes of size 1 in front; of `activate` any shape that broadcasts to x's. */
  readonly alpha: Tensor;
}

/** What is done to each output before it is stored, in this order: bias, batchNorm, residual and activation. */
export interface EpilogueOptions {
  /** Added per output channel: [channels], or that with axes of size 1 in front. */
  readonly bias?: Tensor;
  /** Inference batch norm; every tensor is [channels]. */
  readonly batchNorm?: BatchNorm;
  /** Added to every output; has the output's shape. */
  readonly residual?: Tensor;
  /** Whether the residual is added before the activation (the default, as in ResNet) or after it. */
  readonly residualOrder?: 'before-activation' | 'after-activation';
  /** Applied to every output; default none. */
  readonly activation?: Activation | Prelu;
}

/** The names of EpilogueOptions. */
export const EPILOGUE_OPTIONS: readonly string[] = ['bias', 'batchNorm', 'residual', 'residualOrder', 'activation'];

/** The tensors of the options, by argument name, for the check that all are of one device. */
export function epilogueTensors(options: EpilogueOptions): Record<string, Tensor | undefined> {
  const { bias, residual, activation, batchNorm } = options;
  const tensors: Record<string, Tensor | undefined> = { bias, residual, 'activation.alpha': slopesOf(activation) };
  for (const [name, argument] of NORM_TENSORS) tensors[argument] = batchNorm?.[name];
  return tensors;
}

/** How many tensors the epilogue binds, if a batch norm is folded. */
export function operandCount({ bias, batchNorm, residual, activation }: EpilogueOptions): number {
  return [bias ?? batchNorm, residual, slopesOf(activation)].filter((operand) => operand !== undefined).length;
}

/** Storage buffers that every device binds to a shader, less input, filter and output. */
const ROOM = 8 - 3;

/** The stages with their tensors; `release` frees what was made for this call. */
export interface BoundEpilogue {
  readonly endings: readonly TensorEnding[];
  readonly release: () => void;
}

/**
 * Checks every epilogue option against the problem, without queueing anything.
 *
 * @param room how many tensors may be bound; if there are more, a dispatch of its own folds the batch norm first
 * @returns a function that queues what the epilogue needs and gives its stages with their tensors
 * @throws if a shape or name is wrong
 */
export function checkEpilogue(problem: ConvSizes, options: EpilogueOptions, room: number = ROOM): () => BoundEpilogue {
  const { op, outChannels } = problem;
  const { bias, batchNorm, residual, residualOrder = 'before-activation', activation } = options;
  if (bias !== undefined) checkPerChannel(op, 'bias', bias, outChannels);
  if (batchNorm !== undefined) checkBatchNorm(op, batchNorm, outChannels);
  checkEither(op, 'residualOrder', residualOrder, ['before-activation', 'after-activation']);
  if (residual !== undefined) {
    const shape = outputShape(problem);
    check(
      residual.shape.length === 4 && residual.shape.every((n, i) => n === shape[i]),
      () => `${op}: residual is ${describe(residual.shape)} but the output is ${describe(shape)}; they must be equal`,
    );
  }
  const code = activation === undefined ? undefined : checkActivation(op, activation, outChannels);
  const slopes = slopesOf(activation);

  return () => {
    const endings: TensorEnding[] = [];
    const end = (stage: Stage, ...operands: readonly Tensor[]): unknown => endings.push({ stage, operands });
    if (bias !== undefined) end({ kind: 'bias' }, bias);
    let folded: Tensor | undefined;
    if (batchNorm !== undefined) {
      endings.push(normEnding(batchNorm));
      const perChannel = endings.flatMap(({ operands }) => operands).length;
      if (perChannel + operandCount({ residual, activation }) > room) {
        folded = foldBatchNorm(op, batchNorm.mean.context, endings.splice(0), outChannels);
        end({ kind: 'affine' }, folded);
      }
    }
    const isBefore = residualOrder === 'before-activation';
    if (residual !== undefined && isBefore) end({ kind: 'residual' }, residual);
    if (code !== undefined) end({ kind: 'activation', code }, ...(slopes === undefined ? [] : [slopes]));
    if (residual !== undefined && !isBefore) end({ kind: 'residual' }, residual);
    return { endings, release: () => folded?.dispose() };
  };
}

/** The slopes of a prelu; undefined for every other activation. */
export function slopesOf(activation: Activation | Prelu | undefined): Tensor | undefined {
  return isPrelu(activation) ? activation.alpha : undefined;
}

function isPrelu(activation: Activation | Prelu | undefined): activation is Prelu {
  return typeof activation === 'object' && activation !== null && activation.name === 'prelu';
}

/**
 * The code of an activation.
 *
 * @throws if its name, an attribute or its slopes are wrong
 */
export function checkActivation(op: string, activation: Activation | Prelu, channels: number): ActivationCode {
  if (!isPrelu(activation)) {
    check(
      activation !== ('prelu' as string),
      () => `${op}: activation 'prelu' needs its slopes; give { name: 'prelu', alpha: tensor of [${channels}] }`,
    );
    return activationCode(op, activation);
  }
  checkTensor(op, 'activation.alpha', activation.alpha);
  checkPerChannel(op, 'activation.alpha', activation.alpha, channels);
  return activationCode(op, activation);
}
