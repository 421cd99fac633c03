/**
 * Twin of shaders/resize.wgsl.
 *
 * @module
 */
import shader from '../../shaders/resize.wgsl';
import { sizeOf } from '../conv/check';
import type { Step } from '../step';
import { vectorType } from './axes';
import { bandPieces } from './bands';
import { flatStep } from './flat-step';
import type { Target } from './kernel';
import { soleOperation, type Operation } from './operation';
import { alikePieces, grainOf } from './pieces';

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

/** The dispatch that resizes. */
export function resizeStep({ resampling, shape, size, grids, band }: ResizeProblem, target: Target): Step {
  const [batch, inHeight, inWidth, channels] = shape;
  const [height, width] = size;
  const lanes = channels % 4 === 0 ? 4 : 1;
  const count = sizeOf([batch, height, width, channels]) / lanes;
  const whole = band ?? { inHeight, height, firstIn: 0, first: 0 };
  const y = placement(resampling, whole.inHeight, whole.height, grids);
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
      // Of a band both ends are counted from its own first rows.
      offset_y: y.offset + whole.first * y.step - whole.firstIn * y.divisor,
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
  /** Of which image these are but some rows. */
  readonly band?: RowsOf;
}

/** The image that a band is of, and where it begins, in rows. */
interface RowsOf {
  readonly inHeight: number;
  readonly height: number;
  readonly firstIn: number;
  readonly first: number;
}

/** Its input is `x`. */
export const resize: Operation<ResizeProblem> = /* @__PURE__ */ soleOperation({
  name: 'resize/grid',
  why: 'the one kernel for resizing',
  wgsl: shader.code,
  summary: ({ shape, size }) => `${shape.join('x')} to ${size.join('x')}`,
  step: (p, _tile, _epilogue, target) => resizeStep(p, target),
  pieces({ problem, inputs: { x }, outputs }, limits) {
    const { resampling, shape, size, grids } = problem;
    const [batch, inHeight, ...pixels] = shape;
    const [height, width] = size;
    const parts = alikePieces({ x, ...outputs }, batch, limits, (count) => ({
      ...problem,
      shape: shape.with(0, count),
    }));
    if (parts.length > 0) return parts;
    const { step: forward, offset, divisor } = placement(resampling, inHeight, height, grids);
    const near = (place: number): number => Math.floor(Math.max(place * forward + offset, 0) / divisor);
    return bandPieces({ x, outputs, count: batch, inHeight, outHeight: height }, limits, {
      step: (_, outBytes) => grainOf(outBytes, limits),
      rows(most, step, grain) {
        if (most >= inHeight) return Infinity;
        // From the near row of the first output to the far row of the last one; that of a stationary image is the first.
        const rows = Math.floor(((most - grain - 1) * divisor) / Math.max(forward, 1)) + 1;
        return most > grain ? Math.max(Math.floor(rows / step) * step, 0) : 0;
      },
      band(first, rows, grain) {
        const firstIn = Math.floor(near(first) / grain) * grain;
        const inRows = Math.min(near(first + rows - 1) + 2, inHeight) - firstIn;
        const band = { inHeight, height, firstIn, first };
        const own = { ...problem, shape: [1, inRows, ...pixels], size: [rows, width] as const, band };
        return { problem: own, firstIn, inHeight: inRows };
      },
    });
  },
});
