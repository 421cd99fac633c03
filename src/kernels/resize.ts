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
import type { Channels } from './elementwise';
import type { Epilogue } from './epilogue';
import { flatStep } from './flat-step';
import type { Limits, Target } from './kernel';
import { soleOperation, type Operation, type Whole } from './operation';
import { alikePieces, grainOf, type Piece } from './pieces';
import type { Shader } from './shader';
import type { Specialization } from './specialize';
import type { UniformValues } from './uniforms';

/** The kind of all resizes. */
export const RESIZE = 'resize';

/** How the inputs around an output make it. */
export type Resampling = 'bilinear' | 'nearest' | 'bicubic';

/**
 * Where pixels are: their corners lie at multiples of the scale; or their middles do; or their middles do, except that a
 * single pixel has its corner there; or the first and the last pixels of both images coincide.
 */
export type CoordinateMode = 'asymmetric' | 'half_pixel' | 'pytorch_half_pixel' | 'align_corners';

/**
 * Which pixel is the nearest: of two at the same distance, the one before or the one behind; or always the one before or behind.
 */
export type NearestMode = 'round_prefer_floor' | 'round_prefer_ceil' | 'floor' | 'ceil';

/** Where the pixels of both images are. */
export interface Grids {
  readonly mode: CoordinateMode;
  /** Used only to find the nearest pixel. */
  readonly nearest: NearestMode;
  /**
   * For each axis, how many of the input's pixels one pixel of the output is, as a fraction; default the quotient of the sizes.
   */
  readonly ratios?: readonly [Ratio, Ratio];
}

export type Ratio = readonly [numerator: number, denominator: number];

/** The shader counts with 32-bit whole numbers; the largest is about twice the product of an axis's sizes. */
export const MOST_PRODUCT: number = 2 ** 29;

/** The dispatch that resizes by the nearest pixel or by the four around. */
export function resizeStep(problem: ResizeProblem, epilogue: Epilogue, target: Target): Step {
  return stepOf(shader, problem, epilogue, target, { knobs: { BILINEAR: problem.resampling === 'bilinear' } });
}

/**
 * The dispatch of any resampling's shader.
 *
 * @param own knobs and uniforms that only this shader has
 */
export function stepOf(
  of: Shader,
  problem: ResizeProblem,
  epilogue: Epilogue,
  target: Target,
  own: Pick<Specialization, 'knobs'> & { readonly uniforms?: UniformValues },
): Step {
  const { resampling, shape, size } = problem;
  const lanes = shape[3] % 4 === 0 ? 4 : 1;
  const count = sizeOf(outputShape(problem)) / lanes;
  return flatStep(target, {
    kernel: `resize/${resampling}`,
    shader: of,
    sizes: `${shape.join('x')} to ${size.join('x')}`,
    knobs: own.knobs,
    aliases: { V: vectorType(lanes) },
    epilogue,
    uniforms: { count, channels: shape[3] / lanes, ...placeUniforms(problem), ...own.uniforms },
    invocations: count,
  });
}

function outputShape({ shape: [batch, , , channels], size }: ResizeProblem): readonly number[] {
  return [batch, ...size, channels];
}

/** Sizes, and where the outputs lie in the input. */
function placeUniforms({ resampling, shape, size, grids, band }: ResizeProblem): UniformValues {
  const [, inHeight, inWidth] = shape;
  const [height, width] = size;
  const whole = band ?? { inHeight, height, firstIn: 0, first: 0 };
  const y = placement(resampling, 0, whole.inHeight, whole.height, grids);
  const x = placement(resampling, 1, inWidth, width, grids);
  return {
    in_height: inHeight,
    in_width: inWidth,
    out_height: height,
    out_width: width,
    step_y: y.step,
    step_x: x.step,
    // For a band, both ends are counted from the band's own first rows.
    offset_y: y.offset + whole.first * y.step - whole.firstIn * y.divisor,
    offset_x: x.offset,
    divisor_y: y.divisor,
    divisor_x: x.divisor,
  };
}

/** Where an output lies in the input: (place * step + offset) / divisor. The whole part of it is the nearest pixel. */
interface Placement {
  readonly step: number;
  readonly offset: number;
  readonly divisor: number;
}

