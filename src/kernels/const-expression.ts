/**
 * Integer const-expressions of WGSL, as far as loop bounds need them: literals, names, + - * / %, parentheses, and the
 * functions min and max. A page's Content-Security-Policy may forbid `eval`, so this is the few lines of a recursive
 * descent instead.
 *
 * @module
 */

/** The meaning of the names in an expression: a number, or an expression of other names. */
export type Names = Readonly<Record<string, number | string>>;

type Binary = (left: number, right: number) => number;

/** Operators, and how strongly each binds its operands. */
const OPERATORS: ReadonlyMap<string, readonly [strength: number, of: Binary]> = /* @__PURE__ */ new Map([
  ['+', [1, (left, right) => left + right]],
  ['-', [1, (left, right) => left - right]],
  ['*', [2, (left, right) => left * right]],
  ['/', [2, (left, right) => Math.trunc(left / right)]],
  ['%', [2, (left, right) => left % right]],
]);

/**
 * The value of an integer const-expression.
 *
 * @throws if it holds anything else than literals, known names, + - * / %, parentheses, min and max, or divides by zero
 */
export function evaluate(expression: string, names: Names): number {
  const tokens = expression.match(/\w+|\S/g) ?? [];
  let next = 0;
  const result = value(0);
  return next < tokens.length || !Number.isInteger(result) ? unexpected() : result;

  /** The value up to an operator that does not bind more strongly than this. */
  function value(least: number): number {
    let left = operand();
    for (;;) {
      const [strength, of] = OPERATORS.get(tokens[next]) ?? [0];
      if (of === undefined || strength <= least) return left;
      next++;
      left = of(left, value(strength));
    }
  }

  function operand(): number {
    const token = tokens[next++];
    if (token === '-') return -operand();
    if (token === '(') return before(')');
    if (/^\d+u?$/.test(token)) return Number.parseInt(token, 10);
    if (token === 'min' || token === 'max') {
      take('(');
      return Math[token](before(','), before(')'));
    }
    if (!Object.hasOwn(names, token)) unexpected();
    const meaning = names[token];
    return typeof meaning === 'string' ? evaluate(meaning, names) : meaning;
  }

  /** The value that stands before this token. */
  function before(token: string): number {
    const inner = value(0);
    take(token);
    return inner;
  }

  function take(token: string): void {
    if (tokens[next++] !== token) unexpected();
  }

  function unexpected(): never {
    throw new Error(
      `\`${expression}\` is not an integer const-expression of ${Object.keys(names).join(', ') || 'no names'}`,
    );
  }
}
