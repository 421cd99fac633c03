/**
 * Pooling over windows.
 *
 * @module
 */
import { check, checkKind, checkOptions } from '../conv/check';
import { inputOf } from '../conv/layout';
import { explicitPadding, perAxis, ruleOf, type Padding, type PerAxis } from '../conv/padding';
import { outputShape, poolProblem, stepsOf, type ConvGeometry, type WindowProblem } from '../conv/window';
import { pool as operation, type Pooling } from '../kernels/pool';
import type { Tensor } from '../tensor/tensor';
import { contextOf, run } from './call';

/** Options of {@link maxPool2d} and {@link averagePool2d}. */
export interface Pool2dOptions extends Omit<ConvGeometry, 'strides' | 'padding' | 'dilations' | 'rate'> {
  /** Inputs under a window, along each axis. */
  readonly windowSize: PerAxis;
  /** Step of the window over the input; default windowSize, as in tf.layers.maxPooling2d. */
  readonly strides?: PerAxis;
  /** Places around the input, which are left out; default `'valid'`. */
  readonly padding?: Padding;
  /** Distance between the inputs under a window; default 1. Padding is left out with dilation as well; tf.pool makes it zeros. */
  readonly dilations?: PerAxis;
  /**
   * Whether a last window that reaches beyond the padding gives an output, unless it begins beyond the padding; default
   * false. This is `ceil_mode` of PyTorch and ONNX, and 'ceil' of WebNN's roundingType.
   */
  readonly ceilMode?: boolean;
}

/** Options of {@link averagePool2d}. */
export interface AveragePool2dOptions extends Pool2dOptions {
  /**
   * Whether padding counts, as zeros; default false, as in TensorFlow. What a window of `ceilMode` covers beyond the
   * padding never counts, as in PyTorch and ONNX.
   */
  readonly countIncludePad?: boolean;
}

/**
 * The largest input under each window, channel by channel. What lies in the padding is left out.
 *
 * @param x [batch, height, width, channels], or [batch, channels, height, width] with dataFormat 'NCHW'
 * @param options windowSize; strides, padding, dilations, ceilMode, dataFormat
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
 * The mean of the inputs under each window, channel by channel. The padding is left out, also of the count, unless
 * `countIncludePad` is set.
 *
 * @param x [batch, height, width, channels], or [batch, channels, height, width] with dataFormat 'NCHW'
 * @param options windowSize; strides, padding, dilations, ceilMode, countIncludePad, dataFormat
 * @returns a tensor in the data format of x, whose height and width follow from the options as a convolution's do
 * @throws at once if an option is wrong, or if a window would lie in the padding alone
 * @example
 * ```ts
 * const y = averagePool2d(x, { windowSize: 2 }); // [1, 56, 56, 64] -> [1, 28, 28, 64]
 * ```
 * @see https://js.tensorflow.org/api/latest/#avgPool
 * @see https://onnx.ai/onnx/operators/onnx__AveragePool.html
 */
export function averagePool2d(x: Tensor, options: AveragePool2dOptions): Tensor {
  return pool('averagePool2d', 'average', x, options, ['countIncludePad']);
}

function pool(
  op: string,
  pooling: Pooling,
  x: Tensor,
  options: AveragePool2dOptions,
  more: readonly string[] = [],
): Tensor {
  const context = contextOf(op, { x });
  checkOptions(op, options, ['windowSize', 'strides', 'padding', 'dilations', 'ceilMode', 'dataFormat', ...more]);
  const { windowSize, strides = windowSize, ceilMode = false, countIncludePad = false, ...geometry } = options;
  checkKind(op, 'ceilMode', ceilMode, 'boolean');
  checkKind(op, 'countIncludePad', countIncludePad, 'boolean');
  const window = perAxis(op, 'windowSize', windowSize);
  const own = { ...geometry, strides };
  const p = poolProblem(op, x.shape, window, ceilMode ? { ...own, padding: roundedUp(op, x.shape, window, own) } : own);
  checkWindows(p, 'height', p.outHeight, p.strideHeight, p.padTop, p.dilationHeight, p.filterHeight, p.inHeight);
  checkWindows(p, 'width', p.outWidth, p.strideWidth, p.padLeft, p.dilationWidth, p.filterWidth, p.inWidth);
  const ends = countIncludePad ? endsOf(op, p, geometry.padding) : undefined;
  const problem = { pooling, windows: p, ends };
  return run(op, context, { operation, problem, inputs: { x } }, { shape: outputShape(p) });
}

/** Padding with as much more behind the input as the last window needs, if it begins on the input or on the padding in front. */
function roundedUp(
  op: string,
  x: readonly number[],
  window: readonly [number, number],
  options: ConvGeometry,
): Padding {
  const { strides, dilations, padding } = stepsOf(op, options);
  const rule = ruleOf(padding);
  if (rule === 'same') return padding;
  const { inHeight, inWidth } = inputOf(op, x, options);
  const side = (i: 0 | 1, size: number): readonly [number, number] => {
    const [before, after] = rule === 'valid' ? [0, 0] : explicitPadding(op, padding, i);
    const extent = (window[i] - 1) * dilations[i] + 1;
    const most = Math.ceil((size + before + after - extent) / strides[i]);
    const last = Math.min(most, Math.ceil((size + before) / strides[i]) - 1);
    return [before, Math.max(after, last * strides[i] + extent - size - before)];
  };
  return [side(0, inHeight), side(1, inWidth)];
}

/** Where the padding behind rows and columns ends, as it was asked for. */
function endsOf(op: string, p: WindowProblem, padding: Padding = 'valid'): readonly [number, number] {
  const rule = ruleOf(padding);
  // 'same' pads as much as the windows need.
  if (rule === 'same') return [2 ** 31, 2 ** 31];
  const after = (i: 0 | 1): number => (rule === 'valid' ? 0 : explicitPadding(op, padding, i)[1]);
  return [p.inHeight + after(0), p.inWidth + after(1)];
}

/** A window over nothing has no largest element and no mean. */
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
        `${op}: along ${name} all ${taps} taps (dilation ${dilation}) of the window of output ${place}, which begins at ${origin}, lie ` +
        `outside of the input's ${size} pixels; choose less padding, a larger window or a smaller dilation`,
    );
  }
}
