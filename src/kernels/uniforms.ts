/**
 * A shader's uniform struct, packed from the struct that the WGSL declares: fields are matched by name, so order and
 * offsets are said once, in the shader.
 *
 * @module
 */

/** Field values; a list fills an `array<vec4<u32>, N>`, zeros after its end. */
export type UniformValues = Readonly<Record<string, number | readonly number[]>>;

const STRUCT = /struct (\w+) \{([^}]*)\}/g;
const FIELD = /(\w+): (\w+(?:<[\w<>, ]*>)?)/g;
const VECTORS = /^array<vec4<u32>, (\d+)>$/;

/**
 * The bytes of the program's `var<uniform>`, as 32-bit words.
 *
 * @param values may hold more than the struct names: a problem is passed whole, and each shader takes what it needs
 * @throws if a field is given no value, or has a type that is not packed here
 */
export function packUniforms(wgsl: string, values: UniformValues): Uint32Array {
  const text = wgsl.replace(/\/\/.*/g, '');
  const struct = /var<uniform> \w+: (\w+);/.exec(text)?.[1];
  const body = [...text.matchAll(STRUCT)].find((match) => match[1] === struct)?.[2] ?? '';
  const words: number[] = [];
  for (const [, name, type] of body.matchAll(FIELD)) {
    const field = `uniform struct ${struct}: field ${name}`;
    const value = values[name];
    if (value === undefined) throw new Error(`${field} is given no value`);
    const vectors = VECTORS.exec(type)?.[1];
    if (vectors !== undefined && typeof value === 'object') {
      const room = Number(vectors) * 4;
      if (value.length > room) throw new Error(`${field} holds ${room} numbers but is given ${value.length}`);
      while (words.length % 4 !== 0) words.push(0);
      for (let i = 0; i < room; i++) words.push(value[i] ?? 0);
    } else if (/^[uif]32$/.test(type) && typeof value === 'number') {
      words.push(type === 'f32' ? floatBits(value) : value);
    } else {
      throw new Error(`${field} has type ${type}; numbers fill u32, i32 and f32, and lists array<vec4<u32>, N>`);
    }
  }
  while (words.length % 4 !== 0) words.push(0);
  return Uint32Array.from(words);
}

function floatBits(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0];
}
