/** A run in a handful of figures. */
import { geometricMean } from 'simple-statistics';
import { ofPeak } from '../columns';
import { fastestPeer, measured, ratio } from '../peers/results';
import type { Report } from '../report';
import { verdictOf } from './interval';

export interface Headline {
  /** Geometric mean of the share of what this device gives at most; undefined where that was not measured. */
  readonly share?: { readonly value: number; readonly layers: number };
  /** MobileNetV2 at 224, as a program. */
  readonly mobileNetV2Ms?: number;
  /** Of all that ours was to compute, how much is right. */
  readonly exact: { readonly right: number; readonly of: number };
  /** Beside other libraries: the geometric mean of the fastest one's time over ours. */
  readonly peers?: Standing;
}

interface Standing {
  readonly ratio: number;
  readonly faster: number;
  readonly ties: number;
  readonly slower: number;
}

export function headlineOf(report: Report): Headline {
  const { rows, peers, networks, models } = report;
  const shares = [
    // Of several methods the first is meant for the layer, the others are there to be compared.
    ...rows.filter(({ layer }, i) => rows[i - 1]?.layer !== layer).map(({ bound, result }) => ofPeak(bound, result)),
    ...(peers?.layers.map((layer) => ofPeak(layer.bound, measured(layer, 'ours'))) ?? []),
  ].filter((share) => share !== undefined);
  const compared = [...(peers?.layers ?? []), ...networks, ...models];
  const mobileNetV2 = networks.find(({ network }) => network === 'mobileNetV2');
  return {
    share: shares.length > 0 ? { value: geometricMean(shares), layers: shares.length } : undefined,
    mobileNetV2Ms: mobileNetV2 && measured(mobileNetV2, 'ours')?.ms,
    exact: {
      right: rows.filter(({ ok }) => ok).length + compared.filter((it) => measured(it, 'ours') !== undefined).length,
      of: rows.length + compared.length,
    },
    peers: standingOf(report),
  };
}

function standingOf({ peers }: Report): Standing | undefined {
  const pairs = (peers?.layers ?? []).flatMap((layer) => {
    const [ours, peer] = [measured(layer, 'ours'), fastestPeer(layer)];
    return ours && peer ? [{ ratio: ratio(layer, peer)!, verdict: verdictOf(ours, peer) }] : [];
  });
  if (pairs.length === 0) return undefined;
  const count = (wanted: string): number => pairs.filter(({ verdict }) => verdict === wanted).length;
  return {
    ratio: geometricMean(pairs.map((pair) => pair.ratio)),
    faster: count('faster'),
    ties: count('tie'),
    slower: count('slower'),
  };
}
