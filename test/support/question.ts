/** Convolutions with kernels of the test's choice, and the kernel that is chosen. */
import type { ConvProblem } from '../../src/conv/problem';
import type { GpuContext } from '../../src/gpu/context';
import { byRule, type Choice, type Question } from '../../src/kernels/choice';
import { conv2d } from '../../src/kernels/convolutions';
import type { Kernel } from '../../src/kernels/kernel';
import type { Operation } from '../../src/kernels/operation';

/**
 * A convolution with only these kernels.
 *
 * @param name must differ for other kernels on the same device, because plans are stored by name
 */
export function convolutionBy(name: string, kernels: readonly Kernel[]): Operation<ConvProblem> {
  return { ...conv2d, name: `test ${name}`, kernels };
}

/** Asks which of the kernels computes the problem, and with which tile. */
export function questionOf(
  kernels: readonly Kernel[],
  problem: ConvProblem,
  change: Partial<Pick<Question, 'epilogue' | 'halves'>> = {},
): Question<ConvProblem> {
  return { operation: convolutionBy('question', kernels), kernels, problem, epilogue: [], ...change };
}

/** The answer on this device, which is what the ops get. */
export function choose<P>(question: Question<P>, { advise, target }: GpuContext): Choice<P> {
  return advise?.(question) ?? byRule(question, target);
}
