/**
 * Answers questions one after the other, inside a budget: it tests the kernels of each, and then its candidates race.
 *
 * @module
 */
import type { GpuContext } from '../gpu/context';
import { createPipelines } from '../gpu/pipelines';
import type { Question } from '../kernels/choice';
import { adviceOf, idsOf, recall, widened } from './advice';
import { budgetUntil, OUT_OF_TIME } from './budget';
import { testable, testKernels, type KernelReport } from './kernel-test';
import { kernelId, questionKey } from './key';
import type { Lab } from './lab';
import { remember, type Memory } from './memory';
import type { Pace } from './pace';
import { untested } from './questions';
import { search, type Dropped } from './search';
import { trialOf } from './trials';
import type { TunedProblem, TuneOptions, TuneResult } from './tune';
import { Hang } from './watch';

/** Default time for a problem; most of it goes into compiling the candidates. */
const MS_PER_PROBLEM = 2000;

/** Default time for the test of a kernel; a fast machine takes a tenth of it, and leaves the rest to the problems. */
const MS_PER_KERNEL = 5000;

/** How questions are answered. */
export interface Measuring {
  readonly context: GpuContext;
  /** Gets the winners. */
  readonly memory: Memory;
  readonly pace: Pace;
  /** Whether a question may take all of the remaining time, or only an equal share of it. */
  readonly greedy: boolean;
}

/** @throws (rejects) if the device is lost, or with the signal's reason when it is aborted; winners found so far are kept */
export async function measureAll(
  { context, memory, pace, greedy }: Measuring,
  asked: readonly Question[],
  { onProgress, signal, budgetMs, again = false }: TuneOptions,
): Promise<TuneResult> {
  const pipelines = createPipelines(context.device);
  const questions = asked.map((question) => widened(memory, question, context.target));
  const open = questions.filter((question) => again || recall(memory, question, context.target) === undefined);
  const problems: TunedProblem[] = [];
  const reports = new Map<string, KernelReport>();
  const suspects = testable(untested(memory, open, context));
  const total = suspects.length + questions.length;
  const told = (step: TunedProblem | KernelReport): void => onProgress?.(reports.size + problems.length, total, step);
  const labUntil = (end: number): Lab => ({ context, pipelines, memory, budget: budgetUntil(end, signal, pace) });
  let left = budgetMs ?? MS_PER_PROBLEM * open.length + MS_PER_KERNEL * suspects.length;
  let waiting = open.length;
  /** Tests those kernels of a question that are not tested yet, and says whether all of them are tested then. */
  const isTested = async (question: Question, until: number): Promise<boolean> => {
    for (const suspect of testable(untested(memory, [question], context))) {
      // It has a report already, so there was no time for it.
      if (reports.has(kernelId(suspect.kernel))) continue;
      await testKernels('tune', labUntil(until), [suspect], (report) => {
        reports.set(kernelId(suspect.kernel), report);
        told(report);
      });
    }
    return testable(untested(memory, [question], context)).length === 0;
  };
  const measureInTime = async (question: Question): Promise<TunedProblem> => {
    const start = pace.now();
    const end = start + left;
    let tuned = tunedProblem(context, memory, question, { outcome: 'out of budget' });
    try {
      if (await isTested(question, end)) {
        const now = pace.now();
        // Time that a problem does not need is left to the others.
        tuned = await measureOne(labUntil(greedy ? end : now + (end - now) / waiting), question);
      }
    } catch (error) {
      if (!(error instanceof Hang)) throw error;
      tuned = tunedProblem(context, memory, question, { outcome: 'failed', error });
    }
    waiting--;
    // After a hang there is no time left: a GPU that has stopped in the middle of something does nothing for the others.
    left = tuned.error instanceof Hang ? 0 : left - (pace.now() - start);
    return tuned;
  };
  for (const question of questions) {
    const tuned = open.includes(question)
      ? await measureInTime(question)
      : tunedProblem(context, memory, question, { outcome: 'remembered' });
    problems.push(tuned);
    told(tuned);
  }
  return { problems, dropped: problems.flatMap((tuned) => tuned.dropped), selfTest: [...reports.values()] };
}

async function measureOne(lab: Lab, question: Question): Promise<TunedProblem> {
  const { context, memory, budget } = lab;
  const dropped: Dropped[] = [];
  const said = (how: Pick<TunedProblem, 'outcome'> & Partial<TunedProblem>): TunedProblem =>
    tunedProblem(context, memory, question, { dropped, ...how });
  if (budget.expired()) return said({ outcome: 'out of budget' });
  try {
    const trial = trialOf(question.operation);
    if (trial === undefined) throw new Error(`tune: there are no trial problems for ${question.operation.name}`);
    const { kernel, tile, speedup, finished, candidates } = await search(lab, trial, question, dropped);
    if (finished) {
      remember(memory, {
        problem: questionKey(question),
        kernels: idsOf(question),
        kernel: kernel.name,
        tile,
        speedup,
        measured: new Date().toISOString().slice(0, 10),
      });
    }
    return said({ outcome: finished ? 'measured' : 'out of budget', speedup, candidates });
  } catch (cause) {
    budget.signal?.throwIfAborted();
    context.life.check('tune');
    if (cause === OUT_OF_TIME) return said({ outcome: 'out of budget' });
    return said({ outcome: 'failed', error: cause as Error });
  }
}

function tunedProblem(
  { target }: GpuContext,
  memory: Memory,
  asked: Question,
  said: Pick<TunedProblem, 'outcome'> & Partial<TunedProblem>,
): TunedProblem {
  const question = { ...asked, kernels: asked.kernels.filter((way) => way !== memory.winograd) };
  const { kernel, tile, why } = adviceOf(memory, question, target);
  return {
    problem: question.operation.summary(question.problem),
    kernel: kernel.name,
    tile,
    why,
    speedup: 1,
    candidates: 0,
    dropped: [],
    ...said,
  };
}
