/**
 * Searches the best kernel for one problem: compiles every kernel and tile that may do it, checks them against the default, and
 * only then times them.
 *
 * @module
 */
import { openBench } from '../gpu/bench';
import type { Bytes } from '../gpu/buffers';
import type { GpuContext } from '../gpu/context';
import type { Way } from '../kernels/chain';
import type { Question } from '../kernels/choice';
import { decode, encode, type DType, type Form } from '../kernels/dtype';
import { canRun, targetWith } from '../kernels/kernel';
import { planBy, type Plan } from '../kernels/plan';
import type { Request } from '../kernels/request';
import type { Tile } from '../step';
import { byRuleOf, usable } from './advice';
import { candidateId, knobsOf } from './key';
import { compileAll, isCompiled, notCompiled, type Lab } from './lab';
import type { Memory, Trying } from './memory';
import { race } from './race';
import { difference, tried, type Trial, type Tried } from './trial';
import { comeBack, Hang, watched } from './watch';

/** A variant that was thrown out, because it does not compile, computes something else, or hangs the GPU. */
export interface Dropped {
  readonly kernel: string;
  readonly tile: Tile;
  /** In one line: `1x56x56x128->128 k3x3`. */
  readonly problem: string;
  readonly reason: string;
}

/** The result of a search. */
export interface Found {
  readonly kernel: Way<unknown>;
  readonly tile: Tile;
  /** How many times as fast as the default the winner is; 1 for the default itself. */
  readonly speedup: number;
  /** Whether there was time for all of it. */
  readonly finished: boolean;
  /** How many different variants there are, including the default. */
  readonly candidates: number;
}

interface Candidate {
  readonly kernel: Way<unknown>;
  readonly tile: Tile;
  /** The dispatches, which are timed as a whole. */
  readonly plan: Plan;
}

/** The output of the default. */
interface Expected {
  readonly expected: Float32Array;
  readonly output: Form;
  readonly unit: number;
}

/** The least time that a pass should take: browsers round timestamps to 0.1 ms, and a wall clock includes the submit. */
const PASS_MS = 4;

/** The most dispatches in a pass. */
const MOST_REPEATS = 1000;

/** A candidate that takes longer than `ms` and `times` as long as the default is not worth a race, which would repeat it. */
const FAR_SLOWER = { times: 20, ms: 200 } as const;

/**
 * Finds the fastest way to do a problem.
 *
 * @param trial of this kind of problem
 * @param dropped gets the variants that are thrown out
 * @throws (rejects) if not even the default runs, with `OUT_OF_TIME`, with a {@link Hang} if the GPU does not come back from a
 *   candidate, or with the signal's reason when it is aborted
 */
export async function search(lab: Lab, trial: Trial<unknown>, question: Question, dropped: Dropped[]): Promise<Found> {
  const { context, pipelines, memory, budget } = lab;
  const { expired, signal, within, pace } = budget;
  const { operation, problem } = question;
  const { request, numbers, unit } = tried('tune', trial, question);
  const drop = ({ kernel, tile }: Candidate, reason: unknown): void => {
    const said = reason instanceof Error ? reason.message : String(reason);
    dropped.push({ kernel: kernel.name, tile, problem: operation.summary(problem), reason: said });
  };
  const [first, ...all] = candidatesOf(context, memory, question, request);
  const others = all.filter((candidate) => !memory.hung.has(candidateId(candidate)));
  for (const candidate of all) if (!others.includes(candidate)) drop(candidate, HUNG);
  if (others.length === 0) return { kernel: first.kernel, tile: first.tile, speedup: 1, finished: true, candidates: 1 };
  const { output } = request;
  const plans = [first, ...others].map(({ plan }) => plan);
  const tryOut = <T>(candidate: Candidate, work: Promise<T>): Promise<T> =>
    watched(context.life, memory, budget, tryingOf(candidate, operation.summary(problem)), work);
  const bench = await openBench(context, pipelines, request, valuesOf(numbers, question), largestMiddles(plans));
  try {
    await within(compileAll(lab, plans));
    if (!isCompiled(lab, first.plan)) throw new Error(`tune: the default, ${first.kernel.name}, ${notCompiled(lab)}`);
    let began = performance.now();
    const expected = decode(await tryOut(first, bench.run(first.plan)), output);
    const usual = performance.now() - began;
    const right: Candidate[] = [];
    let done = 0;
    for (const candidate of others) {
      await pace.rest();
      signal?.throwIfAborted();
      if (expired()) break;
      began = performance.now();
      const wrong = isCompiled(lab, candidate.plan)
        ? await verdictOn(tryOut(candidate, bench.run(candidate.plan)), { expected, output, unit })
        : notCompiled(lab);
      signal?.throwIfAborted();
      done++;
      if (wrong !== undefined) drop(candidate, wrong);
      else if (!isFarSlower(performance.now() - began, usual)) right.push(candidate);
      if (wrong instanceof Hang) await comeBack('tune', context, budget, `${candidate.kernel.name} ${wrong.message}`);
    }
    // Of a lost device everything is wrong.
    context.life.check('tune');
    const timed = (entrants: readonly Candidate[], repeat: number): Promise<number[]> => {
      signal?.throwIfAborted();
      const [one, ...more] = entrants;
      const work = bench.time(
        entrants.map(({ plan }) => plan),
        repeat,
      );
      if (more.length === 0) return tryOut(one, work);
      // All of them have run before, so that none of them is more likely to hang than another.
      const what = `one of ${entrants.length} kernels and tiles of ${operation.summary(problem)}`;
      return watched(context.life, memory, budget, { what }, work);
    };
    const repeat = await repeatsOf((count) => timed([first], count));
    const time = async (entrants: readonly Candidate[]): Promise<number[]> => {
      if (!pace.isGentle) return timed(entrants, repeat);
      const ms: number[] = [];
      for (const entrant of entrants) {
        await pace.rest();
        ms.push(...(await timed([entrant], repeat)));
      }
      return ms;
    };
    const { winner, speedup, finished } = await race(first, right, time, expired);
    signal?.throwIfAborted();
    const { kernel, tile } = winner;
    return { kernel, tile, speedup, finished: finished && done === others.length, candidates: others.length + 1 };
  } finally {
    bench.destroy();
  }
}

