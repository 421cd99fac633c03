/**
 * Specialising a shader: rewriting declarations that the file already has. Every file in shaders/ is a complete WGSL
 * program with harmless defaults; a kernel sets its knobs, its aliases and its slots, and the marked loops are unrolled.
 *
 *     const TILE_WIDTH: u32 = 4u;             knob: the literal is replaced
 *     alias V = vec4<f32>;                    alias: the type is replaced
 *     fn epilogue(v: V, ...) -> V {           slot: the body is replaced, and what it needs is appended
 *     // @unroll                              the next `for` becomes blocks { const i = 0u; ... }
 *     // @flush if k % 4u == 3u               see half.ts
 *
 * Unrolling is text because WGSL has no hint for it, and a private array indexed by a loop variable falls out of the
 * registers on the compilers that do not unroll (measured: 5.8x on SwiftShader and lavapipe).
 *
 * @module
 */
import { createCache } from './cache';
import { closing } from './closing';
import { evaluate, type Names } from './const-expression';
import { withHalves, type HalvesOnDevice } from './half';
import { withNan } from './nan';
import { numberOf } from './number-of';
import type { Shader } from './shader';

/** What to change in a shader; see {@link specialize}. */
export interface Specialization {
  /** Values of the file's `const NAME: u32|bool` declarations. */
  readonly knobs?: Readonly<Record<string, number | boolean>>;
  /** Types of the file's `alias NAME` declarations. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** New bodies for the file's functions, and the module-scope declarations which those bodies need. */
  readonly slots?: Readonly<Record<string, Slot>>;
  /** What is float16; default nothing. */
  readonly halves?: HalvesOnDevice;
}

/** The new body of a slot function. */
export interface Slot {
  readonly body: string;
  /** Bindings and helper functions, appended to the file: module scope has no order. */
  readonly declarations?: string;
}

/**
 * The program with knobs, aliases and slots set, in half precision where that is asked for, and the `// @unroll` loops
 * unrolled.
 *
 * @throws if the file declares no such knob, alias, slot or array
 */
export function specialize(shader: Shader, specialization: Specialization): string {
  const { halves, ...rest } = specialization;
  const key = `${numberOf(shader)} ${JSON.stringify([rest, halves && [halves.native, halves.sums, ...halves.stored]])}`;
  const text = texts.get(key) ?? make(shader, specialization);
  texts.set(key, text);
  return text;
}

/** Characters of programs that are kept. */
const KEPT = 2 ** 24;

/**
 * The programs made so far, by shader and specialisation. A tile of a large filter takes milliseconds and a hundred
 * kilobytes: problems that differ only in their sizes must not pay twice, and the plans that hold their programs must share
 * them.
 */
const texts = /* @__PURE__ */ createCache<string, string>({ weight: { bound: KEPT, of: (text) => text.length } });

/** Characters of the programs that are kept. */
export function charactersKept(): number {
  return texts.weight;
}

function make(shader: Shader, { knobs = {}, aliases = {}, slots = {}, halves }: Specialization): string {
  let text = shader.code;
  for (const name in knobs) text = setKnob(text, name, knobs[name]);
  for (const name in aliases) text = setAlias(text, name, aliases[name]);
  for (const name in slots) text = fillSlot(text, name, slots[name]);
  text = withNan(text);
  // This comes before unrolling, while the text is still short.
  if (halves !== undefined) text = withHalves(text, halves);
  // Only sums in float16 are flushed.
  text = text.replaceAll(/^.*\/\/ @flush.*\n/gm, '');
  return unroll(text, constants(text));
}

/**
 * A declaration of the file.
 *
 * @param rest what follows its name, as a pattern
 */
function declarationOf(text: string, kind: 'const' | 'alias' | 'fn', name: string, rest: string): RegExpExecArray {
  const found = new RegExp(`^${kind} ${name}${rest}`, 'm').exec(text);
  if (found === null) throw new Error(`the shader declares no \`${kind} ${name}\` that may be set`);
  return found;
}

/** The text with the match, up to `end`, replaced by other words. */
function replaced(
  text: string,
  { 0: found, index }: RegExpExecArray,
  words: string,
  end: number = index + found.length,
): string {
  return text.slice(0, index) + words + text.slice(end);
}

