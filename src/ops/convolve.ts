/**
 * What all convolutions share once their problem is known: epilogue, choice of kernel, dispatch.
 *
 * @module
 */
import { check, checkOptions } from '../conv/check';
import type { ConvSizes } from '../conv/problem';
import { outputShape, type ConvGeometry } from '../conv/window';
import { checkDType, type DType } from '../kernels/dtype';
import type { Operation } from '../kernels/operation';
import type { Tensor } from '../tensor/tensor';
import { checkTensor } from './arguments';
import { contextOf, run } from './call';
import { checkEpilogue, EPILOGUE_OPTIONS, epilogueTensors, type EpilogueOptions } from './epilogue';

/** The arithmetic of a convolution. */
export interface Arithmetic {
  /**
   * The type in which products are summed; default `'f32'`, however the tensors are stored. `'f16'` needs a GPU with the feature
   * `shader-f16` and takes half the registers. Factors and products are then float16; up to 64 products (or four rows of a filter's
   * taps) are summed in it, and such sums in float32. So the result is good to about three digits, and only a product, or such
   * a short sum, beyond 65504 is lost. Bias, norm, residual and activation stay float32.
   *
   * @example
   * ```ts
   * const accumulate = gpu.device.features.has('shader-f16') ? 'f16' : 'f32';
   * const y = pointwiseConv2d(x, filter, { accumulate });
   * ```
   */
  readonly accumulate?: DType;
}

/** Options of every convolution. */
export interface ConvOptions extends ConvGeometry, Arithmetic, EpilogueOptions {}

/** The names of ConvGeometry and Arithmetic. */
const GEOMETRY = ['strides', 'padding', 'dilations', 'rate', 'dataFormat', 'accumulate'];

/** The names of ConvOptions. */
export const CONV_OPTIONS: readonly string[] = [...GEOMETRY, ...EPILOGUE_OPTIONS];

/**
 * Checks, before it looks at any shape, that the tensors are tensors of one device and not disposed, and that the
 * function has the options that it is given.
 *
 * @param tensors the arguments, by name
 * @param more options that this function has beyond those of every convolution
 * @throws if a tensor is none, disposed, or of another device, an option is unknown, or the device cannot accumulate so
 */
export function checkArguments(
  op: string,
  tensors: Readonly<Record<string, Tensor>>,
  options: EpilogueOptions & Arithmetic,
  more: readonly string[] = [],
): void {
  for (const [name, tensor] of Object.entries(tensors)) checkTensor(op, name, tensor);
  checkOptions(op, options, [...more, ...CONV_OPTIONS]);
  const { target } = contextOf(op, { ...tensors, ...epilogueTensors(options) });
  const { accumulate = 'f32' } = options;
  checkDType(op, accumulate, 'accumulate');
  check(
    accumulate === 'f32' || target.features.has('shader-f16'),
    () =>
      `${op}: accumulate is 'f16', which needs the feature shader-f16; leave accumulate out there, or open the device with that feature`,
  );
}

/**
 * Runs a checked problem with the kernel and tile that were measured to be fastest on this device, or by default with
 * the first kernel of the operation that supports the problem.
 *
 * @param filter in the problem's filter form; only its elements count
 */
export function convolve<P extends ConvSizes>(
  operation: Operation<P>,
  problem: P,
  x: Tensor,
  filter: Tensor,
  options: EpilogueOptions & Arithmetic,
): Tensor {
  const { endings, release } = checkEpilogue(problem, options)();
  try {
    const invocation = { operation, problem, inputs: { x, weights: filter }, endings, sums: options.accumulate };
    return run(problem.op, x.context, invocation, { shape: outputShape(problem) });
  } finally {
    release();
  }
}
