/**
 * A shader's uniform struct, packed by the layout that the build read off the WGSL: fields are matched by name, so order
 * and offsets are said once, in the shader.
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
  for (const { name, type, offset, length } of uniforms) {
    const field = `uniform field ${name}`;
    const value = values[name];
    if (value === undefined) throw new Error(`${field} is given no value`);
    const given = typeof value === 'number' ? 'a number' : 'a list';
    if ((type === 'vectors') !== (given === 'a list')) throw new Error(`${field} is ${type} but is given ${given}`);
    if (typeof value === 'number') (type === 'f32' ? floats : packed)[offset] = value;
    else if (value.length <= length) packed.set(value, offset);
    else throw new Error(`${field} holds ${length} numbers but is given ${value.length}`);
  }
  return packed;
}
