/**
 * The attributes of a node, as JSON of TensorFlow's AttrValue has them: `{ i: '2' }`, `{ s: 'U0FNRQ==' }` (base64),
 * `{ list: { i: ['1', '2'] } }`, `{ type: 'DT_FLOAT' }` or `{ type: 1 }`.
 *
 * @module
 * @see https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/framework/attr_value.proto
 */
import { check, fail, show } from '../../conv/check';
import type { HostDType } from '../host-value';
import { field, integerOf, listOf } from '../json';
import type { Attributes } from '../node';

/**
 * The attributes of a node.
 *
 * @param label the node, for errors: `node 'conv1' (Conv2D)`
 * @param attr the node's `attr`, of which nothing is known
 */
export function attributesOf(label: string, attr: unknown): Attributes {
  const what = (name: string): string => `${label}: attribute ${show(name)}`;
  const get = (name: string, kind: string): unknown => field(field(attr, name), kind) ?? undefined;
  const list = (name: string, kind: string): readonly unknown[] | undefined => {
    const value = get(name, 'list');
    return value === undefined ? undefined : listOf(what(name), field(value, kind));
  };
  return {
    text(name, fallback) {
      const value = get(name, 's');
      return value === undefined ? fallback : decodeText(what(name), value);
    },
    texts: (name) => (list(name, 's') ?? []).map((value) => decodeText(what(name), value)),
    integer(name, fallback) {
      const value = get(name, 'i');
      return value === undefined ? fallback : integerOf(what(name), value);
    },
    integers: (name) => list(name, 'i')?.map((value) => integerOf(what(name), value)),
    number: (name, fallback) => finite(what(name), get(name, 'f') ?? get(name, 'i') ?? fallback),
    numbers: (name) => list(name, 'f')?.map((value) => finite(what(name), value)),
    flag(name, fallback) {
      const value = get(name, 'b') ?? fallback;
      check(typeof value === 'boolean', () => `${what(name)} is ${show(value)} but must be true or false`);
      return value;
    },
    dtype(name) {
      const value = get(name, 'type');
      return value === undefined ? undefined : (dtypeOf(value) ?? fail(`${what(name)} is ${show(value)}; ${NUMERIC}`));
    },
    shape: (name) => shapeOf(what(name), get(name, 'shape')),
  };
}

function finite(what: string, value: unknown): number {
  const number = typeof value === 'string' ? Number(value) : value;
  check(
    typeof number === 'number' && Number.isFinite(number),
    () => `${what} is ${show(value)} but must be a finite number`,
  );
  return number;
}

const NUMERIC = 'only floating-point numbers, integers and booleans can be computed with';

/** TensorFlow's types by name and number; what is not here cannot be computed with. */
const TYPES: readonly (readonly [name: string, number: number, dtype: HostDType])[] = [
  ['DT_FLOAT', 1, 'float32'],
  ['DT_DOUBLE', 2, 'float32'],
  ['DT_INT32', 3, 'int32'],
  ['DT_UINT8', 4, 'int32'],
  ['DT_INT16', 5, 'int32'],
  ['DT_INT8', 6, 'int32'],
  ['DT_INT64', 9, 'int32'],
  ['DT_BOOL', 10, 'bool'],
  ['DT_HALF', 19, 'float32'],
];

const DTYPES: ReadonlyMap<unknown, HostDType> = new Map<unknown, HostDType>([
  ...TYPES.map(([name, , dtype]) => [name, dtype] as const),
  ...TYPES.map(([, number, dtype]) => [number, dtype] as const),
]);

/** A type by its name or its number; undefined if it is not numeric. */
export function dtypeOf(type: unknown): HostDType | undefined {
  return DTYPES.get(type);
}

/** A TensorShapeProto: undefined if its rank is unknown, or there is none. */
export function shapeOf(what: string, shape: unknown): readonly number[] | undefined {
  if (shape === undefined || field(shape, 'unknownRank') === true) return undefined;
  return listOf(what, field(shape, 'dim')).map((dim) => integerOf(`${what}: a size`, field(dim, 'size') ?? 0));
}

/** A text is base64 in JSON; a list of bytes where a loader has decoded it already. */
function decodeText(what: string, value: unknown): string {
  check(
    !Array.isArray(value) || value.length <= 1024,
    () => `${what} has more than 1024 characters, which none that can be read has`,
  );
  if (Array.isArray(value)) return String.fromCharCode(...value.map((byte) => integerOf(what, byte)));
  try {
    return atob(value as string);
  } catch {
    return fail(`${what} is ${show(value)} but must be a text in base64`);
  }
}
