/**
 * Tunes a compiled program. It is a chunk of its own: an app that never tunes does not load it.
 *
 * Measurements go into a draft of the device's memory first. Each problem alone may be faster by another kernel while the program
 * is not: its intermediates are still in the cache after they were written, and clock rates depend on what ran before. So the
 * time of the whole program decides, and only the winners that made it faster are remembered.
 *
 * @module
 */
import { check } from '../conv/check';
import type { Call } from '../gpu/call';
import { createPlans } from '../gpu/lower';
import { compileSteps } from '../tensor/prepare';
import { adviceOf } from '../tune/advice';
import { budgetUntil, OUT_OF_TIME, type Budget } from '../tune/budget';
import { compared, isFaster, median, timingOf, type Timing } from '../tune/comparison';
import { measureAll } from '../tune/measure';
import { draftOf, remember, type Memory, type Winner } from '../tune/memory';
import { whenIdle, type Pace } from '../tune/pace';
import { questionsOfCalls, type Weighed } from '../tune/questions';
import { session } from '../tune/session';
import { checkTuneOptions, type TunedProblem, type TuneOptions, type TuneResult } from '../tune/tune';
import { allowWinograd } from '../tune/winograd';
import { boundTo, unbind, type Bound } from './bound';
import { lowered, type Planned } from './parts';
import { openRun, ROUNDS, SAMPLE_MS, timesInTurn } from './timed-run';

/** The result of `program.tune`. */
export interface ProgramTuning extends TuneResult {
  /** Whether the program runs by other kernels or tiles from now on. */
  readonly kept: boolean;
  /** The reason for `kept`, in one sentence. */
  readonly why: string;
  /** The GPU time of a run as it was; undefined if there was nothing to compare, or no time for it. */
  readonly before?: Timing;
  /** The GPU time of a run with all winners, measured in turn with `before`. */
  readonly after?: Timing;
  /** How many times as fast the program is with all winners, whether they are kept or not; 1 without a comparison. */
  readonly speedup: number;
  /** How far apart the rounds of the comparison are in `speedup`, as a fraction of it: 0.1 is 10 %. */
  readonly spread: number;
}

/** A program, as the tuner sees it. */
export interface Tunable<O> {
  /** @throws if it is disposed, or its device lost and no new one there */
  bound(op: string): Bound<O>;
  /** Replaces `old` by `next`, if the program still uses `old`. */
  replace(old: Bound<O>, next: Bound<O>): boolean;
  isDisposed(): boolean;
}

/** The result for the whole program. */
type Verdict = Pick<ProgramTuning, 'kept' | 'why' | 'before' | 'after' | 'speedup' | 'spread'>;

/** @throws (rejects) as `program.tune` does */
export async function tuneProgram<O>(op: string, program: Tunable<O>, options: TuneOptions): Promise<ProgramTuning> {
  checkTuneOptions(op, options);
  const old = program.bound(op);
  const { context, held } = old;
  // Hold the program: the app may dispose it meanwhile, and its buffers would then go to somebody else.
  for (const storage of held) storage.references++;
  try {
    const { result, storeError } = await session(op, context, options.store, async (memory) => {
      await allowWinograd(memory, options.winograd);
      return tuned({ op, old, memory, draft: draftOf(memory), pace: whenIdle(context), options }, program);
    });
    return { ...result, storeError };
  } finally {
    for (const storage of held) context.pool.release(storage);
  }
}

/** One tuning of a program. */
interface Job<O> {
  readonly op: string;
  /** The program as it was. */
  readonly old: Bound<O>;
  readonly memory: Memory;
  /** The draft, which gets what is measured. */
  readonly draft: Memory;
  readonly pace: Pace;
  readonly options: TuneOptions;
}

async function tuned<O>(job: Job<O>, program: Tunable<O>): Promise<ProgramTuning> {
  const { op, old, memory, draft, pace, options } = job;
  const { context, parts } = old;
  const { budgetMs = Infinity, signal } = options;
  const budget = budgetUntil(pace.now() + budgetMs, signal, pace);
  try {
    const { weights, total } = await weightsOf(job, budget);
    const asked = questionsOfCalls(context, draft, parts.calls, (call) => weights.get(call) ?? 0);
    const left = budget.end - pace.now();
    // Keep time for the comparison at the end: it is worth more than one more problem.
    const reserved = Math.min(left / 2, 3 * ROUNDS.most * Math.max(total, SAMPLE_MS));
    const found = await measureAll(
      { context, memory: draft, pace, greedy: true },
      asked.map(({ question }) => question),
      { ...options, budgetMs: budgetMs === Infinity ? options.budgetMs : left - reserved },
    );
    const verdict = await decided(job, program, budget);
    check(!program.isDisposed(), () => `${op}: the program was disposed while it was tuned; compile it again`);
    const problems = found.problems.map((problem, i) => ({ ...problem, ...nowOf(job, asked[i]), share: asked[i].weight / total })); // prettier-ignore
    return { ...found, ...verdict, problems };
  } finally {
    // Remember winners that made no program faster, so that the next tune need not measure them, but advise nobody to use them.
    for (const [key, found] of draft.winners) if (!memory.winners.has(key)) memory.pending.set(key, found);
  }
}

