/**
 * The question that a convolution asks before it runs, and the answer: which kernel, with which tile, and why.
 *
 * @module
 */
import type { ConvProblem } from '../conv/problem';
import type { Tile } from '../step';
import type { Epilogue } from './epilogue';
import type { Kernel } from './kernel';

/** What is to be computed, and the kernels that may do it. */
export interface Question {
  /** In order of preference; the last supports everything. */
  readonly kernels: readonly Kernel[];
  readonly problem: ConvProblem;
  readonly epilogue: Epilogue;
}

/** A kernel and tile, and the reason in one sentence. */
export interface Choice {
  readonly kernel: Kernel;
  readonly tile: Tile;
  readonly why: string;
}
