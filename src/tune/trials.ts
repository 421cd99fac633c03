/**
 * What there is to try, by the kind of its problem: one line for each.
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

/** How problems of an operation are tried; undefined if they are not. */
export function trialOf({ kind }: Pick<Operation<unknown>, 'kind'>): Trial<unknown> | undefined {
  return TRIALS.get(kind);
}