/** How many milliseconds of the program's time each call takes; by its work where the clock is too coarse to see it. */
async function weightsOf(
  { op, old, pace }: Job<unknown>,
  { expired, signal }: Budget,
): Promise<{ readonly weights: ReadonlyMap<Call, number>; readonly total: number }> {
  const run = await openRun(op, old);
  const rounds: (readonly number[])[] = [];
  try {
    while (rounds.length === 0 || (rounds.length < 3 && !expired())) {
      await pace.rest();
      signal?.throwIfAborted();
      rounds.push(await run.steps());
    }
  } finally {
    run.close();
  }
  const weights = new Map<Call, number>();
  let total = 0;
  for (const [i, { call, flops }] of old.parts.dispatches.entries()) {
    const ms = median(rounds.map((round) => round[i])) + flops * 1e-15;
    weights.set(call, (weights.get(call) ?? 0) + ms);
    total += ms;
  }
  return { weights, total: total || 1 };
}

/** Lowers the program again by the draft, measures it in turn with the old one, and keeps the faster. */
async function decided<O>(job: Job<O>, program: Tunable<O>, budget: Budget): Promise<Verdict> {
  const { op, old, memory, draft } = job;
  const { context, parts } = old;
  const undecided = { kept: false, speedup: 1, spread: 0 };
  const plans = createPlans(
    () => context.target,
    (question) => adviceOf(draft, question, context.target),
  );
  const dispatches = lowered(parts.calls, plans.of);
  if (isSame(parts.dispatches, dispatches)) {
    publish(memory, draft, () => true);
    // The dispatches are the same; only the reasons differ.
    program.replace(old, { ...old, parts: { ...parts, dispatches } });
    return { ...undecided, why: 'nothing that was measured is faster than what the program has' };
  }
  let next: Bound<O>;
  try {
    const steps = dispatches.map(({ step }) => step);
    await budget.within(compileSteps(op, context, steps, { signal: budget.signal }));
    next = rebound(old, dispatches);
  } catch (error) {
    budget.signal?.throwIfAborted();
    context.life.check(op);
    const why =
      error === OUT_OF_TIME ? NO_TIME : `the program was not timed with the winners: ${(error as Error).message}`;
    return { ...undecided, why };
  }
  let isKept = false;
  try {
    const times = await timesOf(job, next, budget);
    const bad = brokenAmong(memory, parts.dispatches).filter((name) => !brokenAmong(memory, dispatches).includes(name));
    if (times === undefined && bad.length === 0) return { ...undecided, why: NO_TIME };
    const verdict = times === undefined ? undecided : verdictOf(times);
    const kept = verdict.kept || bad.length > 0;
    publish(memory, draft, ({ speedup }) => kept || speedup === 1);
    if (!kept) return { why: notFaster(verdict), ...verdict };
    check(program.replace(old, next), () => `${op}: the program was disposed while it was tuned; compile it again`);
    isKept = true;
    const why = bad.length > 0 ? `${bad.join(', ')} miscomputes on this device` : faster(verdict);
    return { ...verdict, kept, why };
  } finally {
    if (!isKept) unbind(next);
  }
}

const NO_TIME = 'there was no time to compare it with its winners; the next tune goes on there';

function faster({ speedup, spread }: Pick<Verdict, 'speedup' | 'spread'>): string {
  return `${speedup.toFixed(2)}x as fast as before, which is more than the spread of ${spread.toFixed(2)}`;
}

function notFaster({ speedup, spread }: Pick<Verdict, 'speedup' | 'spread'>): string {
  return `with its winners it is ${speedup.toFixed(2)}x as fast, which is not faster by more than the spread of ${spread.toFixed(2)}`;
}

type Times = readonly [readonly number[], readonly number[]];

function verdictOf([old, next]: Times): Omit<Verdict, 'why'> {
  const comparison = compared(old, next);
  return { kept: isFaster(comparison), before: timingOf(old), after: timingOf(next), ...comparison };
}

async function timesOf<O>({ op, old }: Job<O>, next: Bound<O>, budget: Budget): Promise<Times | undefined> {
  const before = await openRun(op, old);
  try {
    const after = await openRun(op, next);
    try {
      return await timesInTurn(before, after, budget);
    } finally {
      after.close();
    }
  } finally {
    before.close();
  }
}

/** The program with other dispatches, whose pipelines are compiled. @throws if there is no room for its intermediates */
function rebound<O>({ context, parts: { constants, ...rest } }: Bound<O>, dispatches: readonly Planned[]): Bound<O> {
  // Compile again: a pipeline may have left the cache meanwhile.
  for (const { step } of dispatches) context.pipelines.compileNow(step);
  const next = boundTo(context, { ...rest, constants, dispatches });
  // Both programs hold the constants until one of them is released.
  for (const storage of constants) storage.references++;
  return next;
}

function isSame(some: readonly Planned[], others: readonly Planned[]): boolean {
  const textOf = ({ step: { grid, uniforms, wgsl } }: Planned): string => `${grid.join()} ${uniforms.join()} ${wgsl}`;
  return some.length === others.length && some.every((one, i) => textOf(one) === textOf(others[i]));
}

/** The kernels of dispatches that are known to miscompute. */
function brokenAmong({ broken }: Memory, dispatches: readonly Planned[]): readonly string[] {
  const names = new Set([...broken].map((id) => id.split('@')[0]));
  return [...new Set(dispatches.map(({ step }) => step.kernel))].filter((kernel) => names.has(kernel));
}

/** Makes the wanted winners of the draft known to all who ask the memory. */
function publish(memory: Memory, draft: Memory, isWanted: (winner: Winner) => boolean): void {
  for (const [key, { winner }] of draft.winners)
    if (isWanted(winner) && memory.winners.get(key)?.winner !== winner) remember(memory, winner);
}

/** The kernel and tile that a problem gets from now on, and why. */
function nowOf({ old, memory }: Job<unknown>, { question }: Weighed): Pick<TunedProblem, 'kernel' | 'tile' | 'why'> {
  const { kernel, tile, why } = adviceOf(memory, question, old.context.target);
  return { kernel: kernel.name, tile, why };
}
