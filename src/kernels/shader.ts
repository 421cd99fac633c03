/**
 * A file of shaders/ as the library knows it: its text, and what the build read off it, so that no app has to.
 *
 * @module
 */
import type { Binding } from '../step';

/** What a twin imports from its `.wgsl` file. */
export interface Shader {
  /** The file's text. */
  readonly code: string;
  /** In binding order, all in group 0. */
  readonly bindings: readonly Binding[];
  /** The fields of its `var<uniform>`. */
  readonly uniforms: readonly UniformField[];
  /** The size of that struct in 32-bit words, a multiple of 4; 0 where there is none. */
  readonly words: number;
}

/** A field of the uniform struct; offset and length are in 32-bit words. */
export interface UniformField {
  readonly name: string;
  /** `vectors` is an `array<vec4<u32>, N>`. */
  readonly type: 'u32' | 'i32' | 'f32' | 'vectors';
  readonly offset: number;
  readonly length: number;
}
