/**
 * Twin of shaders/resize.wgsl.
 *
 * @module
 */
import shader from '../../shaders/resize.wgsl';
import { sizeOf } from '../conv/check';
import type { Step } from '../step';
import { vectorType } from './axes';
import { flatStep } from './flat-step';
import type { Target } from './kernel';
import { soleOperation, type Operation } from './operation';

/** How the inputs around an output make it. */
export type Resampling = 'bilinear' | 'nearest';

/** Where the pixels of an axis are. */
export interface Grids {
  /** Whether the first pixels of both images lie on each other, and the last ones. */
  readonly alignCorners: boolean;
  /** Whether a pixel's place is its middle instead of its corner. */
  readonly halfPixelCenters: boolean;
}

/** The shader counts with whole numbers of 32 bits, of which the largest is about twice the product of an axis's sizes. */
export const MOST_PRODUCT: number = 2 ** 29;

/**
 * The dispatch that resizes.
 *
 * @param shape [batch, height, width, channels]
 * @param height of the output
 * @param width of the output
 */
export function resizeStep(
  resampling: Resampling,
  shape: readonly number[],
  [height, width]: readonly [height: number, width: number],
  grids: Grids,
  target: Target,
): Step {
  const [batch, inHeight, inWidth, channels] = shape;
  const lanes = channels % 4 === 0 ? 4 : 1;
  const count = sizeOf([batch, height, width, channels]) / lanes;
  const y = placement(resampling, inHeight, height, grids);
  const x = placement(resampling, inWidth, width, grids);
  return flatStep(target, {
    kernel: `resize/${resampling}`,
    shader,
    sizes: `${shape.join('x')} to ${height}x${width}`,
    knobs: { BILINEAR: resampling === 'bilinear' },
    aliases: { V: vectorType(lanes) },
    uniforms: {
      count,
      channels: channels / lanes,
      in_height: inHeight,
      in_width: inWidth,
      out_height: height,
      out_width: width,
      step_y: y.step,
      step_x: x.step,
      offset_y: y.offset,
      offset_x: x.offset,
      divisor_y: y.divisor,
      divisor_x: x.divisor,
    },
    invocations: count,
  });
}

/** Where an output lies in the input: (place * step + offset) / divisor, of which the nearest pixel is the whole part. */
interface Placement {
  readonly step: number;
  readonly offset: number;
  readonly divisor: number;
}

function placement(
  resampling: Resampling,
  size: number,
  outSize: number,
  { alignCorners, halfPixelCenters }: Grids,
): Placement {
  const isNearest = resampling === 'nearest';
  if (alignCorners && outSize > 1) {
    // Only here is the nearest pixel found by rounding; that is half a pixel more, and then the whole part.
    const [step, divisor] = [size - 1, outSize - 1];
    return isNearest ? { step: 2 * step, offset: divisor, divisor: 2 * divisor } : { step, offset: 0, divisor };
  }
  if (!halfPixelCenters) return { step: size, offset: 0, divisor: outSize };
  // (place + 1/2) * size / outSize, and for the four around it half a pixel less, since their places are middles, too.
  return { step: 2 * size, offset: isNearest ? size : size - outSize, divisor: 2 * outSize };
}

export interface ResizeProblem {
  readonly resampling: Resampling;
  /** [batch, height, width, channels]. */
  readonly shape: readonly number[];
  /** Height and width of the output. */
  readonly size: readonly [height: number, width: number];
  readonly grids: Grids;
}

/** Its input is `x`. */
export const resize: Operation<ResizeProblem> = /* @__PURE__ */ soleOperation({
  name: 'resize/grid',
  why: 'the one kernel for resizing',
  wgsl: shader.code,
  summary: ({ shape, size }) => `${shape.join('x')} to ${size.join('x')}`,
  step: ({ resampling, shape, size, grids }, _tile, _epilogue, target) =>
    resizeStep(resampling, shape, size, grids, target),
});
