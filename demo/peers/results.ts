/** The results of a comparison as plain data, and the figures that follow from them. */
import type { Kernels } from '../kernels-of';
import type { ModelProgram } from '../models/fed-model';
import type { Bound, Work } from '../peaks/peaks';
import type { Ends } from '../timing';
import type { ContenderName } from './strategy';

export interface PeersReport {
  readonly loads: readonly Load[];
  readonly layers: readonly ComparedLayer[];
}

/** How a library started. */
export interface Load {
  readonly name: ContenderName;
  readonly title: string;
  /** Milliseconds until it was ready, its device opened. */
  readonly ms: number;
  /**
   * The bytes that a page fetches for it, bundled, minified and compressed by gzip: scripts, WebAssembly, and the bench's own frame.
   */
  readonly shipped?: number;
  /** The same as a host sent it, which may have compressed nothing; only in results of before there was `shipped`. */
  readonly bytes?: number;
  /** Why it is not measured at all. */
  readonly error?: string;
  /** Why the library is not available here, which is no failure. */
  readonly absent?: string;
}

export type Family = 'depthwise' | 'pointwise' | 'grouped' | 'separable' | 'dense';

/** The results of several libraries on one task. */
export interface Compared {
  readonly outcomes: readonly Outcome[];
}

export interface ComparedLayer extends Compared, Work {
  readonly layer: string;
  readonly family: Family;
  /** The family of networks that it was drawn from, if it was. */
  readonly network?: string;
  /** The least time that the task can take on this device, if that was measured. */
  readonly bound?: Bound;
}

export interface ComparedNetwork extends Compared {
  readonly network: string;
  readonly multiplyAdds: number;
}

/** A model from files. A library of its format is measured too, and the others' outputs must match those of that library. */
export interface ComparedModel extends Compared {
  readonly model: string;
}

/** One library on one task: a figure, or why there is none. */
export type Outcome = Measured | { readonly name: ContenderName; readonly unsupported: string } | Failed;

export interface Failed {
  readonly name: ContenderName;
  readonly error: string;
  /** Whether the library did not even start. */
  readonly isMissing?: boolean;
}

export interface Measured {
  readonly name: ContenderName;
  /** Median milliseconds per call. */
  readonly ms: number;
  /** Median absolute deviation, as a share of the median. */
  readonly spread: number;
  /** Median milliseconds by the GPU's own clock: its dispatches alone, some milliseconds of them in a row. */
  readonly gpuMs?: number;
  readonly gpuSpread?: number;
  readonly ends?: Ends;
  /** Preparing, the first run, and waiting for it. */
  readonly firstMs: number;
  /** Of one run. */
  readonly dispatches: number;
  readonly submits: number;
  /** Median milliseconds of one run in which the page is blocked. */
  readonly hostMs: number;
  /** The most bytes on the GPU since the library started. */
  readonly peakBytes: number;
  /**
   * Relative to float64 loops; for a network to ours, for a model to the library of its format, as a share of the largest output.
   */
  readonly maxError: number;
  /** How it is computed, if that is not one call for one layer. */
  readonly how?: string;
  /** The program that a model was compiled to. */
  readonly program?: ModelProgram;
  readonly kernels?: Kernels;
}

export function measured({ outcomes }: Compared, name: ContenderName): Measured | undefined {
  return outcomes.find((outcome): outcome is Measured => outcome.name === name && 'ms' in outcome);
}

/** Wall-clock time per call, or the time on the GPU's own clock, which not every device has. */
export type Clock = 'ms' | 'gpuMs';

/** The fastest library that is not ours. */
export function fastestPeer(compared: Compared, clock: Clock = 'ms'): Measured | undefined {
  return leastPeer(compared, clock);
}

/** The library, other than ours, whose first call is the quickest. */
export function quickestPeer(compared: Compared): Measured | undefined {
  return leastPeer(compared, 'firstMs');
}

function leastPeer({ outcomes }: Compared, figure: Clock | 'firstMs'): Measured | undefined {
  const timeOf = (peer: Measured): number => peer[figure] ?? Infinity;
  return outcomes
    .filter((outcome): outcome is Measured => outcome.name !== 'ours' && 'ms' in outcome && timeOf(outcome) < Infinity)
    .reduce<Measured | undefined>(
      (best, peer) => (best === undefined || timeOf(peer) < timeOf(best) ? peer : best),
      undefined,
    );
}

/** A library's time as a multiple of ours; undefined if either has no figure. */
export function ratio(compared: Compared, peer: Measured | undefined, clock: Clock = 'ms'): number | undefined {
  const own = measured(compared, 'ours')?.[clock];
  const other = peer?.[clock];
  return own && other && other / own;
}

/** The quickest first call of a peer, over ours. */
export function firstCallRatio(compared: Compared): number | undefined {
  const ours = measured(compared, 'ours');
  const peer = quickestPeer(compared);
  return ours && peer && peer.firstMs / ours.firstMs;
}
