/** Variants of kernels, for tuners to choose from. */
import { conv2dGeneral } from '../../src/kernels/conv2d';
import type { Kernel } from '../../src/kernels/kernel';
import type { Step } from '../../src/step';

/** A kernel with a changed program. */
export function altered(kernel: Kernel, name: string, change: (wgsl: string) => string): Kernel {
  const step: Kernel['step'] = (...args): Step => {
    const made = kernel.step(...args);
    const wgsl = change(made.wgsl);
    if (wgsl === made.wgsl) throw new Error(`${name} is ${kernel.name}: the change changes nothing`);
    return { ...made, kernel: name, program: name, wgsl };
  };
  return { ...kernel, name, wgsl: `${kernel.wgsl} // ${name}`, step };
}

/** The general kernel with useless loop rounds if the condition holds: correct, and slower than any other. */
export function slowIf(name: string, condition: string, rounds = 4000): Kernel {
  return altered(conv2dGeneral, name, (wgsl) =>
    wgsl.replace(
      // Also matches the form of the program in halves.
      /output\[at\] =|write_output\(at,/,
      `for (var i = 0u; i < ${rounds}u && ${condition}; i++) { sums[0] = max(sums[0], -sums[0] * f32(i & 1u) - 1e30); }\n  $&`,
    ),
  );
}

/** Slow for all problems. */
export const slow: Kernel = slowIf('test/slow', 'true');
