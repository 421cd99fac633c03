/**
 * The few words that every argument check is made of. A message names the function and the argument, gives both
 * numbers, and says what to type instead.
 *
 * @module
 */

/** Throws `message` unless `condition` holds. */
export function check(condition: boolean, message: string): asserts condition {
  if (!condition) fail(message);
}

/** Throws `message`. Apart from `throw`, so that it can stand in an expression. */
export function fail(message: string): never {
  throw new Error(message);
}

/** Whether `n` is a whole number of at least 1 that JavaScript counts exactly. */
export function isCount(n: unknown): n is number {
  return Number.isSafeInteger(n) && (n as number) >= 1;
}

/** A shape as its owner would write it: `[1, 224, 224, 3]`. */
export function describe(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

/** Any argument as its owner would write it; JSON would turn NaN into null. */
export function show(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  return Array.isArray(value) ? `[${value.map(show).join(', ')}]` : String(value);
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
  check(Array.isArray(shape), `${what} is ${String(shape)} but must be an array of sizes, such as [1, 224, 224, 3]`);
  for (const [axis, n] of shape.entries()) {
    check(
      isCount(n),
      `${what} ${describe(shape)} has size ${String(n)} on axis ${axis}; every size must be a whole number of at least 1`,
    );
  }
}
