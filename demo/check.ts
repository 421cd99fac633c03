/** Is a result right? Every output of every layer is compared, not a sample: padding goes wrong in corners. */
import type { Expected } from './reference';

export interface Verdict {
  /** Whether every output is within its bound. */
  readonly ok: boolean;
  readonly maxError: number;
  /** The largest error as a share of its own bound; above 1 is wrong. */
  readonly ofBound: number;
  /** Outputs compared. */
  readonly checked: number;
}

/** Compares a result with what was expected of it. */
export function judge(actual: ArrayLike<number>, { values, bounds }: Expected): Verdict {
  let ok = actual.length === values.length;
  let maxError = 0;
  let ofBound = 0;
  for (let i = 0; i < values.length; i++) {
    const error = Math.abs(actual[i] - values[i]);
    // Not `error > bounds[i]`: NaN must not pass.
    if (!(error <= bounds[i])) ok = false;
    maxError = Math.max(maxError, error);
    ofBound = Math.max(ofBound, error === 0 ? 0 : error / bounds[i]);
  }
  return { ok, maxError, ofBound, checked: values.length };
}
