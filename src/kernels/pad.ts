/**
 * Twin of shaders/pad.wgsl.
 *
 * @module
 */
import shader from '../../shaders/pad.wgsl';
import { sizeOf } from '../conv/check';
import type { Step } from '../step';
import { vectorType } from './axes';
import { bandPieces } from './bands';
import { flatStep } from './flat-step';
import type { Target } from './kernel';
import { soleOperation, type Operation } from './operation';
import { alikePieces, grainOf, tooLarge } from './pieces';

/** An axis, and how much padding is put before and after it. */
export interface PaddedAxis {
  readonly size: number;
  readonly before: number;
  readonly after: number;
}

/**
 * The dispatch that pads.
 *
 * @param axes outermost first, at most 8
 * @param value what the padding holds
 */
export function padStep(axes: readonly PaddedAxis[], value: number, target: Target): Step {
  const scalars = merged(axes);
  const inner = scalars[0];
  const lanes = inner.size % 4 === 0 && inner.before % 4 === 0 && inner.after % 4 === 0 ? 4 : 1;
  const nest = [scaled(inner, 1 / lanes), ...scalars.slice(1)];
  const sizes = nest.map(({ size, before, after }) => before + size + after);
  const count = sizeOf(sizes);
  return flatStep(target, {
    kernel: 'pad/constant',
    shader,
    sizes: axes.map(({ size, before, after }) => `${before}+${size}+${after}`).join('x'),
    knobs: { RANK: nest.length },
    aliases: { V: vectorType(lanes) },
    uniforms: {
      count,
      value,
      output_sizes: sizes,
      x_sizes: nest.map((axis) => axis.size),
      before: nest.map((axis) => axis.before),
    },
    invocations: count,
  });
}

/** Innermost first; an axis without padding is a longer step of the axis outside it. */
function merged(axes: readonly PaddedAxis[]): PaddedAxis[] {
  const nest: PaddedAxis[] = [];
  for (const axis of axes) {
    const whole = axis.before === 0 && axis.after === 0;
    if (whole && nest.length > 0) nest[0] = scaled(nest[0], axis.size);
    else nest.unshift(axis);
  }
  return nest.length > 0 ? nest : [{ size: 1, before: 0, after: 0 }];
}

function scaled({ size, before, after }: PaddedAxis, factor: number): PaddedAxis {
  return { size: size * factor, before: before * factor, after: after * factor };
}

export interface PadProblem {
  /** Outermost first, at most 8. */
  readonly axes: readonly PaddedAxis[];
  /** What the padding holds. */
  readonly value: number;
  /** Its name, if neither JSON nor a shader can express it: see unwritten.ts. */
  readonly name?: string;
}

/** Its input is `x`. */
export const pad: Operation<PadProblem> = /* @__PURE__ */ soleOperation({
  name: 'pad/constant',
  why: 'the one kernel for padding',
  wgsl: shader.code,
  summary: ({ axes }) => axes.map(({ size }) => size).join('x'),
  step: ({ axes, value }, _tile, _epilogue, target) => padStep(axes, value, target),
  pieces({ problem, inputs: { x }, outputs }, limits) {
    const { axes, value } = problem;
    if (tooLarge({ x, ...outputs }, limits) === undefined) return [{ problem }];
    const padded = axes.findIndex(({ before, after }) => before + after > 0);
    // Along the axes before the first one with padding, blocks of elements are padded alike.
    const outer = padded < 0 ? axes.length : padded;
    const blocks = sizeOf(axes.slice(0, outer).map(({ size }) => size));
    const rest = axes.slice(outer);
    const parts = alikePieces({ x, ...outputs }, blocks, limits, (size) => ({
      axes: [{ size, before: 0, after: 0 }, ...rest],
      value,
    }));
    if (parts.length > 0 || padded < 0) return parts;
    const [{ size, before, after }, ...inner] = rest;
    return bandPieces({ x, outputs, count: blocks, inHeight: size, outHeight: before + size + after }, limits, {
      step: (_, outBytes) => grainOf(outBytes, limits),
      rows: (most, step, grain) =>
        most >= size ? Infinity : Math.max(Math.floor((most + 1 - grain) / step) * step, 0),
      band(first, rows, grain) {
        const { axis, firstIn } = bandOf(rest[0], first, rows, grain);
        return { problem: { axes: [axis, ...inner], value }, firstIn, inHeight: Math.max(axis.size, 1) };
      },
    });
  },
});

/**
 * This many places of a padded axis from `first` on, and the place of x where their part of x begins, a multiple of
 * `grain`. If that place is beyond what they need, `before` is negative, and if they have no part of x, its size is 0: the
 * shader's arithmetic handles both.
 */
function bandOf(
  { size, before }: PaddedAxis,
  first: number,
  rows: number,
  grain: number,
): { readonly axis: PaddedAxis; readonly firstIn: number } {
  const top = first - before;
  const firstIn = Math.floor(Math.min(Math.max(top, 0), size - 1) / grain) * grain;
  const end = Math.min(Math.max(top + rows, firstIn), size);
  const own = { size: end - firstIn, before: firstIn - top };
  return { axis: { ...own, after: rows - own.size - own.before }, firstIn };
}
