/**
 * Half precision: programs whose tensors are stored as float16, or whose products are summed in it. The shaders do not
 * mention it. All of them declare a storage variable as an array of f32 or of vectors of it, read it by `name[at]` and
 * write it by
 *
 *     fn read_x(at: u32) -> vec4<f32> { return vec4<f32>(x[at]); }
 *
 * So every kernel and every epilogue has half precision, and float32 pays nothing for it.
 *
 * Without the feature `shader-f16` two halves are packed in a u32. Another invocation may own the other half of the word,
 * so a half is stored by two atomics that touch no bit of the other: in any order both end up where they belong.
 *
 * A finite number beyond the largest half, 65504, is stored as 65504, because WGSL leaves open what else would become of
 * it. Infinity and NaN stay as they are, as in the data that `gpu.tensor` uploads.
 *
 * @module
 * @see https://www.w3.org/TR/WGSL/#floating-point-conversion
 */
import { closing } from './closing';

/** The largest finite float16. */
export const LARGEST_HALF = 65_504;

/** What of a step is float16. */
export interface Halves {
  /** Its storage variables, by name. */
  readonly stored: ReadonlySet<string>;
  /** Whether products are summed in float16; needs `shader-f16`. Epilogues never are. */
  readonly sums: boolean;
}

/** What of a program is float16, and whether the device has such numbers itself. */
export interface HalvesOnDevice extends Halves {
  /** Whether it has `shader-f16`. */
  readonly native: boolean;
}

/** Whether the device packs the halves of a call in words: then a single half is slow to load, and slower to store. */
export function packs({
  features,
  halves,
}: {
  readonly features: ReadonlySet<string>;
  readonly halves?: Halves;
}): boolean {
  return halves !== undefined && halves.stored.size > 0 && !features.has('shader-f16');
}

/** The same program in half precision. */
export function withHalves(wgsl: string, { stored, sums, native }: HalvesOnDevice): string {
  let text = wgsl;
  for (const name of stored) text = storeAsHalf(text, name, native ? nativeFormat : packedFormat);
  if (sums) {
    const total = typeOf(text, '= Sum;');
    text = text.replace(ARITHMETIC, (alias) => alias.replace(/= .*;/, `= ${halfOf(typeOf(text, alias))};`));
    text = flushed(text, total);
  }
  return native ? `enable f16;\n${text}` : text;
}

/** How an array of halves is declared, read and written at place `at`. */
interface Format {
  readonly element: string;
  readonly read: string;
  /**
   * Writes `value`, or `bounded`, which the largest half limits. `magnitude` has the bits without the sign: `infinite` for
   * Infinity, more for NaN.
   */
  readonly write: string;
}

function nativeFormat(array: string, type: string): Format {
  const element = halfOf(type);
  return {
    element,
    read: `${type}(${array}[at])`,
    write: `let v = select(value, bounded, magnitude < infinite); ${array}[at] = ${element}(v);`,
  };
}

/**
 * SwiftShader packs Infinity as NaN, and a NaN changes the other half of the word (November 2026). So the largest half is
 * packed instead, and an addition turns its bits into those of Infinity, which are the next ones, or into those of NaN.
 */
const PACKED =
  'let v = select(LIMIT, bounded, magnitude <= infinite); let more = select(BITS(magnitude == infinite), BITS(0x201u), magnitude > infinite);';

function packedFormat(array: string, type: string): Format {
  if (type.startsWith('vec4')) {
    return {
      element: 'vec2<u32>',
      read: `vec4(unpack2x16float(${array}[at].x), unpack2x16float(${array}[at].y))`,
      write: `${PACKED} let odd = more.yw << vec2(16u); ${array}[at] = vec2(pack2x16float(v.xy), pack2x16float(v.zw)) + more.xz + odd;`,
    };
  }
  if (type.startsWith('vec2')) {
    const write = `${PACKED} ${array}[at] = pack2x16float(v) + more.x + (more.y << 16u);`;
    return { element: 'u32', read: `unpack2x16float(${array}[at])`, write };
  }
  const word = `${array}[at / 2u]`;
  return {
    element: 'u32',
    read: `unpack2x16float(${word} >> (at % 2u * 16u)).x`,
    write: `${PACKED} let shift = at % 2u * 16u; atomicAnd(&${word}, 0xffff0000u >> shift); atomicOr(&${word}, (pack2x16float(vec2(v, 0.0)) + more) << shift);`,
  };
}

