/**
 * Is a result right? Small layers are checked whole; of large ones a seeded random sample is, with every corner and many
 * outputs on the border, where padding goes wrong first.
 */
import { generator } from '../test/support/random';
import { multiplyAdds, outputShape, type Convolution, type Shape } from './convolution';
import type { Expected } from './reference';

/** Multiply-adds up to which a layer is checked whole: a fraction of a second of plain loops. */
const WHOLE = 24e6;
const SAMPLES = 4096;

export interface Verdict {
  /** Whether every checked output is within its bound. */
  readonly ok: boolean;
  readonly maxError: number;
  /** The largest error as a share of its own bound; above 1 is wrong. */
  readonly ofBound: number;
  readonly checked: number;
  readonly sampled: boolean;
}

/** The outputs to check; undefined for all. */
export function outputsToCheck(conv: Convolution): Uint32Array | undefined {
  return multiplyAdds(conv) <= WHOLE ? undefined : sample(outputShape(conv), SAMPLES);
}

/** Compares a result with what was expected of it. */
export function judge(actual: ArrayLike<number>, expected: Expected, at?: Uint32Array): Verdict {
  const { values, bounds } = expected;
  let ok = at !== undefined || actual.length === values.length;
  let maxError = 0;
  let ofBound = 0;
  for (let i = 0; i < values.length; i++) {
    const error = Math.abs(actual[at?.[i] ?? i] - values[i]);
    // Not `error > bound`: NaN must not pass.
    if (!(error <= bounds[i])) ok = false;
    maxError = Math.max(maxError, error);
    ofBound = Math.max(ofBound, error === 0 ? 0 : error / bounds[i]);
  }
  return { ok, maxError, ofBound, checked: values.length, sampled: at !== undefined };
}

/** Places of outputs: the corners, then border and interior in turn. */
function sample([batch, height, width, channels]: Shape, count: number): Uint32Array {
  const random = generator(1);
  const below = (n: number): number => Math.floor(random() * n);
  const edge = (n: number): number => (random() < 0.5 ? 0 : n - 1);
  return Uint32Array.from({ length: count }, (_, i) => {
    const y = i < 64 ? (i & 1) * (height - 1) : i % 3 === 0 ? edge(height) : below(height);
    const x = i < 64 ? ((i >> 1) & 1) * (width - 1) : i % 3 === 1 ? edge(width) : below(width);
    return ((below(batch) * height + y) * width + x) * channels + below(channels);
  });
}
