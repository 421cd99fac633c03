/**
 * Moves a 1x1 convolution of an enlarged image before the enlarging, so that it has fewer pixels to compute. The result is the
 * same: each output of a resize is a mean of pixels, and a convolution of a mean is the mean of the convolutions. Decoders
 * begin with such a pair: U-Net, feature pyramids, DeepLab.
 *
 * @module
 */
import { sizeOf } from '../conv/check';
import type { ConvProblem } from '../conv/problem';
import type { Call, Operand } from '../gpu/call';
import { virtualStorage } from '../gpu/tape';
import { bindingBytes } from '../kernels/request';
import type { ResizeProblem } from '../kernels/resize';
import type { Graph } from './graph';
import { isConv, isResize } from './kinds';

/** Moves 1x1 convolutions before the resizes that enlarge their images. */
export function fuseResizes(graph: Graph): void {
  for (const call of graph.calls) {
    if (!isConv(call) || graph.writerOf(call.output.value) !== call) continue;
    const resizing = graph.writerFor(call, call.inputs.x.value);
    if (!isResize(resizing) || resizing.endings.length > 0 || !isWorth(resizing.problem, call)) continue;
    const [batch, inHeight, inWidth] = resizing.problem.shape;
    const { outChannels } = call.problem;
    const shape = [batch, inHeight, inWidth, outChannels];
    const form = { shape, dtype: call.output.dtype };
    const middle: Operand = { ...form, value: virtualStorage(bindingBytes(form)) };
    graph.replace([resizing], {
      ...call,
      problem: { ...call.problem, inHeight, inWidth, outHeight: inHeight, outWidth: inWidth },
      inputs: { ...call.inputs, x: resizing.inputs.x },
      endings: [],
      output: middle,
      why: 'moved before the resize, which gives the same result from fewer pixels',
    });
    graph.replace([call], {
      ...resizing,
      problem: { ...resizing.problem, shape },
      inputs: { x: middle },
      endings: call.endings,
      output: call.output,
    });
  }
}

/** Whether the convolution reads no neighbours, and reads and writes less if it works on the smaller image. */
function isWorth({ shape, size }: ResizeProblem, { problem: p, inputs: { x }, output }: Call<ConvProblem>): boolean {
  const [batch, height, width, channels] = shape;
  const isSame =
    p.dataFormat === 'NHWC' &&
    String([p.batch, p.inHeight, p.inWidth, p.inChannels]) === String([batch, ...size, channels]);
  const isAlone = p.filterHeight * p.filterWidth === 1 && p.strideHeight * p.strideWidth === 1;
  const isUnpadded = p.padTop + p.padLeft === 0 && p.outHeight === p.inHeight && p.outWidth === p.inWidth;
  // Not in float16: the sum of a single pixel may overflow where the sum of a mean does not.
  const isFloat32 = x.dtype === 'f32' && output.dtype === 'f32';
  return isSame && isAlone && isUnpadded && isFloat32 && height * width * p.outChannels < sizeOf(size) * p.inChannels;
}
