/**
 * A shader's uniform struct, packed from the struct that the WGSL declares: fields are matched by name, so order and
 * offsets are said once, in the shader.
 *
 * @module
 */

/** Field values; a list fills an `array<vec4<u32>, N>`, zeros after its end. */
export type UniformValues = Readonly<Record<string, number | readonly number[]>>;

const STRUCT = /struct (\w+) \{([^}]*)\}/g;
const FIELD = /(\w+): (u32|i32|f32|array<vec4<u32>, (\d+)>)/g;

/**
 * The bytes of the program's `var<uniform>`, as 32-bit words.
 *
 * @param values may hold more than the struct names: a problem is passed whole, and each shader takes what it needs
 * @throws if a field is given no value
 */
export function packUniforms(wgsl: string, values: UniformValues): Uint32Array {
  const struct = /var<uniform> \w+: (\w+);/.exec(wgsl)?.[1];
  const body = [...wgsl.matchAll(STRUCT)].find((match) => match[1] === struct)?.[2] ?? '';
  const words: number[] = [];
  for (const [, name, type, vectors] of body.matchAll(FIELD)) {
    const value = values[name];
    if (value === undefined) throw new Error(`uniform struct ${struct}: field ${name} is given no value`);
    if (vectors === undefined) {
      words.push(type === 'f32' ? floatBits(value as number) : (value as number));
    } else {
      const list = value as readonly number[];
      while (words.length % 4 !== 0) words.push(0);
      for (let i = 0; i < Number(vectors) * 4; i++) words.push(list[i] ?? 0);
    }
  }
  while (words.length % 4 !== 0) words.push(0);
  return Uint32Array.from(words);
}

function floatBits(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0];
}