function storeAsHalf(text: string, name: string, format: typeof packedFormat): string {
  const declaration = new RegExp(`(var<storage, read(_write)?> ${name}: array)<(.+)>;`);
  const [whole, head, written, declared] = declaration.exec(text) ?? missing(name);
  const type = typeOf(text, `= ${declared};`);
  const { element, read, write } = format(name, type);
  if (written === undefined) {
    const access = `fn read_${name}(at: u32) -> ${type} { return ${read}; }`;
    return `${readsOf(text, name).replace(whole, `${head}<${element}>;`)}\n${access}\n`;
  }
  const limit = `${type}(${LARGEST_HALF}.0)`;
  const bits = type.replace('f32', 'u32');
  const body = `let bounded = clamp(value, -${limit}, ${limit}); let magnitude = bitcast<${bits}>(value) & ${bits}(0x7fffffffu); let infinite = ${bits}(0x7f800000u); ${write.replaceAll('BITS', bits).replace('LIMIT', limit)}`;
  const access = `fn write_${name}(at: u32, value: ${type}) { ${body} }`;
  const stored = write.includes('atomic') ? `atomic<${element}>` : element;
  return `${writesOf(text, name).replace(whole, `${head}<${stored}>;`)}\n${access}\n`;
}

/** `x[a[i]]` becomes `read_x(a[i])`. */
function readsOf(text: string, name: string): string {
  const start = new RegExp(`(?<![\\w.])${name}\\[`, 'g');
  let result = '';
  let from = 0;
  for (let match = start.exec(text); match !== null; match = start.exec(text)) {
    const open = match.index + match[0].length;
    const close = closing(text, open, '[]');
    result += `${text.slice(from, match.index)}read_${name}(${readsOf(text.slice(open, close), name)})`;
    from = start.lastIndex = close + 1;
  }
  return result + text.slice(from);
}

/** `output[at] = v;` becomes `write_output(at, v);`. */
function writesOf(text: string, name: string): string {
  return text.replace(
    new RegExp(`(?<![\\w.])${name}\\[(.+?)\\] = ([^;]+);`, 'g'),
    (_, at: string, v: string) => `write_${name}(${at}, ${v});`,
  );
}

/** The aliases that a convolution's arithmetic is written in. */
const ARITHMETIC = /^alias (?:Sum|Pixel|Taps) = .*;/gm;

/**
 * Sums of few products in float16, which are added to totals in float32: a long sum in float16 is good to two digits, and
 * is infinite from 65520 on. Where a shader has the line
 *
 *     // @flush if k % 4u == 3u
 *
 * its variable `sums` is added to the totals and starts again from zero; after the last such line, which has no condition,
 * the totals replace it.
 */
function flushed(text: string, total: string): string {
  const last = text.lastIndexOf(FLUSH);
  if (last < 0) return text;
  const [declared, count] = /var sums: array<Sum, (.+)>;/.exec(text)!;
  const flush = `\n// @unroll\nfor (var i = 0u; i < ${count}; i++) { totals[i] += ${total}(sums[i]); sums[i] = Sum(); }\n`;
  const before = text
    .slice(0, last)
    .replace(declared, `${declared} var totals: array<${total}, ${count}>;`)
    .replace(/\/\/ @flush if (.+)/g, `if ($1) { ${flush} }`)
    .replaceAll(FLUSH, flush);
  return before + flush + text.slice(last + FLUSH.length).replace(/\bsums\b/g, 'totals');
}

const FLUSH = '// @flush';

/** The type that `= Name;` stands for, through all aliases. */
function typeOf(text: string, assigned: string): string {
  const [, name] = /= (.+);/.exec(assigned)!;
  const alias = new RegExp(`^alias ${name} = .*;`, 'm').exec(text);
  return alias === null ? name : typeOf(text, alias[0]);
}

function halfOf(type: string): string {
  return type.replace('f32', 'f16');
}

function missing(name: string): never {
  throw new Error(`the shader has no storage variable ${name}`);
}
