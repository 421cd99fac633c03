/**
 * Which kernel and tile a problem gets: what the context's adviser says (a winner that was measured on this device; see
 * memory.ts), or else the default rule: the first kernel of the op's list that supports the problem, with its default
 * tile. The adviser is a hook, so that an app which does not tune does not carry the tuner.
 *
 * @module
 */
import type { GpuContext } from '../gpu/context';
import { targetOf, type Choice, type Question } from '../kernels/choice';
import { canRun, type Target } from '../kernels/kernel';

/** The kernel and tile for a problem on this device. */
export function choose(question: Question, context: GpuContext): Choice {
  return context.advise?.(question) ?? byRule(question, context.target);
}

/** The default rule. */
export function byRule(question: Question, device: Target): Choice {
  const { kernels, problem } = question;
  const target = targetOf(question, device);
  const kernel = kernels.find((k) => canRun(k, problem, target) && k.suits?.(problem, target) !== false);
  if (kernel === undefined)
    throw new Error(`no kernel of ${kernels.map((k) => k.name).join(', ')} supports the problem`);
  return { kernel, tile: kernel.tiles(problem, target)[0], why: `default rule: ${kernel.why}` };
}
