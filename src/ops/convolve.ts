/**
 * What all convolutions share once their problem is known: epilogue, choice of kernel, dispatch.
 *
 * @module
 */
import { outputShape, type ConvGeometry, type ConvProblem } from '../conv/problem';
import type { Kernel } from '../kernels/kernel';
import { byteLengthOf, type Tensor } from '../tensor/tensor';
import { choose } from '../tune/choose';
import { contextOf, run } from './call';
import { checkEpilogue, epilogueTensors, type EpilogueOptions } from './epilogue';

/** Options of every convolution. */
export interface ConvOptions extends ConvGeometry, EpilogueOptions {}

/**
 * Checks the tensors' devices before their shapes are looked at, so that a disposed tensor is called that.
 *
 * @throws if a tensor is none, disposed, or of another device
 */
export function checkTensors(op: string, tensors: Readonly<Record<string, Tensor | undefined>>, options: EpilogueOptions): void {
  contextOf(op, { ...tensors, ...epilogueTensors(options) });
}

/**
 * Runs a checked problem with the first kernel of the list that supports it.
 *
 * @param filter in the problem's filter form; only its elements count
 */
export function convolve(
  problem: ConvProblem,
  kernels: readonly Kernel[],
  x: Tensor,
  filter: Tensor,
  options: EpilogueOptions,
): Tensor {
  const { context } = x;
  const bind = checkEpilogue(problem, options);
  byteLengthOf(problem.op, 'the output', outputShape(problem), context);
  const { kernel, tile, why } = choose(kernels, problem, context.target);
  const { epilogue, operands, release } = bind();
  const step = kernel.step(problem, tile, epilogue, context.target);
  const output = run(problem.op, context, step, { x, weights: filter, ...operands }, outputShape(problem), why);
  release();
  return output;
}
