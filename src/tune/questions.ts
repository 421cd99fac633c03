/**
 * Which questions the calls of an app ask, and which kernels these are about.
 *
 * @module
 */
import type { GpuContext } from '../gpu/context';
import { capture, release, REHEARSAL } from '../gpu/tape';
import type { Question } from '../kernels/choice';
import { canRun } from '../kernels/kernel';
import { questionsOf } from '../kernels/plan';
import type { Suspect } from './kernel-test';
import { kernelId, questionKey } from './key';
import type { Memory } from './memory';
import { trialOf } from './trials';

/** The different questions that the calls ask: those with the most work first, but after those that their ways ask. */
export function questionsAsked(context: GpuContext, fn: () => unknown): readonly Question[] {
  const asked = new Map<string, Asked>();
  const captured = capture(context, 'tune', fn, REHEARSAL);
  release(context, captured);
  for (const { call } of captured.calls) {
    const questions = questionsOf(call, context.target).filter(isOpen);
    for (const [i, question] of questions.entries()) {
      const { operation, problem } = question;
      const key = questionKey(question);
      const known = asked.get(key) ?? { question, work: 0, after: questions.slice(0, i).map(questionKey) };
      known.work += operation.multiplyAdds?.(problem) ?? 0;
      asked.set(key, known);
    }
  }
  const ordered = new Set<Question>();
  const add = ({ question, after }: Asked): void => {
    for (const key of after) add(asked.get(key)!);
    ordered.add(question);
  };
  for (const one of [...asked.values()].toSorted((a, b) => b.work - a.work)) add(one);
  return [...ordered];
}

/** A question, how much there is to do for it in all, and the keys of those that come before it. */
interface Asked {
  readonly question: Question;
  work: number;
  readonly after: readonly string[];
}

/** Whether there is something to choose, and numbers to try it with. */
function isOpen({ operation }: Question): boolean {
  return operation.kernels.length > 1 && trialOf(operation) !== undefined;
}

/** The kernels of the questions that no self-test has seen yet. */
export function untested(
  { tested }: Memory,
  questions: readonly Question[],
  { target }: GpuContext,
): readonly Suspect[] {
  const suspects = questions.flatMap(({ operation, kernels, problem }) =>
    kernels.flatMap((kernel) => (canRun(kernel, problem, target) ? [{ operation, kernel }] : [])),
  );
  return suspects.filter(({ kernel }) => !tested.has(kernelId(kernel)));
}
