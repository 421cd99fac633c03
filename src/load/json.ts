/**
 * Reads parsed JSON of unknown content. A file names its own nodes, weights and attributes, and could use a name that
 * JavaScript's objects inherit. So only own fields are read, and lookups by such a name use a Map.
 *
 * @module
 */
import { fail, show } from '../conv/check';

/** A field of an object, if it is the object's own. */
export function field(value: unknown, name: string): unknown {
  const own = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
  return own ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

/** The own fields of an object; none of anything else. */
export function fields(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

/** @throws unless it is a list, or missing: then it is an empty one */
export function listOf(what: string, value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : fail(`${what} is ${show(value)} but must be a list`);
}

/** @throws unless it is a text that is not empty */
export function textOf(what: string, value: unknown): string {
  return typeof value === 'string' && value !== '' ? value : fail(`${what} is ${show(value)} but must be a text`);
}

/**
 * A whole number; JSON of protocol buffers writes 64-bit ones as texts.
 *
 * @throws unless JavaScript counts it exactly
 */
export function integerOf(what: string, value: unknown): number {
  const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;
  return Number.isSafeInteger(number)
    ? (number as number)
    : fail(`${what} is ${show(value)} but must be a whole number`);
}
