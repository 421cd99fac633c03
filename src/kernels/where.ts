/**
 * Twin of shaders/where.wgsl.
 *
 * @module
 */
import shader from '../../shaders/where.wgsl';
import { sizeOf } from '../conv/check';
import type { Step } from '../step';
import {
  inLanes,
  lanesOf,
  leadingAxes,
  nestSizes,
  nestStrides,
  repeatedStrides,
  shortestNest,
  vectorType,
} from './axes';
import { flatStep } from './flat-step';
import type { Target } from './kernel';
import { soleOperation, type Operation } from './operation';
import { alikePieces } from './pieces';

/** A number in place of a tensor. */
export interface Value {
  readonly value: number;
  /** Its name, if neither JSON nor a shader can express it: see unwritten.ts. */
  readonly name?: string;
}

/** The shapes; where a number stands, the shape of the condition, which is then bound in its place. */
export interface WhereProblem {
  /** The output's. */
  readonly shape: readonly number[];
  readonly condition: readonly number[];
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly aNumber?: Value;
  readonly bNumber?: Value;
}

const ROLES = ['condition', 'a', 'b'] as const;

/** Which of a and b a condition chooses, as WGSL. It tests the bits: NaN is not 0, whatever a compiler assumes. */
export function chosenBy(condition: string, a: string, b: string): string {
  return `return select(${b}, ${a}, (bitcast<Bits>(${condition}) & Bits(0x7fffffff)) != Bits(0));`;
}

/** Its inputs are `condition`, `a` and `b`. */
export const where: Operation<WhereProblem> = /* @__PURE__ */ soleOperation({
  name: 'where/broadcast',
  why: 'the one kernel for where',
  wgsl: shader.code,
  summary: (problem) => ROLES.map((role) => problem[role].join('x')).join(' '),
  step: (problem, _tile, _epilogue, target) => whereStep(problem, target),
  pieces: ({ problem, inputs, outputs }, limits) => {
    const { shape, condition, a, b } = problem;
    const { outer, walked } = leadingAxes(shape, { condition, a, b });
    const units = sizeOf(shape.slice(0, outer));
    const cut = Object.fromEntries(walked.map((role) => [role, inputs[role]]));
    const part = (own: readonly number[], times: number): readonly number[] => [
      times,
      ...own.slice(Math.max(outer - shape.length + own.length, 0)),
    ];
    return alikePieces({ ...cut, ...outputs }, units, limits, (count) => {
      if (count === units) return problem;
      const own = ROLES.map((role) => [role, part(problem[role], walked.includes(role) ? count : 1)]);
      return { ...problem, ...Object.fromEntries(own), shape: part(shape, count) };
    });
  },
});

function whereStep({ shape, condition, a, b, aNumber, bNumber }: WhereProblem, target: Target): Step {
  const scalars = shortestNest(shape, ...[condition, a, b].map((own) => repeatedStrides(own, shape)));
  const lanes = lanesOf(scalars);
  const nest = inLanes(scalars, lanes);
  const count = sizeOf(shape) / lanes;
  return flatStep(target, {
    kernel: 'where/broadcast',
    shader,
    sizes: [condition, a, b].map((own) => own.join('x')).join(' '),
    knobs: { RANK: nest.length, A_IS_NUMBER: aNumber !== undefined, B_IS_NUMBER: bNumber !== undefined },
    aliases: { V: vectorType(lanes) },
    slots: { chosen: { body: chosenBy('told', 'left', 'right') } },
    uniforms: {
      count,
      a_number: aNumber?.value ?? 0,
      b_number: bNumber?.value ?? 0,
      sizes: nestSizes(nest),
      condition_strides: nestStrides(nest, 0),
      a_strides: nestStrides(nest, 1),
      b_strides: nestStrides(nest, 2),
    },
    invocations: count,
  });
}
