/** The page's table for a terminal. */
import Table from 'cli-table3';

export interface TableTexts {
  readonly head: readonly string[];
  /** A row of one cell is a heading over those that follow. */
  readonly rows: readonly (readonly string[])[];
}

/** Sentences wrap at this many characters. */
const WRAP = 44;

/** Lines between the families only, columns as wide as their cells. */
export function tableText({ head, rows }: TableTexts): string {
  const numeric = head.map((_, column) => rows.filter((row) => row.length > 1).every((row) => /^[-\d.e+–]*$/.test(row[column])));
  const table = new Table({
    head: [...head],
    colAligns: numeric.map((is) => (is ? 'right' : 'left')),
    colWidths: head.map((_, column) => {
      const widest = Math.max(...[head, ...rows].map((row) => (row.length > 1 ? row[column].length : 0)));
      return widest > WRAP ? WRAP + 2 : null;
    }),
    wordWrap: true,
    style: { compact: true, head: [], border: [] },
  });
  for (const row of rows) {
    if (row.length === 1) table.push([{ content: row[0], colSpan: head.length }]);
    else table.push([...row]);
  }
  return table.toString();
}
