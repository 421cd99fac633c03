/**
 * The attributes of a node in an ONNX file.
 *
 * @module
 */
import { check, fail, show } from '../../conv/check';
import type { HostDType } from '../host-value';
import type { Attributes } from '../node';
import type { OnnxAttribute } from './proto';
import { dtypeOfType, typeName } from './tensor';

const DECODER = new TextDecoder();

/** The number of a node's outputs. It is no attribute in the file, but some operators depend on it. */
export const OUTPUTS = 'number of outputs';

/** The type of a zero point, which says the type to quantise to. It is no attribute in the file either. */
export const ZERO_POINT = 'type of the zero point';

/**
 * @param label the node, for errors: `node 'conv1' (Conv)`
 * @param known what the file says of it elsewhere
 */
export function attributesOf(
  label: string,
  attributes: ReadonlyMap<string, OnnxAttribute>,
  known: ReadonlyMap<string, number>,
): Attributes {
  const what = (name: string): string => `${label}: attribute ${show(name)}`;
  const get = <K extends keyof OnnxAttribute>(name: string, field: K, form: string): OnnxAttribute[K] | undefined => {
    const attribute = attributes.get(name);
    if (attribute === undefined) return undefined;
    const value = attribute[field];
    const { number, integer: whole, bytes, tensor } = attribute;
    // A file stores nothing at all for an empty list.
    const isOther = Array.isArray(value) && value.length === 0 && (number ?? whole ?? bytes ?? tensor) !== undefined;
    check(value !== undefined && !isOther, () => `${what(name)} must be ${form}, but the file has another kind there`);
    return value;
  };
  const integer = (name: string): number | undefined => {
    const value = get(name, 'integer', 'a whole number');
    check(
      value === undefined || Number.isSafeInteger(value),
      () => `${what(name)} is ${value}, which JavaScript does not count exactly`,
    );
    return value;
  };
  return {
    text(name, fallback) {
      const value = get(name, 'bytes', 'a text');
      check(
        value === undefined || value.length <= 1024,
        () => `${what(name)} has more than 1024 characters, which none that can be read has`,
      );
      return value === undefined ? fallback : DECODER.decode(value);
    },
    texts: (name) => (get(name, 'texts', 'a list of texts') ?? []).map((value) => DECODER.decode(value)),
    integer: (name, fallback) => known.get(name) ?? integer(name) ?? fallback,
    integers: (name) => get(name, 'integers', 'a list of whole numbers'),
    number: (name, fallback) => get(name, 'number', 'a number') ?? fallback,
    numbers: (name) => get(name, 'numbers', 'a list of numbers'),
    flag: (name, fallback) => {
      const value = integer(name);
      return value === undefined ? fallback : value !== 0;
    },
    dtype(name) {
      const type = integer(name);
      if (type === undefined) return undefined;
      return (
        dtypeOfType(type) ??
        fail(
          `${what(name)} is ${typeName(type)}; only floating-point numbers, integers and booleans can be computed with`,
        )
      );
    },
    shape: (name) => get(name, 'integers', 'a list of sizes'),
  };
}

/** The attributes of a node that stands for an input: what is known of its elements and sizes, and nothing else. */
export function saying({
  dtype,
  shape,
}: {
  readonly dtype?: HostDType;
  readonly shape?: readonly number[];
}): Attributes {
  return { ...attributesOf('', new Map(), new Map()), dtype: () => dtype, shape: () => shape };
}
