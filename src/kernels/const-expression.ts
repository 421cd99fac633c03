/**
 * Integer const-expressions of WGSL, as far as loop bounds need them: literals, names, + - * / %, parentheses, and the
 * functions min and max. A page's Content-Security-Policy may forbid `eval`, so this is the few lines of a recursive
 * descent instead.
 *
 * @module
 */

/** The meaning of the names in an expression: a number, or an expression of other names. */
export type Names = Readonly<Record<string, number | string>>;

/**
 * The value of an integer const-expression.
 *
 * @throws if it holds anything else than literals, known names, + - * / %, parentheses, min and max
 */
export function evaluate(expression: string, names: Names): number {
  const tokens = expression.match(/\w+|\S/g) ?? [];
  let next = 0;
  const take = (): string => tokens[next++];
  const value = sum();
  if (next < tokens.length) unexpected();
  return value;

  function sum(): number {
    let total = product();
    while (tokens[next] === '+' || tokens[next] === '-') total = take() === '+' ? total + product() : total - product();
    return total;
  }

  function product(): number {
    let total = atom();
    while (tokens[next] === '*' || tokens[next] === '/' || tokens[next] === '%') {
      const operator = take();
      const right = atom();
      if (right === 0 && operator !== '*') throw new Error(`\`${expression}\` divides by zero`);
      total = operator === '*' ? total * right : operator === '/' ? Math.trunc(total / right) : total % right;
    }
    return total;
  }

  function atom(): number {
    const token = take() ?? unexpected();
    if (token === '-') return -atom();
    if (token === '(') return closed(sum());
    if (/^\d+[ui]?$/.test(token)) return Number.parseInt(token, 10);
    if (tokens[next] === '(') return call(token);
    const meaning = Object.hasOwn(names, token) ? names[token] : unexpected(token);
    return typeof meaning === 'string' ? evaluate(meaning, names) : meaning;
  }

  function call(name: string): number {
    take();
    const left = sum();
    if (take() !== ',') unexpected();
    const right = closed(sum());
    if (name === 'min') return Math.min(left, right);
    return name === 'max' ? Math.max(left, right) : unexpected(name);
  }

  function closed(inner: number): number {
    if (take() !== ')') unexpected();
    return inner;
  }

  function unexpected(token = tokens[next - 1] ?? 'end'): never {
    throw new Error(
      `\`${expression}\` is not an integer const-expression: unexpected \`${token}\`; known names are ${Object.keys(names).join(', ') || 'none'}`,
    );
  }
}
