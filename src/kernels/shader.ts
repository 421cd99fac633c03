/**
 * A file of shaders/ as the library knows it: its text, and what the build read from it, so that apps need not parse it.
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
  /**
   * The fields of its `var<uniform>`, in order and in few letters, because every app carries all of it: `n` is a u32 or
   * i32, `e:f32` an f32, and `list:8` an `array<vec4<u32>, 2>`.
   */
  readonly uniforms: string;
  /** The size of that struct in 32-bit words, a multiple of 4; 0 if there is no such struct. */
  readonly words: number;
}
