/**
 * Values to put in the place of an argument: every kind of JavaScript value, and typical mistakes of callers. Also the
 * places: each place knows which values its types allow.
 */
import { Tensor } from '../../src/tensor/tensor';
import { literal } from './print';

/** Makes a tensor of ones, disposed when all calls are done. */
export type Make = (...shape: number[]) => Tensor;

/** A place for a value: an argument, or a field of one. */
export interface Place {
  /** A right value. */
  readonly sound: (make: Make) => unknown;
  /** Whether the types allow a value. A call with any other value must throw. */
  readonly allows: (value: unknown) => boolean;
  /** Its name in messages, if that differs from its own. */
  readonly said?: string;
  /** For an object, the places in it. */
  readonly fields?: Readonly<Record<string, Place>>;
}

/** Values that are wrong in most places, with names to print. */
export function wrongValues(strangers: Readonly<Record<string, Tensor>>): ReadonlyMap<string, unknown> {
  const plain: readonly unknown[] = [undefined, null, 0, -1, 1.5, NaN, Infinity, 1e6, 2 ** 60, '', 'x', 'relu', '3', true, false, {}]; // prettier-ignore
  const lists: readonly unknown[] = [[], [1], [NaN], ['relu'], [[1]], [null], [undefined], [1, 2, 3, 4, 5, 6, 7, 8, 9]];
  return new Map<string, unknown>([
    ...[...plain, ...lists].map((value) => [literal(value), value] as const),
    // oxlint-disable-next-line no-sparse-arrays
    ['[1, , 3]', [1, , 3]],
    ['{ length: 4 }', { length: 4 }],
    ['1n', 1n],
    ['a symbol', Symbol('s')],
    ['a function', () => 1],
    ['Math.tanh', Math.tanh],
    ['a Promise', Promise.resolve(1)],
    ['an Int32Array', Int32Array.of(1, 2)],
    ['a BigInt64Array', BigInt64Array.of(1n, 2n)],
    ['an ArrayBuffer', new ArrayBuffer(8)],
    ['a DataView', new DataView(new ArrayBuffer(8))],
    ['a Map', new Map([['x', 1]])],
    ['an object without a prototype', Object.create(null)],
    ...Object.entries(strangers),
  ]);
}

/** The kinds of values that places allow. */
const isNumber = (value: unknown): value is number => typeof value === 'number';
const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);
const isPlain = (value: unknown): boolean =>
  isObject(value) && (Object.getPrototypeOf(value) ?? Object.prototype) === Object.prototype;

const isAlive = (value: unknown): boolean => value instanceof Tensor && !value.disposed;

/** A place for a value of a kind. */
function place(sound: Place['sound'], allows: Place['allows'], said?: string): Place {
  return { sound, allows, said };
}

/** The same place, but optional. */
export function optional(one: Place): Place {
  return { ...one, allows: (value) => value === undefined || one.allows(value) };
}

export const tensor = (...shape: readonly number[]): Place => place((make) => make(...shape), isAlive);

export const operand = (...shape: readonly number[]): Place =>
  place(
    (make) => make(...shape),
    (value) => isAlive(value) || isNumber(value),
  );

export const number = (sound: number): Place => place(() => sound, isNumber);

export const flag: Place = optional(
  place(
    () => false,
    (value) => typeof value === 'boolean',
  ),
);

/** A number, or a pair of numbers. */
export const perAxis = (sound: unknown): Place =>
  place(
    () => sound,
    (value) => isNumber(value) || isList(value),
  );

export const list = (sound: readonly unknown[], said?: string): Place =>
  place(
    () => sound,
    (value) => isList(value) && value.every(isNumber),
    said,
  );

export const word = (...words: readonly string[]): Place => optional(place(() => words[0], words.includes.bind(words) as Place['allows'])); // prettier-ignore

export const activation: Place = optional(
  place(
    () => 'relu6',
    (value) => value === 'relu',
  ),
);

export const fn = (sound: () => unknown): Place =>
  place(
    () => sound,
    (value) => typeof value === 'function',
  );

/** A value that only the test can make. */
export const only = (sound: Place['sound']): Place => place(sound, () => false);

/** An object of these fields. */
export function record(fields: Readonly<Record<string, Place>>, said = 'option'): Place {
  return {
    said,
    fields,
    sound: (make) => Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.sound(make)])),
    allows: isPlain,
  };
}

/** The same, but optional. */
export const options = (fields: Readonly<Record<string, Place>>): Place => optional(record(fields));
