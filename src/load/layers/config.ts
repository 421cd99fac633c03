/**
 * The configuration of a layer, as Keras writes it: plain JSON, in which one number may stand for a list of equal ones and a
 * default may be left out or null.
 *
 * @module
 * @see https://keras.io/api/layers/
 */
import { check, fail, show } from '../../conv/check';
import type { HostDType } from '../host-value';
import { field, integerOf, listOf } from '../json';
import type { Attributes } from '../node';

/** Lists in lists that mean something: a pair for each of two axes. */
const DEPTH = 3;

/** The most numbers of a list: shapes, axes, and statistics per channel. */
const MAX_NUMBERS = 2 ** 16;

/**
 * @param label the layer, for errors: `layer 'conv1' (Conv2D)`
 * @param config of which nothing is known
 */
export function configAttributes(label: string, config: unknown): Attributes {
  const what = (name: string): string => `${label}: ${name}`;
  const get = (name: string): unknown => field(config, name) ?? undefined;
  const numbers = (name: string): readonly unknown[] | undefined => {
    const value = get(name);
    if (value === undefined) return undefined;
    const list = Array.isArray(value) ? (value.flat(DEPTH) as unknown[]) : [value];
    check(list.length <= MAX_NUMBERS, () => `${what(name)} has ${list.length} numbers; the most is ${MAX_NUMBERS}`);
    return list;
  };
  const number = (name: string, value: unknown): number => {
    check(
      typeof value === 'number' && Number.isFinite(value),
      () => `${what(name)} is ${show(value)} but must be a finite number`,
    );
    return value;
  };
  return {
    text(name, fallback) {
      const value = get(name) ?? fallback;
      check(typeof value === 'string', () => `${what(name)} is ${show(value)} but must be a text`);
      return value;
    },
    texts: (name) =>
      listOf(what(name), get(name)).map((value) =>
        typeof value === 'string' ? value : fail(`${what(name)} is ${show(value)} but must be a text`),
      ),
    integer: (name, fallback) => integerOf(what(name), get(name) ?? fallback),
    // Pairs in a list follow one another: [[1, 2], [3, 4]] is [1, 2, 3, 4].
    integers: (name) => numbers(name)?.map((value) => integerOf(what(name), value)),
    number: (name, fallback) => number(name, get(name) ?? fallback),
    numbers: (name) => numbers(name)?.map((value) => number(name, value)),
    flag(name, fallback) {
      const value = get(name) ?? fallback;
      check(typeof value === 'boolean', () => `${what(name)} is ${show(value)} but must be true or false`);
      return value;
    },
    dtype(name) {
      const value = get(name);
      return value === undefined ? undefined : dtypeOf(what(name), value);
    },
    shape: (name) => {
      const value = get(name);
      if (value === undefined) return undefined;
      return listOf(what(name), value).map((n) => (n === null ? -1 : integerOf(what(name), n)));
    },
  };
}

/** A type by its name, or a policy that has that name: the type of what is fed. */
function dtypeOf(what: string, value: unknown): HostDType {
  const name = typeof value === 'string' ? value : field(field(value, 'config'), 'name');
  if (typeof name === 'string') {
    if (/^(b?float|mixed_b?float)(16|32|64)$/.test(name)) return 'float32';
    if (/^u?int(8|16|32|64)$/.test(name)) return 'int32';
    if (name === 'bool') return 'bool';
  }
  return fail(`${what} is ${show(name)}; only floating-point numbers, integers and booleans can be computed with`);
}
