/**
 * One problem: every kernel and tile that may do it is compiled, checked against the default, and only then timed.
 *
 * @module
 */
import { openBench, type Bench } from '../gpu/bench';
import type { Bytes } from '../gpu/buffers';
import type { GpuContext } from '../gpu/context';
import type { Pipelines } from '../gpu/pipelines';
import type { Way } from '../kernels/chain';
import type { Question } from '../kernels/choice';
import { decode, encode, type DType, type Form } from '../kernels/dtype';
import { canRun, targetWith } from '../kernels/kernel';
import { planBy, type Plan } from '../kernels/plan';
import type { Request } from '../kernels/request';
import type { Tile } from '../step';
import type { Budget } from './budget';
import { byRuleOf, usable, type Memory } from './memory';
import { race } from './race';
import { difference, tried, type Trial, type Tried } from './trial';

/** A variant that was thrown out, because it does not compile or computes something else. */
export interface Dropped {
  readonly kernel: string;
  readonly tile: Tile;
  /** In one line: `1x56x56x128->128 k3x3`. */
  readonly problem: string;
  readonly reason: string;
}

/** What came of a search. */
export interface Found {
  readonly kernel: Way<unknown>;
  readonly tile: Tile;
  /** How often as fast as the default; 1 for the default itself. */
  readonly speedup: number;
  /** Whether there was time for all of it. */
  readonly finished: boolean;
  /** Variants that differ, the default among them. */
  readonly candidates: number;
  readonly dropped: readonly Dropped[];
}

interface Candidate {
  readonly kernel: Way<unknown>;
  readonly tile: Tile;
  /** The dispatches, which are timed as a whole. */
  readonly plan: Plan;
}

/** What the default has computed. */
interface Expected {
  readonly expected: Float32Array;
  readonly output: Form;
  readonly unit: number;
}

/** How long a pass should take at least: browsers round timestamps to 0.1 ms, and a wall clock sees the submit, too. */
const PASS_MS = 4;

/** The most dispatches in a pass. */
const MOST_REPEATS = 1000;

/**
 * Finds the fastest way to do a problem.
 *
 * @param pipelines a cache for the candidates, most of which are never used again
 * @param trial of this kind of problem
 * @throws (rejects) if not even the default runs, with `OUT_OF_TIME`, or with the signal's reason when it is aborted
 */
export async function search(
  context: GpuContext,
  pipelines: Pipelines,
  memory: Memory,
  trial: Trial<unknown>,
  question: Question,
  { expired, signal, within }: Budget,
): Promise<Found> {
  const { operation, problem } = question;
  const { request, numbers, unit } = tried('tune', trial, question);
  const [first, ...others] = candidatesOf(context, memory, question, request);
  const alone = { kernel: first.kernel, tile: first.tile, speedup: 1, finished: true, candidates: 1, dropped: [] };
  if (others.length === 0) return alone;
  const dropped: Dropped[] = [];
  const drop = ({ kernel, tile }: Candidate, reason: unknown): void => {
    const said = reason instanceof Error ? reason.message : String(reason);
    dropped.push({ kernel: kernel.name, tile, problem: operation.summary(problem), reason: said });
  };
  const { output } = request;
  const plans = [first, ...others].map(({ plan }) => plan);
  const bench = await openBench(context, pipelines, request, valuesOf(numbers, question), largestMiddles(plans));
  try {
    await within(compileAll(pipelines, plans));
    const expected = decode(await bench.run(first.plan), output);
    const right: Candidate[] = [];
    for (const candidate of others) {
      signal?.throwIfAborted();
      if (expired()) break;
      const wrong = await verdictOn(candidate, bench, { expected, output, unit });
      if (wrong === undefined) right.push(candidate);
      else drop(candidate, wrong);
    }
    // Of a lost device everything is wrong.
    context.life.check('tune');
    const repeat = await repeatsOf(bench, first.plan);
    const time = async (entrants: readonly Candidate[]): Promise<number[]> => {
      signal?.throwIfAborted();
      return bench.time(
        entrants.map(({ plan }) => plan),
        repeat,
      );
    };
    const { winner, speedup, finished } = await race(first, right, time, expired);
    signal?.throwIfAborted();
    const all = right.length + dropped.length === others.length;
    const { kernel, tile } = winner;
    return { kernel, tile, speedup, finished: finished && all, candidates: others.length + 1, dropped };
  } finally {
    bench.destroy();
  }
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

/** In parallel; who does not compile says so again when it is run. */
export async function compileAll(pipelines: Pipelines, plans: readonly Plan[]): Promise<void> {
  await Promise.allSettled(plans.flatMap(({ parts }) => parts.map(({ step }) => pipelines.compile(step))));
}

/** What is wrong with a candidate; undefined if it agrees with the default. */
async function verdictOn({ plan }: Candidate, bench: Bench, { expected, output, unit }: Expected): Promise<unknown> {
  try {
    return difference(decode(await bench.run(plan), output), expected, unit, output.dtype);
  } catch (error) {
    return error;
  }
}

/** How many runs of the default fill a pass. */
async function repeatsOf(bench: Bench, plan: Plan): Promise<number> {
  for (let repeat = 1; ;) {
    const [ms] = await bench.time([plan], repeat);
    const pass = ms * repeat;
    if (pass >= PASS_MS || repeat >= MOST_REPEATS) return repeat;
    const wanted = Math.ceil((repeat * PASS_MS) / Math.max(pass, PASS_MS / 16));
    repeat = Math.min(Math.max(wanted, repeat + 1), MOST_REPEATS);
  }
}
