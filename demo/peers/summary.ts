/** A comparison in a few lines: per family of layers, and over all. */
import { geometricMean } from 'simple-statistics';
import type { Verdict } from '../result/interval';
import { standingOf } from './ratio-text';
import { fastestPeer, firstCallRatio, measured, ratio, type ComparedLayer } from './results';
import { CONTENDERS, type ContenderName } from './strategy';

export interface Summary {
  readonly family: string;
  /** Layers with a figure of ours and of a peer. */
  readonly layers: number;
  /** Layers on which ours is faster than every peer, layers that are ties, and the others. */
  readonly wins: number;
  readonly ties: number;
  readonly losses: number;
  /** Geometric mean of the fastest peer's time over ours. */
  readonly fastest: number;
  /** The same for the first call, compiling and running, of the peer whose first call is the quickest. */
  readonly firstCall: number;
  /** Layers whose first call is as quick as that. */
  readonly quick: number;
  /** Geometric mean for each peer, over the layers that it can compute. */
  readonly peers: Readonly<Partial<Record<ContenderName, number>>>;
}

export const PEERS: readonly ContenderName[] = CONTENDERS.filter((name) => name !== 'ours');

/** @param familyOf the key that groups the layers; default the computed op */
export function summaries(
  layers: readonly ComparedLayer[],
  familyOf: (layer: ComparedLayer) => string = ({ family }) => family,
): readonly Summary[] {
  const comparable = layers.filter((layer) => measured(layer, 'ours') && fastestPeer(layer));
  const families = [...new Set(comparable.map(familyOf))];
  const each = families.map((family) =>
    summary(
      family,
      comparable.filter((layer) => familyOf(layer) === family),
    ),
  );
  return families.length > 1 ? [...each, summary('all', comparable)] : each;
}

function summary(family: string, layers: readonly ComparedLayer[]): Summary {
  const ratios = layers.flatMap((layer) => ratio(layer, fastestPeer(layer)) ?? []);
  const firstCalls = layers.flatMap((layer) => firstCallRatio(layer) ?? []);
  const standings = layers.map((layer) => standingOf(layer, fastestPeer(layer)));
  const count = (wanted: Verdict): number => standings.filter((standing) => standing === wanted).length;
  const peers = PEERS.flatMap((name) => {
    const known = layers.flatMap((layer) => ratio(layer, measured(layer, name)) ?? []);
    return known.length > 0 ? [[name, geometricMean(known)] as const] : [];
  });
  return {
    family,
    layers: layers.length,
    wins: count('slower'),
    ties: count('tie'),
    losses: count('faster'),
    fastest: geometricMean(ratios),
    firstCall: geometricMean(firstCalls),
    quick: firstCalls.filter((r) => r >= 1).length,
    peers: Object.fromEntries(peers),
  };
}
