/** A program without a file, in the form in which a kernel's twin would import it. */
import type { Shader } from '../../src/kernels/shader';
import { reflect } from '../../tools/wgsl/reflect';

export function shaderOf(code: string): Shader {
  return { code, ...reflect(code, 'test.wgsl') };
}
