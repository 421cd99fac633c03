/**
 * Half precision: programs whose tensors are stored as float16, or whose products are summed in it. No shader says a word of
 * it. All of them declare a storage variable as an array of f32 or of vectors of it, read it by `name[at]` and write it by
 * `output[at] = value;`, and these become calls of
 *
 *     fn read_x(at: u32) -> vec4<f32> { return vec4<f32>(x[at]); }
 *
 * So every kernel and every epilogue has half precision, and float32 pays nothing for it.
 *
 * Without the feature `shader-f16` two halves are packed in a u32. A value that is half a word shares it with one of another
 * invocation, so it is stored by two atomics that touch no bit of the other: in any order both end up where they belong.
 *
 * What is beyond the largest half, 65504, is stored as that: WGSL leaves open what else would become of it.
 *
 * @module
 * @see https://www.w3.org/TR/WGSL/#floating-point-conversion
 */

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

/** Whether the device packs the halves of a call in words: then one alone is slow to load, and slower to store. */
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
  for (const name of stored) text = storeAsHalf(text, name, native ? NATIVE : PACKED);
  if (sums) text = text.replace(ARITHMETIC, (alias) => alias.replace(/= .*;/, `= ${halfOf(typeOf(text, alias))};`));
  return native ? `enable f16;\n${text}` : text;
}

/** How halves are stored, for one, two and four lanes: the array's element, and a read of and a write to place `at`. */
type Lanes = 1 | 2 | 4;
type Format = Readonly<Record<Lanes, { readonly element: string; readonly read: string; readonly write: string }>>;

const NATIVE: Format = {
  1: { element: 'f16', read: 'f32(ARRAY[at])', write: 'ARRAY[at] = f16(v);' },
  2: { element: 'vec2<f16>', read: 'vec2<f32>(ARRAY[at])', write: 'ARRAY[at] = vec2<f16>(v);' },
  4: { element: 'vec4<f16>', read: 'vec4<f32>(ARRAY[at])', write: 'ARRAY[at] = vec4<f16>(v);' },
};

const PACKED: Format = {
  1: {
    element: 'u32',
    read: 'unpack2x16float(ARRAY[at / 2u] >> (at % 2u * 16u)).x',
    write:
      'let shift = at % 2u * 16u; atomicAnd(&ARRAY[at / 2u], 0xffff0000u >> shift); atomicOr(&ARRAY[at / 2u], pack2x16float(vec2(v, 0.0)) << shift);',
  },
  2: { element: 'u32', read: 'unpack2x16float(ARRAY[at])', write: 'ARRAY[at] = pack2x16float(v);' },
  4: {
    element: 'vec2<u32>',
    read: 'vec4(unpack2x16float(ARRAY[at].x), unpack2x16float(ARRAY[at].y))',
    write: 'ARRAY[at] = vec2(pack2x16float(v.xy), pack2x16float(v.zw));',
  },
};

function storeAsHalf(text: string, name: string, format: Format): string {
  const declaration = new RegExp(`(var<storage, read(_write)?> ${name}: array)<(.+)>;`);
  const [whole, head, written, declared] = declaration.exec(text) ?? missing(name);
  const type = typeOf(text, `= ${declared};`);
  const lanes = Number(/^vec(\d)/.exec(type)?.[1] ?? 1) as Lanes;
  const { element, read, write } = format[lanes];
  const isAtomic = written !== undefined && write.includes('atomic');
  const accessor = (body: string): string => body.replaceAll('ARRAY', name);
  const limit = `${type}(${LARGEST_HALF}.0)`;
  const access =
    written === undefined
      ? accessor(`fn read_${name}(at: u32) -> ${type} { return ${read}; }`)
      : accessor(`fn write_${name}(at: u32, value: ${type}) { let v = clamp(value, -${limit}, ${limit}); ${write} }`);
  const accessed = written === undefined ? readsOf(text, name) : writesOf(text, name);
  return `${accessed.replace(whole, () => `${head}<${isAtomic ? `atomic<${element}>` : element}>;`)}\n${access}\n`;
}

/** `x[a[i]]` becomes `read_x(a[i])`. */
function readsOf(text: string, name: string): string {
  const start = new RegExp(`(?<![\\w.])${name}\\[`, 'g');
  let result = '';
  let from = 0;
  for (let match = start.exec(text); match !== null; match = start.exec(text)) {
    const open = match.index + match[0].length;
    const close = closingBracket(text, open);
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

function closingBracket(text: string, start: number): number {
  let depth = 1;
  for (let i = start; i < text.length; i++) {
    if (text[i] === '[') depth++;
    if (text[i] === ']' && --depth === 0) return i;
  }
  throw new Error('a bracket in the shader is never closed');
}

/** The aliases that a convolution's arithmetic is written in. */
const ARITHMETIC = /^alias (?:Sum|Pixel|Taps) = .*;/gm;

/** The type behind `= Name;`, through all aliases. */
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
