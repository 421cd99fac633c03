/**
 * Pooling over windows.
 *
 * @module
 */
import { check, checkOptions } from '../conv/check';
import { perAxis, type Padding, type PerAxis } from '../conv/padding';
import { outputShape, poolProblem, type ConvGeometry, type WindowProblem } from '../conv/window';
import { pool as operation, type Pooling } from '../kernels/pool';
import type { Tensor } from '../tensor/tensor';
import { contextOf, run } from './call';

/** Options of {@link maxPool2d} and {@link averagePool2d}. */
export interface Pool2dOptions extends Omit<ConvGeometry, 'strides' | 'padding' | 'dilations' | 'rate'> {
  /** Inputs under a window, along each axis. */
  readonly windowSize: PerAxis;
  /** Step of the window over the input; default windowSize, as in tf.layers.maxPooling2d. */
  readonly strides?: PerAxis;
  /** Places around the input that count for nothing; default `'valid'`. */
  readonly padding?: Padding;
  /** Distance between the inputs under a window; default 1. Here, too, padding counts for nothing; tf.pool makes it zeros. */
  readonly dilations?: PerAxis;
}

/**
 * The largest input under each window, channel by channel. What lies in the padding is left out.
 *
 * @param x [batch, height, width, channels], or [batch, channels, height, width] with dataFormat 'NCHW'
 * @param options windowSize; strides, padding, dilations, dataFormat
 * @returns a tensor in the data format of x, whose height and width follow from the options as a convolution's do
 * @throws at once if an option is wrong, or if a window would lie in the padding alone
 * @example
 * ```ts
 * const y = maxPool2d(x, { windowSize: 3, strides: 2, padding: 'same' }); // [1, 112, 112, 64] -> [1, 56, 56, 64]
 * ```
 * @see https://js.tensorflow.org/api/latest/#maxPool
 */
export function maxPool2d(x: Tensor, options: Pool2dOptions): Tensor {
  return pool('maxPool2d', 'max', x, options);
}

/**
 * The mean of the inputs under each window, channel by channel. What lies in the padding is left out, of the count, too.
 *
 * @param x [batch, height, width, channels], or [batch, channels, height, width] with dataFormat 'NCHW'
 * @param options windowSize; strides, padding, dilations, dataFormat
 * @returns a tensor in the data format of x, whose height and width follow from the options as a convolution's do
 * @throws at once if an option is wrong, or if a window would lie in the padding alone
 * @example
 * ```ts
 * const y = averagePool2d(x, { windowSize: 2 }); // [1, 56, 56, 64] -> [1, 28, 28, 64]
 * ```
 * @see https://js.tensorflow.org/api/latest/#avgPool
 */
export function averagePool2d(x: Tensor, options: Pool2dOptions): Tensor {
  return pool('averagePool2d', 'average', x, options);
}

function pool(op: string, pooling: Pooling, x: Tensor, options: Pool2dOptions): Tensor {
  const context = contextOf(op, { x });
  checkOptions(op, options, ['windowSize', 'strides', 'padding', 'dilations', 'dataFormat']);
  const { windowSize, strides = windowSize, ...geometry } = options;
  const window = perAxis(op, 'windowSize', windowSize);
  const p = poolProblem(op, x.shape, window, { ...geometry, strides });
  checkWindows(p, 'height', p.outHeight, p.strideHeight, p.padTop, p.dilationHeight, p.filterHeight, p.inHeight);
  checkWindows(p, 'width', p.outWidth, p.strideWidth, p.padLeft, p.dilationWidth, p.filterWidth, p.inWidth);
  return run(op, context, { operation, problem: { pooling, windows: p }, inputs: { x } }, { shape: outputShape(p) });
}

/** Nothing is not the largest of anything, and has no mean. */
function checkWindows(
  { op }: WindowProblem,
  name: 'height' | 'width',
  out: number,
  stride: number,
  before: number,
  dilation: number,
  taps: number,
  size: number,
): void {
  for (let place = 0; place < out; place++) {
    const origin = place * stride - before;
    const skipped = Math.max(Math.ceil(-origin / dilation), 0);
    check(
      skipped < taps && origin + skipped * dilation < size,
      () =>
        `${op}: along ${name} the window of output ${place} has its ${taps} taps (dilation ${dilation}) from ${origin} on, none of them on ` +
        `the input's ${size}; choose less padding, a larger window or a smaller dilation`,
    );
  }
}
