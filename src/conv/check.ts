/**
 * The few functions that every argument check uses. A message names the function and the argument, gives both numbers, and
 * says what to type instead.
 *
 * @module
 */

/** Throws the message unless `condition` holds. The message is made only then, so that a valid call does not pay for it. */
export function check(condition: boolean, message: () => string): asserts condition {
  if (!condition) fail(message());
}

/** Throws `message`. Unlike `throw` it can stand in an expression. */
export function fail(message: string): never {
  throw new Error(message);
}

/** Whether `n` is a whole number of at least 1 that JavaScript represents exactly. */
export function isCount(n: unknown): n is number {
  return Number.isSafeInteger(n) && (n as number) >= 1;
}

/** A shape as one writes it in code: `[1, 224, 224, 3]`. */
export function describe(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

/** How much of an argument a message shows: elements of a list, levels of nested lists, and characters of anything else. */
const ELEMENTS = 10;
const DEPTH = 3;
const CHARACTERS = 60;

/**
 * Any argument as one writes it in code, shortened; JSON would turn NaN into null. It never throws: an error about an argument
 * must not become an error about showing it.
 */
export function show(value: unknown, depth: number = DEPTH): string {
  if (isList(value)) {
    if (depth === 0) return '[...]';
    const shown = Array.from(value.slice(0, ELEMENTS), (element) => show(element, depth - 1));
    if (value.length > ELEMENTS) shown.push('...');
    return `${Array.isArray(value) ? '' : `${value.constructor.name} `}[${shown.join(', ')}]`;
  }
  const text = textOf(value);
  const brief = text.length > CHARACTERS ? `${text.slice(0, CHARACTERS)}...` : text;
  return typeof value === 'string' ? `'${brief}'` : brief;
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

function textOf(value: unknown): string {
  // The most frequent mistake: a forgotten await.
  if (value instanceof Promise) return 'a Promise (await it)';
  if (typeof value === 'bigint') return `${value}n`;
  try {
    return String(value);
  } catch {
    return 'an object without words';
  }
}

/** Elements of a shape; a scalar's `[]` has one. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, n) => size * n, 1);
}

/**
 * Throws unless every size of `shape` is a whole number of at least 1.
 *
 * @param what function and argument, as the message starts: `gpu.tensor: shape`
 */
export function checkShape(what: string, shape: readonly number[]): void {
  check(
    Array.isArray(shape),
    () => `${what} is ${show(shape)} but must be an array of sizes, such as [1, 224, 224, 3]`,
  );
  for (const [axis, n] of shape.entries()) check(isCount(n), () => wrongSize(what, shape, axis));
}

/** Throws if a tensor of that shape would have no elements. There are no empty tensors, so no op has to check for them. */
export function checkFilled(what: string, shape: readonly number[]): void {
  const axis = shape.indexOf(0);
  check(axis < 0, () => wrongSize(what, shape, axis));
}

function wrongSize(what: string, shape: readonly number[], axis: number): string {
  return `${what} ${show(shape)} has size ${show(shape[axis])} on axis ${axis}; every size must be a whole number of at least 1: no tensor is empty`;
}

/** Whether `value` is a plain object: no list, no Promise, and no object of the browser's. */
export function isRecord(value: unknown): value is object {
  return Object.prototype.toString.call(value) === '[object Object]';
}

/**
 * Throws if an options object has an option that the function does not know: a misspelt option must not be ignored.
 *
 * @param known the names of its options
 * @param noun what to call them, if not options
 */
export function checkOptions(op: string, options: object, known: readonly string[], noun = 'option'): void {
  check(isRecord(options), () => `${op}: ${noun}s are ${show(options)}; give an object with ${known.join(', ')}`);
  for (const name of Object.keys(options)) {
    check(known.includes(name), () => `${op}: there is no ${noun} ${name}; the ${noun}s are ${known.join(', ')}`);
  }
}

/** Throws unless `value` is one of two words. */
export function checkEither(op: string, name: string, value: unknown, [one, other]: readonly [string, string]): void {
  check(value === one || value === other, () => `${op}: ${name} is ${show(value)}; it is '${one}' or '${other}'`);
}

/** The names that `typeof` gives to arguments that can be left out, or must be there. */
export type Kind = 'boolean' | 'function';

/** Throws unless `typeof value` is the kind. */
export function checkKind(op: string, name: string, value: unknown, kind: Kind): void {
  check(
    typeof value === kind,
    () => `${op}: ${name} is ${show(value)}; ${kind === 'boolean' ? 'it is true or false' : 'give a function'}`,
  );
}

/** Throws unless `signal` is left out, or is one that can be aborted. */
export function checkSignal(op: string, signal: unknown): void {
  check(
    signal === undefined || signal instanceof AbortSignal,
    () => `${op}: signal is ${show(signal)}; give an AbortSignal`,
  );
}
