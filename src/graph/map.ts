/**
 * What is done to each element by itself: a value, the stages that it goes through, and where its channels are. Every
 * operator and activation is one, and so can be the end of a convolution.
 *
 * @module
 */
import { sizeOf } from '../conv/check';
import type { Storage } from '../gpu/buffers';
import type { Dispatch } from '../gpu/encode';
import type { Channels } from '../kernels/elementwise';
import { operandsOf, type Epilogue, type Stage } from '../kernels/epilogue';
import type { Meaning } from '../kernels/meaning';
import { operatorBody } from '../kernels/operators';
import { valueOf } from './graph';

/** A map, apart from the step that computes it. */
export interface ValueMap {
  readonly x: Storage;
  readonly channels: Channels;
  readonly epilogue: Epilogue;
  /** The operands of the epilogue, by name. */
  readonly operands: Readonly<Record<string, Storage>>;
  /** Those that are float16, x among them as `x`, and the result as `output`. */
  readonly halves: ReadonlySet<string>;
}

const NO_HALVES: ReadonlySet<string> = new Set();

/** The map that a dispatch computes, if it is one. */
export function mapOf({ meaning, operands }: Dispatch): ValueMap | undefined {
  const halves = meaning?.halves?.stored ?? NO_HALVES;
  if (meaning?.kind === 'map') {
    const { channels, epilogue } = meaning;
    const names = operandsOf(epilogue);
    const own = Object.fromEntries(names.map((name) => [name, operands[name]]));
    return { x: operands.x, channels, epilogue, operands: own, halves };
  }
  return meaning?.kind === 'binary' ? ofBinary(meaning, operands, halves) : undefined;
}

/** The same map as one of `value`, if it is read as x or by the first stage; undefined otherwise. */
export function mapFrom(map: ValueMap, value: Storage): ValueMap | undefined {
  if (valueOf(map.x) === value) return map;
  const [first, ...rest] = map.epilogue;
  if (first?.kind !== 'operator' || typeof first.other !== 'object' || !('name' in first.other)) return undefined;
  const { name, perChannel } = first.other;
  if (perChannel || valueOf(map.operands[name]) !== value) return undefined;
  const turned: Stage = { ...first, otherFirst: first.otherFirst !== true };
  const swapped: Readonly<Record<string, string>> = { x: name, [name]: 'x' };
  return {
    ...map,
    x: map.operands[name],
    epilogue: [turned, ...rest],
    operands: { ...map.operands, [name]: map.x },
    halves: new Set(Array.from(map.halves, (half) => swapped[half] ?? half)),
  };
}

function ofBinary(
  { operator, a, b, scalar }: Extract<Meaning, { kind: 'binary' }>,
  operands: Readonly<Record<string, Storage>>,
  halves: ReadonlySet<string>,
): ValueMap | undefined {
  const body = operatorBody(operator, scalar);
  const named = (names: Readonly<Record<string, string>>): ReadonlySet<string> =>
    new Set(Array.from(halves, (half) => names[half] ?? half));
  if (scalar !== undefined) {
    const { value, instead } = scalar;
    const stage: Stage = { kind: 'operator', operator, body, other: { number: value }, otherFirst: instead === 'a' };
    const halved = named({ a: 'x', b: 'x' });
    return { x: operands.a, channels: lastAxis(a), epilogue: [stage], operands: {}, halves: halved };
  }
  const otherFirst = sizeOf(a) < sizeOf(b);
  const [shape, other] = otherFirst ? [b, a] : [a, b];
  const [x, second] = otherFirst ? (['b', 'a'] as const) : (['a', 'b'] as const);
  const channels = channelsOf(shape, other);
  if (channels === undefined) return undefined;
  const perChannel = sizeOf(other) !== sizeOf(shape);
  const stage: Stage = { kind: 'operator', operator, body, other: { name: 'other', perChannel }, otherFirst };
  const halved = named({ [x]: 'x', [second]: 'other' });
  return { x: operands[x], channels, epilogue: [stage], operands: { other: operands[second] }, halves: halved };
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
