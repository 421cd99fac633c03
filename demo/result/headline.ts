/** A run in a handful of figures. */
import { geometricMean } from 'simple-statistics';
import { ofPeak } from '../columns';
import { measured } from '../peers/results';
import { summaries, type Summary } from '../peers/summary';
import type { Report } from '../report';

export interface Headline {
  /** Geometric mean of the share of the device's peak; undefined if the peak was not measured. */
  readonly share?: { readonly value: number; readonly layers: number };
  /** MobileNetV2 at 224, as a program. */
  readonly mobileNetV2Ms?: number;
  /** How many of our results are right, out of all that were to be computed. */
  readonly exact: { readonly right: number; readonly of: number };
  /** In a comparison: the geometric mean of the fastest library's time over ours. */
  readonly peers?: Summary;
}

export function headlineOf(report: Report): Headline {
  const { rows, peers, networks, models } = report;
  const shares = [
    // A layer with several methods counts once, by the first of them.
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
    peers: summaries(peers?.layers ?? [], () => 'all')[0],
  };
}
