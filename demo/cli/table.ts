/** The page's table for a terminal. */
import Table from 'cli-table3';

export interface TableTexts {
  readonly head: readonly string[];
  /** A row of one cell is a heading over those that follow. */
  readonly rows: readonly (readonly string[])[];
}

/** Lines between the families only; a row is one line, for those who search or sort it. */
export function tableText({ head, rows }: TableTexts): string {
  const isNumeric = head.map((_, column) => rows.every((row) => row.length === 1 || /^[-\d.e+–]*$/.test(row[column])));
  const table = new Table({
    head: [...head],
    colAligns: isNumeric.map((is) => (is ? 'right' : 'left')),
    style: { compact: true, head: [], border: [] },
  });
  for (const row of rows) table.push(row.length === 1 ? [{ content: row[0], colSpan: head.length }] : [...row]);
  return table.toString();
}
