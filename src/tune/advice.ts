/**
 * Answers the ops' questions by what is known of a device: with a winner, or by the default rule among the kernels that can be
 * trusted there.
 *
 * @module
 */
import type { Way } from '../kernels/chain';
import { byRule, type Choice, type Question } from '../kernels/choice';
import { canRun, targetWith, type Target } from '../kernels/kernel';
import type { Tile } from '../step';
import { candidateId, kernelId, questionKey } from './key';
import type { Memory, Winner } from './memory';

/** The answer to a question: the measured winner, or the choice of the rule. */
export function adviceOf(memory: Memory, question: Question, target: Target): Choice {
  const wide = widened(memory, question, target);
  const winner = wide === question ? undefined : recall(memory, wide, target);
  return winner ?? recall(memory, question, target) ?? byRuleOf(memory, wide, target);
}

/**
 * The question as the tuner asks it: with the ways that the app allows besides those of the operation. Its winner is another one,
 * so what was measured without them stays.
 */
export function widened({ winograd }: Memory, question: Question, target: Target): Question {
  const { operation, kernels, problem, halves } = question;
  if (winograd === undefined || operation.name !== 'conv2d' || !winograd.supports(problem)) return question;
  if (winograd.tiles(problem, targetWith(halves, target)).length === 0) return question;
  return { ...question, kernels: [winograd, ...kernels] };
}

/** The remembered winner, if there is one and it still fits: a kernel, a tile or a shader may have changed since. */
export function recall({ winners, broken, ignored }: Memory, question: Question, target: Target): Choice | undefined {
  const key = questionKey(question);
  const remembered = winners.get(key);
  if (remembered === undefined) return undefined;
  if (remembered.choice !== undefined) return remembered.choice;
  const choice = choiceOf(remembered.winner, usable(broken, question), question, target);
  if (typeof choice === 'string') {
    winners.delete(key);
    ignored.set(key, choice);
    return undefined;
  }
  remembered.choice = choice;
  return choice;
}

/** The default rule among the kernels that compute right here. */
export function byRuleOf(memory: Memory, question: Question, target: Target): Choice {
  let kernels = usable(memory.broken, question);
  let choice = byRule({ ...question, kernels }, target);
  const reasons = question.kernels
    .filter((kernel) => !kernels.includes(kernel) && canRun(kernel, question.problem, target))
    .map(({ name }) => name);
  const said = reasons.length > 0 ? [`${reasons.join(', ')} miscomputes on this device`] : [];
  // Stop at the last kernel, even if it hung: it serves everything, so there is no other.
  while (memory.hung.has(candidateId(choice)) && choice.kernel !== question.kernels.at(-1)) {
    const { kernel } = choice;
    said.push(`${kernel.name} has hung this device`);
    kernels = kernels.filter((other) => other !== kernel);
    choice = byRule({ ...question, kernels }, target);
  }
  said.push(...whyIgnored(memory, question));
  return said.length === 0 ? choice : { ...choice, why: [choice.why, ...said].join('; ') };
}

/** Why an imported winner is not used, if there might be one. */
function whyIgnored({ refused, ignored }: Memory, question: Question): readonly string[] {
  if (question.operation.kernels.length === 1) return [];
  const own = ignored.size === 0 ? undefined : ignored.get(questionKey(question));
  return [own, refused].filter((reason) => reason !== undefined);
}

/** The kernels to choose from. The last is always among them, since it serves everything. */
export function usable(broken: ReadonlySet<string>, { kernels }: Question): readonly Way<unknown>[] {
  return kernels.filter((kernel, i) => i === kernels.length - 1 || !broken.has(kernelId(kernel)));
}

/** The ids of a question's kernels in one text. */
export function idsOf({ kernels }: Question): string {
  return kernels.map(kernelId).join(' ');
}

/**
 * Checks a winner, which may come from a file: it must name a kernel and a tile that would have been tried here.
 *
 * @returns the choice, or why there is none
 */
function choiceOf(
  { kernels, kernel: name, tile, speedup, measured }: Winner,
  among: readonly Way<unknown>[],
  question: Question,
  target: Target,
): Choice | string {
  const ignored = `the winner of ${measured} is ignored`;
  const kernel = among.find((candidate) => candidate.name === name && canRun(candidate, question.problem, target));
  if (kernel === undefined) return `${ignored}: ${nameSaid(name)} is no kernel for this problem on this device`;
  if (kernels !== idsOf(question))
    return `${ignored}: it was measured against other kernels, or other versions of their shaders`;
  const own = kernel.tiles(question.problem, target).find((candidate) => sameTile(candidate, tile));
  if (own === undefined) return `${ignored}: ${name} has no such tile for this problem`;
  const gain = speedup > 1 ? `${speedup.toFixed(2)}x the default tile` : 'nothing beats the default';
  return { kernel, tile: own, why: `measured: ${gain} on this device (${measured})` };
}

/** Shows a name from a file only if it looks like one of ours. */
function nameSaid(name: string): string {
  return /^[\w./-]{1,60}$/.test(name) ? name : 'what it names';
}

function sameTile(a: Tile, b: Tile): boolean {
  const knobs = Object.keys(a);
  return knobs.length === Object.keys(b).length && knobs.every((knob) => a[knob] === b[knob]);
}
