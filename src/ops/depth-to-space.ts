/**
 * Moves blocks of pixels into channels, and back.
 *
 * @module
 */
import { check, checkOptions, describe, isCount, show } from '../conv/check';
import { checkDataFormat, type DataFormat } from '../conv/layout';
import { stridesOf } from '../kernels/axes';
import { copy } from '../kernels/copy';
import type { Tensor } from '../tensor/tensor';
import { contextOf, run } from './call';

/** Options of {@link depthToSpace} and {@link spaceToDepth}. */
export interface DepthOptions {
  /** Where the channels are; default `'NHWC'`. */
  readonly dataFormat?: DataFormat;
  /**
   * Which of a pixel's channels are the pixels of a block. `'DCR'`, the default, is TensorFlow's: channels of the result are
   * neighbours. `'CRD'` is that of PyTorch's PixelShuffle: pixels of a block are neighbours.
   */
  readonly mode?: 'DCR' | 'CRD';
}

/**
 * Moves channels into pixels: each pixel becomes a block of blockSize x blockSize pixels, which share its channels
 * among them.
 *
 * @param x [batch, height, width, channels], or [batch, channels, height, width] with dataFormat 'NCHW'
 * @param blockSize pixels along each side of a block, at least 1; its square divides the channels
 * @param options dataFormat and mode
 * @returns [batch, height * blockSize, width * blockSize, channels / blockSize^2], or the same as NCHW
 * @throws at once if x has not four axes, or its channels are not blocks
 * @example
 * ```ts
 * const large = depthToSpace(x, 2); // [1, 28, 28, 64] -> [1, 56, 56, 16]
 * ```
 * @see https://js.tensorflow.org/api/latest/#depthToSpace
 * @see https://onnx.ai/onnx/operators/onnx__DepthToSpace.html
 */
export function depthToSpace(x: Tensor, blockSize: number, options: DepthOptions = {}): Tensor {
  const op = 'depthToSpace';
  const { n, h, w, c, dataFormat, mode } = checked(op, x, blockSize, options);
  const square = blockSize ** 2;
  check(
    c % square === 0,
    () =>
      `${op}: x ${describe(x.shape)} (${dataFormat}) has ${c} channels, which ${square} (blockSize squared) does not divide; give a blockSize whose square divides ${c}`,
  );
  return reordered(op, x, { n, h, w, c: c / square, block: blockSize, dataFormat, mode }, 'space');
}

/**
 * Moves pixels into channels: each block of blockSize x blockSize pixels becomes one pixel with the channels of all.
 * The inverse of {@link depthToSpace}.
 *
 * @param x [batch, height, width, channels], or [batch, channels, height, width] with dataFormat 'NCHW'
 * @param blockSize pixels along each side of a block, at least 1; it divides height and width
 * @param options dataFormat and mode
 * @returns [batch, height / blockSize, width / blockSize, channels * blockSize^2], or the same as NCHW
 * @throws at once if x has not four axes, or its pixels are not blocks
 * @example
 * ```ts
 * const small = spaceToDepth(x, 2); // [1, 56, 56, 16] -> [1, 28, 28, 64]
 * ```
 * @see https://www.tensorflow.org/api_docs/python/tf/nn/space_to_depth
 */
export function spaceToDepth(x: Tensor, blockSize: number, options: DepthOptions = {}): Tensor {
  const op = 'spaceToDepth';
  const { n, h, w, c, dataFormat, mode } = checked(op, x, blockSize, options);
  check(
    h % blockSize === 0 && w % blockSize === 0,
    () =>
      `${op}: x ${describe(x.shape)} (${dataFormat}) has ${h} x ${w} pixels, which do not divide into blocks of ${blockSize} x ${blockSize}; pad it, or give a blockSize that divides both`,
  );
  const sizes = { n, h: h / blockSize, w: w / blockSize, c, block: blockSize, dataFormat, mode };
  return reordered(op, x, sizes, 'depth');
}

interface Checked extends Required<DepthOptions> {
  readonly n: number;
  readonly h: number;
  readonly w: number;
  readonly c: number;
}

function checked(op: string, x: Tensor, blockSize: number, options: DepthOptions): Checked {
  contextOf(op, { x });
  checkOptions(op, options, ['dataFormat', 'mode']);
  const { dataFormat = 'NHWC', mode = 'DCR' } = options;
  checkDataFormat(op, dataFormat);
  check(mode === 'DCR' || mode === 'CRD', () => `${op}: mode is ${show(mode)}; it is 'DCR' or 'CRD'`);
  const { shape } = x;
  check(
    shape.length === 4,
    () => `${op}: x ${describe(shape)} has ${shape.length} axes but an image has 4, with the batch; reshape it`,
  );
  check(isCount(blockSize), () => `${op}: blockSize is ${show(blockSize)}; give a whole number of at least 1`);
  const [n, ...sizes] = shape;
  const [h, w, c] = dataFormat === 'NHWC' ? sizes : [sizes[1], sizes[2], sizes[0]];
  return { n, h, w, c, dataFormat, mode };
}

/** A pixel with many channels, which are the rows, columns and channels of a block. */
interface Blocks extends Checked {
  readonly block: number;
}

/** One copy: the axes of one side in the order of the other. */
function reordered(op: string, x: Tensor, blocks: Blocks, to: 'space' | 'depth'): Tensor {
  const { n, h, w, c, block, dataFormat, mode } = blocks;
  const isLast = dataFormat === 'NHWC';
  // By name: batch, row and column of the block, row and column within it, channel.
  const size = { n, h, w, r: block, s: block, c };
  const channels = mode === 'DCR' ? (['r', 's', 'c'] as const) : (['c', 'r', 's'] as const);
  const depth = isLast ? (['n', 'h', 'w', ...channels] as const) : (['n', ...channels, 'h', 'w'] as const);
  const space = isLast ? (['n', 'h', 'r', 'w', 's', 'c'] as const) : (['n', 'c', 'h', 'r', 'w', 's'] as const);
  const [from, into] = to === 'space' ? [depth, space] : [space, depth];
  const strides = stridesOf(from.map((axis) => size[axis]));
  const sizes = into.map((axis) => size[axis]);
  const problem = {
    sizes,
    x: { strides: into.map((axis) => strides[from.indexOf(axis as never)]) },
    output: { strides: stridesOf(sizes) },
  };
  const [height, width, count] = to === 'space' ? [h * block, w * block, c] : [h, w, c * block ** 2];
  const shape = isLast ? [n, height, width, count] : [n, count, height, width];
  return run(op, x.context, { operation: copy, problem, inputs: { x } }, { shape });
}
