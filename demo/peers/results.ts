/** What a comparison found out, as plain data, and the figures that follow from it. */
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

export interface ComparedLayer {
  readonly layer: string;
  readonly family: Family;
  readonly outcomes: readonly Outcome[];
}

/** One library on one layer: a figure, or why there is none. */
export type Outcome = Measured | { readonly name: ContenderName; readonly unsupported: string } | Failed;

export interface Failed {
  readonly name: ContenderName;
  readonly error: string;
}

export interface Measured {
  readonly name: ContenderName;
  /** Median milliseconds per call. */
  readonly ms: number;
  /** Median absolute deviation, as a share of the median. */
  readonly spread: number;
  /** Preparing, the first run, and waiting for it. */
  readonly firstMs: number;
  readonly dispatches: number;
  readonly maxError: number;
  /** How the layer is computed, where that is not one call for one layer. */
  readonly how?: string;
}

export function measured({ outcomes }: ComparedLayer, name: ContenderName): Measured | undefined {
  return outcomes.find((outcome): outcome is Measured => outcome.name === name && 'ms' in outcome);
}

/** The fastest library that is not ours. */
export function fastestPeer({ outcomes }: ComparedLayer): Measured | undefined {
  return outcomes
    .filter((outcome): outcome is Measured => outcome.name !== 'ours' && 'ms' in outcome)
    .reduce<Measured | undefined>((best, peer) => (best === undefined || peer.ms < best.ms ? peer : best), undefined);
}

/** How many times as long as ours a library takes; undefined where one of the two has no figure. */
export function ratio(layer: ComparedLayer, peer: Measured | undefined): number | undefined {
  const ours = measured(layer, 'ours');
  return ours && peer && peer.ms / ours.ms;
}
