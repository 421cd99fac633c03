/**
 * Tuning the compiled programs of a model. Like the tuning of programs, it is a separate chunk.
 *
 * @module
 */
import { check } from '../conv/check';
import type { ProgramTuning } from '../graph/tune-program';
import { checkTuneOptions, type TuneOptions } from '../tune/tune';
import type { Programs, StageProgram } from './programs';

/** What `model.tune` found. */
export interface ModelTuning {
  /** The outcome for each compiled program, stage by stage; each says whether it runs in another way now. */
  readonly programs: readonly ProgramTuning[];
}

/** @throws (rejects) as `model.tune` does */
export async function tuneModel(
  op: string,
  stages: readonly Programs[],
  options: TuneOptions,
  checkAlive: () => void,
): Promise<ModelTuning> {
  checkTuneOptions(op, options);
  return withAll(stages, [], async (made) => {
    check(
      made.length > 0,
      () => `${op}: no program of the model is compiled; await model.compile() or run the model before`,
    );
    const budgetMs = options.budgetMs && options.budgetMs / made.length;
    const programs: ProgramTuning[] = [];
    for (const { program } of made) {
      checkAlive();
      programs.push(await program.tuneAs(op, { ...options, budgetMs }));
    }
    return { programs };
  });
}

/** The programs of all stages, none of which is disposed meanwhile. */
async function withAll<T>(
  [first, ...rest]: readonly Programs[],
  made: readonly StageProgram[],
  use: (made: readonly StageProgram[]) => Promise<T>,
): Promise<T> {
  return first === undefined ? use(made) : first.all(async (own) => withAll(rest, [...made, ...own], use));
}
