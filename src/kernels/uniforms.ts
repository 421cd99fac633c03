/**
 * A shader's uniform struct, packed by the layout that the build read from the WGSL: fields are matched by name, so only
 * the shader states their order.
 *
 * @module
 */
import type { Shader } from './shader';

/** Field values; a list fills an `array<vec4<u32>, N>`, zeros after its end. */
export type UniformValues = Readonly<Record<string, number | readonly number[]>>;

/**
 * The bytes of the shader's `var<uniform>`, as 32-bit words.
 *
 * @param values may hold more than the struct names: a problem is passed whole, and each shader takes what it needs
 * @throws if a field is given no value, a list for a number or a number for a list, or more numbers than it holds
 */
export function packUniforms({ uniforms, words }: Shader, values: UniformValues): Uint32Array {
  const packed = new Uint32Array(words);
  const floats = new Float32Array(packed.buffer);
  let at = 0;
  for (const field of uniforms.match(/\S+/g) ?? []) {
    const [name, type] = field.split(':');
    const { [name]: value } = values;
    if (typeof value === 'number' && !(Number(type) > 0)) {
      (type === 'f32' ? floats : packed)[at++] = value;
      continue;
    }
    const length = Number(type);
    if (typeof value !== 'object' || !(value.length <= length))
      throw new Error(`uniform field ${field} cannot be ${String(value)}`);
    // An array of vectors begins at a multiple of a vector.
    at = Math.ceil(at / 4) * 4;
    packed.set(value, at);
    at += length;
  }
  return packed;
}
