/**
 * The trials, one line for each kind of problem.
 *
 * @module
 */
import { TRANSPOSED } from '../kernels/conv2d-transpose';
import { CONVOLUTION } from '../kernels/convolutions';
import { EXPAND } from '../kernels/expand';
import type { Operation } from '../kernels/operation';
import { SEPARABLE } from '../kernels/separable';
import type { Trial } from './trial';
import { convolutionTrial } from './trials/convolution';
import { expandTrial, separableTrial } from './trials/pair';
import { transposedTrial } from './trials/transposed';

/** In the order of the self-test. */
export const TRIALS: ReadonlyMap<string, Trial<unknown>> = /* @__PURE__ */ new Map<string, Trial<unknown>>([
  [CONVOLUTION, convolutionTrial],
  [TRANSPOSED, transposedTrial],
  [SEPARABLE, separableTrial],
  [EXPAND, expandTrial],
]);

/** The trial for problems of an operation; undefined if there is none. */
export function trialOf({ kind }: Pick<Operation<unknown>, 'kind'>): Trial<unknown> | undefined {
  return TRIALS.get(kind);
}
