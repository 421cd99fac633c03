/** What a comparison found out, as plain data, and the figures that follow from it. */
import type { Kernels } from '../kernels-of';
import type { ModelProgram } from '../models/fed-model';
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
  /** Why it is not measured at all. */
  readonly error?: string;
}

export type Family = 'depthwise' | 'pointwise' | 'grouped' | 'separable' | 'dense';

/** What several libraries made of one task. */
interface Compared {
  readonly outcomes: readonly Outcome[];
}

export interface ComparedLayer extends Compared {
  readonly layer: string;
  readonly family: Family;
  /** The family of networks that it was drawn from, if it was. */
  readonly network?: string;
}

export interface ComparedNetwork extends Compared {
  readonly network: string;
  readonly multiplyAdds: number;
}

/** A model from files, by a library of its format too, from which the others' outputs may not differ. */
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
  /** Preparing, the first run, and waiting for it. */
  readonly firstMs: number;
  /** Of one run. */
  readonly dispatches: number;
  readonly submits: number;
  /** Median milliseconds of one run in which the page can do nothing else. */
  readonly hostMs: number;
  /** The most bytes on the GPU since the library started. */
  readonly peakBytes: number;
  /** From float64 loops; of a network from ours, of a model from the library of its format, as a share of the largest output. */
  readonly maxError: number;
  /** How it is computed, where that is not one call for one layer. */
  readonly how?: string;
  /** What a model was compiled to. */
  readonly program?: ModelProgram;
  readonly kernels?: Kernels;
}

export function measured({ outcomes }: Compared, name: ContenderName): Measured | undefined {
  return outcomes.find((outcome): outcome is Measured => outcome.name === name && 'ms' in outcome);
}

/** The fastest library that is not ours. */
export function fastestPeer(compared: Compared): Measured | undefined {
  return leastPeer(compared, 'ms');
}

/** The library that is not ours whose first call is the quickest. */
export function quickestPeer(compared: Compared): Measured | undefined {
  return leastPeer(compared, 'firstMs');
}

function leastPeer({ outcomes }: Compared, figure: 'ms' | 'firstMs'): Measured | undefined {
  const peers = outcomes.filter((o): o is Measured => o.name !== 'ours' && 'ms' in o);
  return peers.reduce<Measured | undefined>(
    (best, peer) => (best === undefined || peer[figure] < best[figure] ? peer : best),
    undefined,
  );
}

/** How many times as long as ours a library takes; undefined where one of the two has no figure. */
export function ratio(compared: Compared, peer: Measured | undefined): number | undefined {
  const ours = measured(compared, 'ours');
  return ours && peer && peer.ms / ours.ms;
}

/** The quickest first call of a peer, over ours. */
export function firstCallRatio(compared: Compared): number | undefined {
  const ours = measured(compared, 'ours');
  const peer = quickestPeer(compared);
  return ours && peer && peer.firstMs / ours.firstMs;
}
