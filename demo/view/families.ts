/** The rows by family, in the order they were measured, each with a colour of its own. */
import type { Row } from '../report';

export interface Family {
  readonly family: string;
  readonly rows: readonly Row[];
  /** Angle on the colour wheel of oklch. */
  readonly hue: number;
}

const HUES = [85, 250, 165, 320, 40];

export function families(rows: readonly Row[]): readonly Family[] {
  const byFamily = new Map<string, Row[]>();
  for (const row of rows) byFamily.set(row.family, [...(byFamily.get(row.family) ?? []), row]);
  return [...byFamily].map(([family, members], i) => ({ family, rows: members, hue: HUES[i % HUES.length] }));
}
