/** The rows by family, in the order they were measured. */
import { groupBy } from '../group-by';
import type { Row } from '../report';

export interface Family {
  readonly family: string;
  readonly rows: readonly Row[];
}

export function families(rows: readonly Row[]): readonly Family[] {
  return [...groupBy(rows, ({ family }) => family)].map(([family, members]) => ({ family, rows: members }));
}
