/**
 * What all convolutions share once their problem is known: epilogue, choice of kernel, dispatch.
 *
 * @module
 */
import { checkOptions } from '../conv/check';
import { outputShape, type ConvGeometry, type ConvProblem } from '../conv/problem';
import type { Kernel } from '../kernels/kernel';
import type { Tensor } from '../tensor/tensor';
import { choose } from '../tune/choose';
import { checkTensor } from './arguments';
import { contextOf, run, runAll } from './call';
import { checkEpilogue, EPILOGUE_OPTIONS, epilogueTensors, type EpilogueOptions } from './epilogue';
import { partsOf } from './parts';

/** Options of every convolution. */
export interface ConvOptions extends ConvGeometry, EpilogueOptions {}

/** The names of ConvGeometry. */
const GEOMETRY = ['strides', 'padding', 'dilations', 'rate', 'dataFormat'];

/** The names of ConvOptions. */
export const CONV_OPTIONS: readonly string[] = [...GEOMETRY, ...EPILOGUE_OPTIONS];

/**
 * What is checked before any shape is looked at: that the tensors are tensors of one device and not disposed, and that
 * the function has the options it is given.
 *
 * @param tensors the arguments, by name
 * @param more options that this function has beyond those of every convolution
 * @throws if a tensor is none, disposed, or of another device, or an option is unknown
 */
export function checkArguments(
  op: string,
  tensors: Readonly<Record<string, Tensor>>,
  options: EpilogueOptions,
  more: readonly string[] = [],
): void {
  for (const [name, tensor] of Object.entries(tensors)) checkTensor(op, name, tensor);
  checkOptions(op, options, [...more, ...CONV_OPTIONS]);
  contextOf(op, { ...tensors, ...epilogueTensors(options) });
}

/**
 * Runs a checked problem with the kernel and tile that this device is known to be fastest with, or by default the first
 * kernel of the list that supports it.
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
  const { op } = problem;
  const shape = outputShape(problem);
  const { residual } = options;
  const parts = partsOf(
    op,
    { x: x.shape, 'the output': shape, ...(residual && { residual: residual.shape }) },
    context,
  );
  const { epilogue, operands, release } = bind();
  try {
    const inputs = { x, weights: filter, ...operands };
    const largest = parts === undefined ? problem : { ...problem, batch: parts[0].count };
    const { kernel, tile, why } = choose({ kernels, problem: largest, epilogue }, context);
    if (parts === undefined) {
      return run(op, context, kernel.step(problem, tile, epilogue, context.target), inputs, shape, why);
    }
    const calls = parts.map((part) => {
      const step = kernel.step({ ...problem, batch: part.count }, tile, epilogue, context.target);
      return { step, inputs, part };
    });
    return runAll(op, context, calls, shape, `${why}; in ${parts.length} parts, which the device can bind`);
  } finally {
    release();
  }
}