/** Only a constant that is a literal may be set: others follow from those. */
function setKnob(text: string, name: string, value: number | boolean): string {
  const literal = typeof value === 'number' ? `${value}u` : String(value);
  const declaration = declarationOf(text, 'const', name, '(: \\w+ = )(\\d+u|true|false);');
  return replaced(text, declaration, `const ${name}${declaration[1]}${literal};`);
}

function setAlias(text: string, name: string, type: string): string {
  return replaced(text, declarationOf(text, 'alias', name, ' = [^;]+;'), `alias ${name} = ${type};`);
}

/** A finite number as an f32 literal; `1` must not become an integer and `1e-7` is valid as it stands. */
export function floatLiteral(value: number): string {
  return `${Math.fround(value)}f`;
}

function fillSlot(text: string, name: string, { body, declarations = '' }: Slot): string {
  const head = declarationOf(text, 'fn', name, '\\([^{]*\\{');
  const end = closing(text, head.index + head[0].length, '{}');
  const filled = replaced(text, head, `${head[0]} ${body} `, end);
  return declarations === '' ? filled : `${filled}\n${declarations}\n`;
}

/** Module-scope integer constants as they are written; a constant that never bounds a loop need not be understood. */
function constants(text: string): Names {
  return Object.fromEntries(
    [...text.matchAll(/^const (\w+): u32 = ([^;]+);/gm)].map(([, name, value]) => [name, value]),
  );
}

/** Compile time grows faster than linearly with the text: beyond this a page would seem to hang. */
const LONGEST = 1024;

/** The build checks that nothing else follows an `@unroll`; see tools/wgsl/directives.ts. */
const UNROLL = /^( *)\/\/ @unroll\n *for \(var (\w+) = ([^;]+); \2 < ([^;]+); \2\+\+\) \{/m;

/**
 * Outermost loop first, so that the bounds of an inner one may name the index of an outer one.
 *
 * @param names the module's constants and the indices of the loops around
 * @param indices the latter alone
 */
function unroll(text: string, names: Names, indices: Names = {}): string {
  const match = UNROLL.exec(text);
  if (match === null) return foldElements(text, names, indices);
  const [head, indent, index, first, end] = match;
  const open = match.index + head.length;
  const close = closing(text, open, '{}');
  const body = text.slice(open, close);
  const from = evaluate(first, names);
  const to = evaluate(end, names);
  if (to - from > LONGEST)
    throw new Error(`the unrolled loop over ${index} runs ${to - from} times; unroll at most ${LONGEST}`);
  const blocks: string[] = [];
  for (let i = from; i < to; i++) {
    const round = unroll(body, { ...names, [index]: i }, { ...indices, [index]: i });
    blocks.push(block(round, index, `${i}u`, indent));
  }
  const before = foldElements(text.slice(0, match.index), names, indices);
  return before + blocks.join('\n') + unroll(text.slice(close + 1), names, indices);
}

/** One round of a loop. If nothing names the index any more, its constant goes; if nothing is declared, its braces go. */
function block(round: string, index: string, value: string, indent: string): string {
  const constant = new RegExp(`\\b${index}\\b`).test(round) ? ` const ${index} = ${value};` : '';
  const scoped = constant !== '' || /\b(?:let|var|const)\b/.test(round);
  return scoped ? `${indent}{${constant}${round}}` : round.trim().replace(/^\s*/gm, indent);
}

/**
 * Array elements whose place is known once the loops are unrolled: `sums[ty * 4u + tx]` becomes `sums[5]`. Compilers would
 * find that, too, but they would have to read it first: it is a third of the text, and of the time until the first run.
 */
function foldElements(text: string, names: Names, indices: Names): string {
  return text.replace(/\[([^[\]]+)\]/g, (element, place: string) => {
    const used = place.match(/[a-z_]\w*/gi) ?? [];
    const isKnown = used.every((name) => Object.hasOwn(names, name) || name === 'min' || name === 'max');
    return isKnown && used.some((name) => Object.hasOwn(indices, name)) ? `[${evaluate(place, names)}]` : element;
  });
}
