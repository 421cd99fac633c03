/**
 * What the specialiser takes for granted in a file of shaders/, so that apps need not carry the checks.
 *
 * @module
 */

/** A loop that can be unrolled: what the specialiser looks for. */
const LOOP = /^ *for \(var (\w+) = [^;]+; \1 < [^;]+; \1\+\+\) \{/;

/** @throws if a loop after `// @unroll` cannot be unrolled, or a brace is never closed */
export function checkDirectives(source: string, file: string): void {
  const lines = source.split('\n');
  for (const [i, line] of lines.entries()) {
    if (!/^ *\/\/ @unroll\b/.test(line)) continue;
    const at = `${file}:${i + 2}`;
    if (!LOOP.test(lines[i + 1] ?? ''))
      throw new Error(`${at}: an \`// @unroll\` is not followed by \`for (var i = a; i < b; i++) {\``);
    const loop = bodyOf(lines.slice(i + 1).join('\n'));
    if (loop === undefined) throw new Error(`${at}: the loop is never closed`);
    if (/\b(?:break|continue)\b/.test(loop))
      throw new Error(`${at}: the unrolled loop holds a break or continue, which a block cannot`);
  }
}

/** The text in the first braces, without comments. */
function bodyOf(text: string): string | undefined {
  const code = text.replaceAll(/\/\/.*/g, '');
  const start = code.indexOf('{');
  let depth = 0;
  for (let at = start; at < code.length; at++) {
    if (code[at] === '{') depth++;
    if (code[at] === '}' && --depth === 0) return code.slice(start + 1, at);
  }
  return undefined;
}
