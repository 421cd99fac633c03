/** A comparison in a few lines: per family of layers, and over all. */
import { geometricMean } from 'simple-statistics';
import { fastestPeer, measured, ratio, type ComparedLayer, type Family } from './results';
import { CONTENDERS, type ContenderName } from './strategy';

export interface Summary {
  readonly family: Family | 'all';
  /** Layers with a figure of ours and of a peer. */
  readonly layers: number;
  /** Layers on which ours is faster than every peer, and the others. */
  readonly wins: number;
  readonly losses: number;
  /** Geometric mean of the fastest peer's time over ours. */
  readonly fastest: number;
  /** The same for the first call: compiling and running. */
  readonly firstCall: number;
  /** Geometric mean for each peer, over the layers that it can do. */
  readonly peers: Readonly<Partial<Record<ContenderName, number>>>;
}

export const PEERS: readonly ContenderName[] = CONTENDERS.filter((name) => name !== 'ours');

export function summaries(layers: readonly ComparedLayer[]): readonly Summary[] {
  const comparable = layers.filter((layer) => measured(layer, 'ours') && fastestPeer(layer));
  const families = [...new Set(comparable.map(({ family }) => family))];
  const each = families.map((family) =>
    summary(
      family,
      comparable.filter((layer) => layer.family === family),
    ),
  );
  return families.length > 1 ? [...each, summary('all', comparable)] : each;
}

function summary(family: Summary['family'], layers: readonly ComparedLayer[]): Summary {
  const ratios = layers.flatMap((layer) => ratio(layer, fastestPeer(layer)) ?? []);
  const wins = ratios.filter((r) => r > 1).length;
  const peers = PEERS.flatMap((name) => {
    const known = layers.flatMap((layer) => ratio(layer, measured(layer, name)) ?? []);
    return known.length > 0 ? [[name, geometricMean(known)] as const] : [];
  });
  return {
    family,
    layers: layers.length,
    wins,
    losses: layers.length - wins,
    fastest: geometricMean(ratios),
    firstCall: geometricMean(layers.flatMap((layer) => firstCallRatio(layer) ?? [])),
    peers: Object.fromEntries(peers),
  };
}

/** The quickest first call of a peer, over ours. */
function firstCallRatio(layer: ComparedLayer): number | undefined {
  const ours = measured(layer, 'ours');
  const others = PEERS.flatMap((name) => measured(layer, name)?.firstMs ?? []);
  return ours && others.length > 0 ? Math.min(...others) / ours.firstMs : undefined;
}
