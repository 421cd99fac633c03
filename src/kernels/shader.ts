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
  /**
   * The fields of its `var<uniform>`, in order and in few letters, since all of it is in every app: `n` is a u32 or i32, `e:f32`
   * an f32, and `list:8` an `array<vec4<u32>, 2>`.
   */
  readonly uniforms: string;
  /** The size of that struct in 32-bit words, a multiple of 4; 0 where there is none. */
  readonly words: number;
}
