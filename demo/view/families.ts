/** The rows by family, in the order they were measured, each with a colour of its own. */
import type { Row } from '../report';

export interface Family {
  readonly family: string;
  readonly rows: readonly Row[];
  /** Angle on the colour wheel of oklch. */
  readonly hue: number;
}

/** A family keeps its colour whatever the filter leaves beside it. */
const HUES: readonly (readonly [word: string, hue: number])[] = [
  ['stem', 60],
  ['pointwise', 165],
  ['grouped', 35],
  ['dilated', 310],
  ['Separable', 120],
  ['', 250],
];

export function families(rows: readonly Row[]): readonly Family[] {
  const byFamily = new Map<string, Row[]>();
  for (const row of rows) byFamily.set(row.family, [...(byFamily.get(row.family) ?? []), row]);
  return [...byFamily].map(([family, members]) => ({ family, rows: members, hue: hueOf(family) }));
}

function hueOf(family: string): number {
  return HUES.find(([word]) => family.includes(word))?.[1] ?? 0;
}
