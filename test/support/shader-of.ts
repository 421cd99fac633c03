/** A program that no file holds, as a twin would import it from one. */
import type { Shader } from '../../src/kernels/shader';
import { reflect } from '../../tools/wgsl/reflect';

export function shaderOf(code: string): Shader {
  return { code, ...reflect(code, 'test.wgsl') };
}
