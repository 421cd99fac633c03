/**
 * Finds the questions that the calls of an app ask, and the kernels that they ask about.
 *
 * @module
 */
import type { GpuContext } from '../gpu/context';
import { capture, release, REHEARSAL } from '../gpu/tape';
import type { Question } from '../kernels/choice';
import { canRun } from '../kernels/kernel';
import { questionsOf } from '../kernels/plan';
import type { Request } from '../kernels/request';
import { widened } from './advice';
import type { Suspect } from './kernel-test';
import { kernelId, questionKey } from './key';
import type { Memory } from './memory';
import { trialOf } from './trials';

/** The calls of a function. */
export function callsIn(context: GpuContext, fn: () => unknown): readonly Request[] {
  const captured = capture(context, 'tune', fn, REHEARSAL);
  release(context, captured);
  return captured.calls.map(({ call }) => call);
}

/** The different questions that calls ask, those with the most work first. */
export function questionsByWork(context: GpuContext, memory: Memory, calls: readonly Request[]): readonly Question[] {
  const work = ({ operation, problem }: Question): number => operation.multiplyAdds?.(problem) ?? 0;
  return questionsOfCalls(context, memory, calls, (_, question) => work(question)).map(({ question }) => question);
}

/**
 * The different questions that calls ask, those with the most weight first, but each after the questions about its parts.
 *
 * @param weigh gives the weight of a question of a call
 */
export function questionsOfCalls<C extends Request>(
  { target }: GpuContext,
  memory: Memory,
  calls: readonly C[],
  weigh: (call: C, question: Question) => number,
): readonly Weighed[] {
  const asked = new Map<string, Asked>();
  const waysOf = (question: Question): Question['kernels'] => widened(memory, question, target).kernels;
  for (const call of calls) {
    const questions = questionsOf(call, target, waysOf).filter(isOpen);
    for (const [i, question] of questions.entries()) {
      const key = questionKey(question);
      const known = asked.get(key) ?? { question, weight: 0, after: questions.slice(0, i).map(questionKey) };
      known.weight += weigh(call, question);
      asked.set(key, known);
    }
  }
  const ordered = new Set<Asked>();
  const add = (one: Asked): void => {
    for (const key of one.after) add(asked.get(key)!);
    ordered.add(one);
  };
  for (const one of [...asked.values()].toSorted((a, b) => b.weight - a.weight)) add(one);
  return [...ordered];
}

/** A question, and its weight: how much depends on it. */
export interface Weighed {
  readonly question: Question;
  readonly weight: number;
}

/** A question with the keys of the questions that must come before it. */
interface Asked extends Weighed {
  weight: number;
  readonly after: readonly string[];
}

/** Whether there are several kernels to choose from, and numbers to try them with. */
function isOpen({ operation }: Question): boolean {
  return operation.kernels.length > 1 && trialOf(operation) !== undefined;
}

/** The kernels of the questions that no self-test has tested yet. */
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
