/**
 * A map does something to each element by itself: it has a value, the stages that the value goes through, and the place of its
 * channels. Every operator and activation is a map, and can therefore be the end of another call.
 *
 * @module
 */
import { sizeOf } from '../conv/check';
import type { Storage } from '../gpu/buffers';
import type { Call, Ending, Operand } from '../gpu/call';
import { binary, type BinaryProblem } from '../kernels/binary';
import { elementwise, type Channels } from '../kernels/elementwise';
import type { Stage } from '../kernels/epilogue';
import { operatorBody } from '../kernels/operators';
import { floatLiteral } from '../kernels/specialize';
import { chosenBy, where, type WhereProblem } from '../kernels/where';
import { isOf } from './kinds';

/** A map, apart from the call that computes it. */
export interface ValueMap {
  readonly x: Operand;
  readonly channels: Channels;
  readonly endings: readonly Ending[];
}

type OperatorStage = Extract<Stage, { readonly kind: 'operator' }>;

/** The map that a call computes, if it is one. */
export function mapOf(call: Call): ValueMap | undefined {
  if (isOf(elementwise, call)) return { x: call.inputs.x, channels: call.problem, endings: call.endings };
  if (isOf(where, call)) return ofWhere(call);
  return isOf(binary, call) ? ofBinary(call) : undefined;
}

/** The same map as one of `value`, if it is read as x or by the first stage; undefined otherwise. */
export function mapFrom(map: ValueMap, value: Storage): ValueMap | undefined {
  if (map.x.value === value) return map;
  const [first, ...rest] = map.endings;
  if (first?.stage.kind !== 'operator' || !isElement(first) || first.operands[0].value !== value) return undefined;
  const turned: Ending = {
    stage: { ...first.stage, otherFirst: first.stage.otherFirst !== true },
    operands: [map.x],
  };
  return { ...map, x: first.operands[0], endings: [turned, ...rest] };
}

/** Whether the stage is an operator that reads one element of another tensor for each of its own. */
export function isElement({ stage }: Ending): boolean {
  if (stage.kind !== 'operator' || typeof stage.other !== 'object') return false;
  return 'perChannel' in stage.other && !stage.other.perChannel;
}

function ofBinary({ problem, inputs }: Call<BinaryProblem>): ValueMap | undefined {
  const { operator, a, b, scalar } = problem;
  const body = operatorBody(operator, scalar, problem.body);
  if (scalar !== undefined) {
    const { value, instead } = scalar;
    // A shader's text cannot hold such a number. With a literal zero, lavapipe computes a quotient, and SwiftShader a product, as
    // 0 even if the other operand is NaN (November 2026).
    const isFolded = body.includes('/') || operator === 'multiply';
    if (scalar.name !== undefined || (isFolded && value === 0)) return undefined;
    const stage = { kind: 'operator', operator, body, other: { number: value }, otherFirst: instead === 'a' } as const;
    return { x: inputs.a, channels: lastAxis(a), endings: [{ stage, operands: [] }] };
  }
  return between({ operator, body }, inputs.a, inputs.b, a, b);
}

/** If a or b is a number, `where` is an operator between the condition and the other value, or the condition and a number. */
function ofWhere({ problem, inputs }: Call<WhereProblem>): ValueMap | undefined {
  const { aNumber, bNumber, condition, a, b } = problem;
  // A shader's text cannot hold such a number.
  if (aNumber?.name !== undefined || bNumber?.name !== undefined) return undefined;
  const [left, right] = [aNumber, bNumber].map((number) => number && `V(${floatLiteral(number.value)})`);
  const operator = 'where';
  if (left !== undefined && right !== undefined) {
    const body = chosenBy('left', left, right);
    const stage = { kind: 'operator', operator, body, other: { number: 0 } } as const;
    return { x: inputs.condition, channels: lastAxis(condition), endings: [{ stage, operands: [] }] };
  }
  if (left !== undefined)
    return between({ operator, body: chosenBy('right', left, 'left') }, inputs.b, inputs.condition, b, condition);
  if (right === undefined) return undefined;
  return between({ operator, body: chosenBy('right', 'left', right) }, inputs.a, inputs.condition, a, condition);
}

/** An operator between two tensors, the larger of which is x. */
function between(
  { operator, body }: Pick<OperatorStage, 'operator' | 'body'>,
  left: Operand,
  right: Operand,
  a: readonly number[],
  b: readonly number[],
): ValueMap | undefined {
  const otherFirst = sizeOf(a) < sizeOf(b);
  const [x, other] = otherFirst ? [right, left] : [left, right];
  const channels = channelsOf(otherFirst ? b : a, otherFirst ? a : b);
  if (channels === undefined) return undefined;
  const perChannel = sizeOf(a) !== sizeOf(b);
  const stage = { kind: 'operator', operator, body, other: { perChannel }, otherFirst } as const;
  return { x, channels, endings: [{ stage, operands: [other] }] };
}

/** Where the channels of a tensor are, if the other has its shape, or one number for each of its channels. */
function channelsOf(shape: readonly number[], other: readonly number[]): Channels | undefined {
  const size = sizeOf(shape);
  if (other.length > shape.length) return undefined;
  const aligned = shape.map((_, axis) => other[axis - shape.length + other.length] ?? 1);
  if (aligned.every((n, axis) => n === shape[axis])) return lastAxis(shape);
  const wide = aligned.flatMap((n, axis) => (n === 1 ? [] : [axis]));
  const axis = wide[0] ?? shape.length - 1;
  if (wide.length > 1 || aligned[axis] !== shape[axis]) return undefined;
  return { size, channels: shape[axis], inner: sizeOf(shape.slice(axis + 1)) };
}

function lastAxis(shape: readonly number[]): Channels {
  return { size: sizeOf(shape), channels: shape.at(-1) ?? 1, inner: 1 };
}
