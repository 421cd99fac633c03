/**
 * The question that a convolution asks before it runs, and the answer: which kernel, with which tile, and why.
 *
 * @module
 */
import type { ConvProblem } from '../conv/problem';
import type { Step, Tile } from '../step';
import type { Epilogue } from './epilogue';
import type { Halves } from './half';
import type { Kernel, Target } from './kernel';

/** What is to be computed, and the kernels that may do it. */
export interface Question {
  /** In order of preference; the last supports everything. */
  readonly kernels: readonly Kernel[];
  readonly problem: ConvProblem;
  readonly epilogue: Epilogue;
  /** What of the step is float16; default nothing. */
  readonly halves?: Halves;
}

/** A kernel and tile, and the reason in one sentence. */
export interface Choice {
  readonly kernel: Kernel;
  readonly tile: Tile;
  readonly why: string;
}

/** The device as the question finds it: with its halves. */
export function targetOf({ halves }: Question, target: Target): Target {
  return halves === undefined ? target : { ...target, halves };
}

/** The step that a kernel answers with. */
export function stepOf(question: Question, { kernel, tile }: Pick<Choice, 'kernel' | 'tile'>, target: Target): Step {
  return kernel.step(question.problem, tile, question.epilogue, targetOf(question, target));
}
