/**
 * Twin of shaders/pad.wgsl.
 *
 * @module
 */
import shader from '../../shaders/pad.wgsl';
import { sizeOf } from '../conv/check';
import type { Step } from '../step';
import { vectorType } from './axes';
import { flatStep } from './flat-step';
import type { Target } from './kernel';
import { soleOperation, type Operation } from './operation';

/** An axis and what is put in front of it and behind it. */
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
  /** Its name, if neither JSON nor a shader can say it: see unwritten.ts. */
  readonly name?: string;
}

/** Its input is `x`. */
export const pad: Operation<PadProblem> = /* @__PURE__ */ soleOperation({
  name: 'pad/constant',
  why: 'the one kernel for padding',
  wgsl: shader.code,
  summary: ({ axes }) => axes.map(({ size }) => size).join('x'),
  step: ({ axes, value }, _tile, _epilogue, target) => padStep(axes, value, target),
});
