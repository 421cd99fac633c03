/**
 * What is known of a device: the winners that were measured on it, and the kernels that miscompute there. It answers the
 * ops' questions as the context's adviser.
 *
 * @module
 */
import { check } from '../conv/check';
import type { GpuContext } from '../gpu/context';
import type { Way } from '../kernels/chain';
import { byRule, type Choice, type Question } from '../kernels/choice';
import { canRun, type Target } from '../kernels/kernel';
import type { Tile } from '../step';
import { deviceKey, kernelId, questionKey } from './key';

/** The fastest of the candidates for one problem, as plain JSON. */
export interface Winner {
  /** The problem, with the kernels that may do it and what is fused into them. */
  readonly problem: string;
  /** The kernels with the hashes of their shaders: a winner over other texts is forgotten. */
  readonly kernels: string;
  readonly kernel: string;
  readonly tile: Tile;
  /** How often as fast as the default it is; 1 where nothing beat the default. */
  readonly speedup: number;
  /** The day: `2026-11-22`. */
  readonly measured: string;
}

/** A winner, and the choice that it stands for once somebody has asked. */
interface Remembered {
  readonly winner: Winner;
  choice?: Choice;
}

export interface Memory {
  /** By `Winner.problem`. */
  readonly winners: Map<string, Remembered>;
  /** Kernels that miscompute, by `kernelId`. */
  readonly broken: Set<string>;
  /** Kernels that the self-test has seen, by `kernelId`. */
  readonly tested: Set<string>;
  /** Called when another choice may be made than before. */
  changed: () => void;
  /** Whether something is being measured, which nothing else must disturb. */
  busy: boolean;
}

const memories = new WeakMap<GpuContext, Memory>();

/** The memory of a device; the first who asks makes it, and it advises from then on. */
export function memoryOf(context: GpuContext): Memory {
  const known = memories.get(context);
  if (known !== undefined) return known;
  const memory: Memory = { winners: new Map(), broken: new Set(), tested: new Set(), changed: () => {}, busy: false };
  advise(memory, context);
  return memory;
}

/** Lets the memory answer for a device, and after its loss for the new one if that is of the same kind. */
function advise(memory: Memory, context: GpuContext): void {
  memories.set(context, memory);
  memory.changed = () => context.plans.clear();
  memory.changed();
  context.advise = (question) => recall(memory, question, context.target) ?? byRuleOf(memory, question, context.target);
  context.heirs.add((next) => {
    if (keyOf(next) !== keyOf(context)) return;
    for (const remembered of memory.winners.values()) remembered.choice = undefined;
    advise(memory, next);
  });
}

/** What winners are filed under: the kind of device, and the browser. */
export function keyOf({ device }: GpuContext): string {
  return deviceKey(device.adapterInfo, globalThis.navigator);
}

/** The remembered winner, if there is one and it still fits: a kernel, a tile or a shader may have changed since. */
export function recall({ winners, broken }: Memory, question: Question, target: Target): Choice | undefined {
  const key = questionKey(question);
  const remembered = winners.get(key);
  if (remembered === undefined) return undefined;
  remembered.choice ??= choiceOf(remembered.winner, usable(broken, question), question, target);
  if (remembered.choice === undefined) winners.delete(key);
  return remembered.choice;
}

/** The default rule among the kernels that compute right here. */
export function byRuleOf({ broken }: Memory, question: Question, target: Target): Choice {
  const kernels = usable(broken, question);
  const choice = byRule({ ...question, kernels }, target);
  const left = question.kernels.filter(
    (kernel) => !kernels.includes(kernel) && canRun(kernel, question.problem, target),
  );
  if (left.length === 0) return choice;
  return { ...choice, why: `${choice.why}; ${left.map(({ name }) => name).join(', ')} miscomputes on this device` };
}

/** The kernels to choose from; the last serves everything, so it is never left out. */
export function usable(broken: ReadonlySet<string>, { kernels }: Question): readonly Way<unknown>[] {
  return kernels.filter((kernel, i) => i === kernels.length - 1 || !broken.has(kernelId(kernel)));
}

/** The ids of a question's kernels in one text. */
export function idsOf({ kernels }: Question): string {
  return kernels.map(kernelId).join(' ');
}

export function remember({ winners, changed }: Memory, winner: Winner): void {
  winners.set(winner.problem, { winner });
  changed();
}

/** Trusts a kernel again: what a file or an older driver said is out of date. */
export function trust({ broken, changed }: Memory, id: string): void {
  if (broken.delete(id)) changed();
}

/** Leaves a kernel out from now on, and forgets what it has won. */
export function distrust({ winners, broken, changed }: Memory, id: string): void {
  broken.add(id);
  for (const [key, { winner }] of winners) if (id.startsWith(`${winner.kernel}@`)) winners.delete(key);
  changed();
}

/** A winner may come from a file: it must name a kernel and a tile that would have been tried here. */
function choiceOf(
  { kernels, kernel: name, tile, speedup, measured }: Winner,
  among: readonly Way<unknown>[],
  question: Question,
  target: Target,
): Choice | undefined {
  const kernel = among.find((candidate) => candidate.name === name && canRun(candidate, question.problem, target));
  const own = kernel?.tiles(question.problem, target).find((candidate) => sameTile(candidate, tile));
  if (kernel === undefined || own === undefined || kernels !== idsOf(question)) return undefined;
  const gain = speedup > 1 ? `${speedup.toFixed(2)}x the default tile` : 'nothing beats the default';
  return { kernel, tile: own, why: `measured: ${gain} on this device (${measured})` };
}

function sameTile(a: Tile, b: Tile): boolean {
  const knobs = Object.keys(a);
  return knobs.length === Object.keys(b).length && knobs.every((knob) => a[knob] === b[knob]);
}

/** Runs what must not be disturbed: two who measure at once would time each other. */
export async function exclusively<T>(op: string, context: GpuContext, fn: (memory: Memory) => Promise<T>): Promise<T> {
  const memory = memoryOf(context);
  check(!memory.busy, () => `${op}: another tune or selfTest is running on this gpu; await it first`);
  memory.busy = true;
  try {
    return await context.life.during(op, fn(memory));
  } finally {
    memory.busy = false;
  }
}
