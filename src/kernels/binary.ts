/**
 * Twin of shaders/binary.wgsl.
 *
 * @module
 */
import shader from '../../shaders/binary.wgsl';
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
import { operatorBody, type Operator, type Scalar } from './operators';
import { alikePieces } from './pieces';

/**
 * The dispatch of an operator. Its operands are `a` and `b`; where one is a number, the other is bound as both.
 *
 * @param shape the output's: a's and b's, broadcast; at most 8 axes
 * @param a the first operand's shape
 * @param b the second operand's shape
 */
export function binaryStep(
  operator: Operator,
  shape: readonly number[],
  a: readonly number[],
  b: readonly number[],
  target: Target,
  scalar?: Scalar,
  body?: string,
): Step {
  const { value, instead } = scalar ?? { value: 0 };
  const scalars = shortestNest(shape, repeatedStrides(a, shape), repeatedStrides(b, shape));
  const lanes = lanesOf(scalars);
  const nest = inLanes(scalars, lanes);
  const count = sizeOf(shape) / lanes;
  return flatStep(target, {
    kernel: `binary/${operator}`,
    shader,
    sizes: `${instead === 'a' ? 'number' : a.join('x')} ${instead === 'b' ? 'number' : b.join('x')}`,
    knobs: { RANK: nest.length, A_IS_NUMBER: instead === 'a', B_IS_NUMBER: instead === 'b' },
    aliases: { V: vectorType(lanes) },
    slots: {
      operate: { body: operatorBody(operator, scalar, body) },
    },
    uniforms: {
      count,
      number: value,
      sizes: nestSizes(nest),
      a_strides: nestStrides(nest, 0),
      b_strides: nestStrides(nest, 1),
    },
    invocations: count,
  });
}

/** An operator between two tensors that broadcast, or a tensor and a number. */
export interface BinaryProblem {
  readonly operator: Operator;
  /** The output's. */
  readonly shape: readonly number[];
  readonly a: readonly number[];
  readonly b: readonly number[];
  /** A number in place of one operand; the other operand is then bound as both. */
  readonly scalar?: Scalar;
  /** Body of the shader's `operate`, for operators that kernels/operators.ts lacks. */
  readonly body?: string;
}

/** Its inputs are `a` and `b`. */
export const binary: Operation<BinaryProblem> = /* @__PURE__ */ soleOperation({
  name: 'binary/broadcast',
  why: 'the one kernel for operators',
  wgsl: shader.code,
  summary: ({ operator, a, b }) => `${operator} ${a.join('x')} ${b.join('x')}`,
  step: ({ operator, shape, a, b, scalar, body }, _tile, _epilogue, target) =>
    binaryStep(operator, shape, a, b, target, scalar, body),
  pieces: ({ problem, inputs, outputs }, limits) => {
    const { shape, a, b } = problem;
    const { outer, walked } = leadingAxes(shape, { a, b });
    const units = sizeOf(shape.slice(0, outer));
    const cut = Object.fromEntries(walked.map((role) => [role, inputs[role]]));
    const part = (own: readonly number[], times: number): readonly number[] =>
      times === units ? own : [times, ...own.slice(Math.max(outer - shape.length + own.length, 0))];
    return alikePieces({ ...cut, ...outputs }, units, limits, (count) => {
      if (count === units) return problem;
      const [m, n] = (['a', 'b'] as const).map((role) => part(problem[role], walked.includes(role) ? count : 1));
      return { ...problem, shape: part(shape, count), a: m, b: n };
    });
  },
});