/** What is said of a candidate that is not tried again. */
const HUNG = 'has hung this device before, and is not tried again';

function tryingOf(candidate: Candidate, problem: string): Trying {
  const { kernel, tile } = candidate;
  return { what: `${kernel.name} ${knobsOf(tile)} of ${problem}`, list: 'hung', id: candidateId(candidate) };
}

function isFarSlower(ms: number, usual: number): boolean {
  return ms > FAR_SLOWER.ms && ms > usual * FAR_SLOWER.times;
}

/** Every variant once, the default first; kernels that share a shader may come to the same program. */
function candidatesOf(
  { target: device, plans }: GpuContext,
  memory: Memory,
  question: Question,
  request: Request,
): Candidate[] {
  const { broken } = memory;
  const { problem } = question;
  const target = targetWith(question.halves, device);
  const all = usable(broken, question)
    .filter((kernel) => canRun(kernel, problem, target))
    .flatMap((kernel) => kernel.tiles(problem, target).map((tile) => ({ kernel, tile })));
  const candidates = new Map<string, Candidate>();
  for (const { kernel, tile } of [byRuleOf(memory, question, target), ...all]) {
    const plan = planBy(request, [{ problem }], { kernel, tile, why: '' }, device, plans.of);
    const program = plan.parts.map(({ step }) => `${step.grid.join()} ${step.uniforms.join()} ${step.wgsl}`).join('\n');
    if (!candidates.has(program)) candidates.set(program, { kernel, tile, plan });
  }
  return [...candidates.values()];
}

/** The numbers as the question stores them. */
export function valuesOf(numbers: Tried['numbers'], { halves }: Question): Readonly<Record<string, Bytes>> {
  const dtypeOf = (name: string): DType => (halves?.stored.has(name) === true ? 'f16' : 'f32');
  return Object.fromEntries(
    Object.entries(numbers).map(([name, values]) => [name, encode(values, dtypeOf(name))] as const),
  );
}

/** Bytes that serve the intermediates of all plans. */
function largestMiddles(plans: readonly Plan[]): Readonly<Record<string, number>> {
  const largest: Record<string, number> = {};
  for (const { middles = {} } of plans) {
    for (const [role, bytes] of Object.entries(middles)) largest[role] = Math.max(largest[role] ?? 0, bytes);
  }
  return largest;
}

/** What is wrong with what a candidate computes; undefined if it agrees with the default. */
async function verdictOn(bytes: Promise<ArrayBuffer>, { expected, output, unit }: Expected): Promise<unknown> {
  try {
    return difference(decode(await bytes, output), expected, unit, output.dtype);
  } catch (error) {
    return error;
  }
}

/** How many runs of the default fill a pass. */
async function repeatsOf(time: (repeat: number) => Promise<readonly number[]>): Promise<number> {
  for (let repeat = 1; ;) {
    const [ms] = await time(repeat);
    const pass = ms * repeat;
    if (pass >= PASS_MS || repeat >= MOST_REPEATS) return repeat;
    const wanted = Math.ceil((repeat * PASS_MS) / Math.max(pass, PASS_MS / 16));
    repeat = Math.min(Math.max(wanted, repeat + 1), MOST_REPEATS);
  }
}