function placement(
  resampling: Resampling,
  axis: 0 | 1,
  size: number,
  outSize: number,
  { mode, nearest, ratios }: Grids,
): Placement {
  const isAligned = mode === 'align_corners';
  if (outSize === 1 && (isAligned || mode === 'pytorch_half_pixel')) return { step: 0, offset: 0, divisor: 1 };
  const [from, to] = isAligned ? [size - 1, outSize - 1] : (ratios?.[axis] ?? [size, outSize]);
  const isMiddle = mode === 'half_pixel' || mode === 'pytorch_half_pixel';
  // (place + 1/2) * from / to - 1/2, or without the halves.
  const place = isMiddle
    ? { step: 2 * from, offset: from - to, divisor: 2 * to }
    : { step: from, offset: 0, divisor: to };
  if (resampling !== 'nearest' || nearest === 'floor') return place;
  if (nearest === 'ceil') return { ...place, offset: place.divisor - 1 + place.offset };
  // Half a pixel is added before the whole part is taken; a fraction less where a half is to be rounded down.
  const less = nearest === 'round_prefer_floor' ? 1 : 0;
  if (isMiddle) return { ...place, offset: from - less };
  return { step: 2 * from, offset: to - less, divisor: 2 * to };
}

export interface ResizeProblem {
  readonly resampling: Resampling;
  /** [batch, height, width, channels]. */
  readonly shape: readonly number[];
  /** Height and width of the output. */
  readonly size: readonly [height: number, width: number];
  readonly grids: Grids;
  /** For bicubic resampling, the slope of the curve at the neighbours. */
  readonly coefficient?: number;
  /** The whole image, if this is only some of its rows. */
  readonly band?: RowsOf;
}

/** The image that a band belongs to, and where the band begins, in rows. */
interface RowsOf {
  readonly inHeight: number;
  readonly height: number;
  readonly firstIn: number;
  readonly first: number;
}

/** Where the channels of a resized image are. */
export function resizeChannels(problem: ResizeProblem): Channels {
  return { size: sizeOf(outputShape(problem)), channels: problem.shape[3], inner: 1 };
}

/** Its input is `x`; an epilogue may follow. */
export const resize: Operation<ResizeProblem> = /* @__PURE__ */ soleOperation({
  kind: RESIZE,
  name: 'resize/grid',
  why: 'the one kernel for resizing',
  wgsl: shader.code,
  summary: ({ shape, size }) => `${shape.join('x')} to ${size.join('x')}`,
  channels: resizeChannels,
  step: (problem, _tile, epilogue, target) => resizeStep(problem, epilogue, target),
  pieces: (whole, limits) => resizePieces(whole, limits, 0),
});

/**
 * Parts of the batch, or bands of rows.
 *
 * @param more rows that are read before the near row, and as many after the far row
 */
export function resizePieces(
  { problem, inputs: { x }, outputs }: Whole<ResizeProblem>,
  limits: Limits,
  more: number,
): readonly Piece<ResizeProblem>[] {
  const { resampling, shape, size, grids } = problem;
  const [batch, inHeight, ...pixels] = shape;
  const [height, width] = size;
  const parts = alikePieces({ x, ...outputs }, batch, limits, (count) => ({
    ...problem,
    shape: shape.with(0, count),
  }));
  if (parts.length > 0) return parts;
  const { step: forward, offset, divisor } = placement(resampling, 0, inHeight, height, grids);
  const near = (place: number): number =>
    Math.min(Math.floor(Math.max(place * forward + offset, 0) / divisor), inHeight - 1);
  return bandPieces({ x, outputs, count: batch, inHeight, outHeight: height }, limits, {
    step: (_, outBytes) => grainOf(outBytes, limits),
    rows(most, step, grain) {
      if (most >= inHeight) return Infinity;
      // From the near row of the first output to the far row of the last one; that of a stationary image is the first.
      const rows = Math.floor(((most - grain - 1 - 2 * more) * divisor) / Math.max(forward, 1)) + 1;
      return most > grain + 2 * more ? Math.max(Math.floor(rows / step) * step, 0) : 0;
    },
    band(first, rows, grain) {
      const firstIn = Math.floor(Math.max(near(first) - more, 0) / grain) * grain;
      const inRows = Math.min(near(first + rows - 1) + 2 + more, inHeight) - firstIn;
      const band = { inHeight, height, firstIn, first };
      const own = { ...problem, shape: [1, inRows, ...pixels], size: [rows, width] as const, band };
      return { problem: own, firstIn, inHeight: inRows };
    },
  });
}
