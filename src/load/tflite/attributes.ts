/**
 * The attributes of an operator: its options, by the names of the schema, and what the file says of its tensors.
 *
 * @module
 */
import { check, fail, show } from '../../conv/check';
import type { Attributes } from '../node';
import { numberOf, numbersOf, type FlatTable } from './flatbuffer';
import { DEFAULTS, TENSOR_TYPES, WORDS } from './schema';
import { dtypeOf, type TfliteTensor } from './tensors';

/**
 * Options by their names; a text is one of the schema's words. An option that the file leaves out has the schema's default;
 * a caller's default is for operators without options. Further
 *
 * - `shape('output')`, `dtype('output0')`: what the file says of its results
 * - `numbers('range')`: the least and the largest number that the scales of its result have, if it has some
 * - `integers('custom_options')`: what an op that the file names itself is told, as whole numbers of 32 bits
 *
 * @param label the operator, for errors
 */
export function attributesOf(
  label: string,
  options: FlatTable | undefined,
  custom: Uint8Array | undefined,
  outputs: readonly TfliteTensor[],
): Attributes {
  const what = (name: string): string => `${label}: option ${show(name)}`;
  const having = (name: string): FlatTable | undefined =>
    options?.fields.includes(name) === true ? options : undefined;
  const byte = (name: string, fallback: number): number => {
    const table = having(name);
    return table === undefined ? fallback : numberOf(table, name, 'uint8');
  };
  return {
    text(name, fallback) {
      const words = WORDS.get(name);
      if (having(name) === undefined || words === undefined) return fallback;
      const number = byte(name, 0);
      return words[number] ?? fail(`${what(name)} is ${number}; those known are ${words.join(', ')}`);
    },
    texts: () => [],
    integer(name, fallback) {
      const table = having(name);
      return table === undefined ? fallback : numberOf(table, name, 'int32', DEFAULTS.get(name));
    },
    integers(name) {
      if (name === 'custom_options') return custom && wordsOf(custom);
      const table = having(name);
      return table && numbersOf(table, name, 'int32');
    },
    number(name, fallback) {
      const table = having(name);
      const value = table === undefined ? fallback : numberOf(table, name, 'float32');
      check(Number.isFinite(value), () => `${what(name)} is ${value} but must be a finite number`);
      return value;
    },
    numbers: (name) => (name === 'range' && outputs.length > 0 ? rangeOf(outputs[0]) : undefined),
    flag: (name, fallback) => byte(name, Number(fallback)) !== 0,
    dtype(name) {
      if (!name.startsWith('output')) return TENSOR_TYPES[byte(name, 0)]?.dtype;
      const tensor = outputs.at(Number(name.slice(6)));
      check(tensor?.refused === undefined, () => `${label}: ${tensor?.refused}`);
      return tensor && dtypeOf(tensor);
    },
    shape: (name) => (name === 'output' ? outputs.at(0)?.signature : undefined),
  };
}

/** A few numbers of 32 bits; what is left over at the end means nothing. */
function wordsOf(bytes: Uint8Array): readonly number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: Math.min(bytes.length >> 2, 16) }, (_, i) => view.getInt32(4 * i, true));
}

const LIMITS: ReadonlyMap<string, readonly [number, number]> = new Map([
  ['INT8', [-128, 127]],
  ['UINT8', [0, 255]],
  ['INT16', [-32768, 32767]],
]);

function rangeOf({ type, scales }: TfliteTensor): readonly number[] | undefined {
  const limits = LIMITS.get(type.name);
  if (limits === undefined || scales === undefined || scales.scales.length > 1) return undefined;
  return limits.map((limit) => Math.fround(scales.scales[0] * (limit - (scales.zeroPoints[0] ?? 0))));
}
