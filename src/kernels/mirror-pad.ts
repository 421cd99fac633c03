/**
 * Twin of shaders/mirror-pad.wgsl.
 *
 * @module
 */
import shader from '../../shaders/mirror-pad.wgsl';
import { sizeOf } from '../conv/check';
import type { Step } from '../step';
import { vectorType } from './axes';
import { flatStep } from './flat-step';
import type { Target } from './kernel';
import { soleOperation, type Operation } from './operation';
import type { PaddedAxis } from './pad';
import { alikePieces } from './pieces';

/**
 * What fills the padding beyond an edge: the elements inside the edge, without the edge's own or with it, or the edge's own
 * alone.
 */
export type MirrorMode = 'reflect' | 'symmetric' | 'edge';

/** The modes, for code that checks them. */
export const MIRROR_MODES: readonly string[] = ['reflect', 'symmetric', 'edge'] satisfies MirrorMode[];

export interface MirrorPadProblem {
  /** Outermost first, at most 8. */
  readonly axes: readonly PaddedAxis[];
  readonly mode: MirrorMode;
}

/** Its input is `x`. */
export const mirrorPad: Operation<MirrorPadProblem> = /* @__PURE__ */ soleOperation({
  name: 'pad/mirror',
  why: 'the one kernel for padding that mirrors or repeats the input',
  wgsl: shader.code,
  summary: ({ axes, mode }) => `${mode} ${axes.map(({ size }) => size).join('x')}`,
  step: (problem, _tile, _epilogue, target) => mirrorPadStep(problem, target),
  // Along the axes before the first one with padding, blocks of elements are padded alike. Other axes need both of their ends.
  pieces({ problem, inputs: { x }, outputs }, limits) {
    const { axes, mode } = problem;
    const padded = axes.findIndex(({ before, after }) => before + after > 0);
    const outer = padded < 0 ? axes.length : padded;
    const blocks = sizeOf(axes.slice(0, outer).map(({ size }) => size));
    return alikePieces({ x, ...outputs }, blocks, limits, (size) =>
      size === blocks ? problem : { axes: [{ size, before: 0, after: 0 }, ...axes.slice(outer)], mode },
    );
  },
});

function mirrorPadStep({ axes, mode }: MirrorPadProblem, target: Target): Step {
  const scalars = nestOf(axes);
  const [inner, ...outer] = scalars;
  const lanes = isWhole(inner) && inner.size % 4 === 0 ? 4 : 1;
  const nest = [{ ...inner, size: inner.size / lanes }, ...outer];
  const sizes = nest.map(({ size, before, after }) => before + size + after);
  const count = sizeOf(sizes);
  return flatStep(target, {
    kernel: 'pad/mirror',
    shader,
    sizes: `${mode} ${axes.map(({ size, before, after }) => `${before}+${size}+${after}`).join('x')}`,
    knobs: { RANK: nest.length, IS_EDGE: mode === 'edge', IS_REFLECT: mode === 'reflect' },
    aliases: { V: vectorType(lanes) },
    uniforms: {
      count,
      output_sizes: sizes,
      x_sizes: nest.map((axis) => axis.size),
      before: nest.map((axis) => axis.before),
    },
    invocations: count,
  });
}

/** Innermost first; neighbouring axes without padding are merged into one. */
function nestOf(axes: readonly PaddedAxis[]): PaddedAxis[] {
  const nest: PaddedAxis[] = [];
  for (const axis of axes) {
    const [last] = nest;
    if (last !== undefined && isWhole(last) && isWhole(axis)) nest[0] = { ...last, size: last.size * axis.size };
    else nest.unshift(axis);
  }
  return nest.length > 0 ? nest : [{ size: 1, before: 0, after: 0 }];
}

function isWhole({ before, after }: PaddedAxis): boolean {
  return before === 0 && after === 0;
}
