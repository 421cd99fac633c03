/** The page's tables for a terminal. */
import Table from 'cli-table3';

export interface TableTexts {
  readonly head: readonly string[];
  /** A row of one cell is a heading over those that follow. */
  readonly rows: readonly (readonly string[])[];
}

/** Lines are drawn between the families only. A row is one line, for those who search or sort it. */
export function tableText({ head, rows }: TableTexts): string {
  const isNumeric = head.map((_, column) =>
    rows.every((row) => row.length === 1 || /^[-\d.e+–]*( ~)?( \*)?$|^[A-Z]+$/.test(row[column])),
  );
  const table = new Table({
    head: [...head],
    colAligns: isNumeric.map((is) => (is ? 'right' : 'left')),
    style: { compact: true, head: [], border: [] },
  });
  for (const row of rows) table.push(row.length === 1 ? [{ content: row[0], colSpan: head.length }] : [...row]);
  return table.toString();
}

/** The last column holds a few long sentences, so its cells are numbered and the sentences follow below. */
export function tableAndSentences({ head, rows: told }: TableTexts): string {
  const sentences = [...new Set(told.filter((row) => row.length > 1).map((row) => row[row.length - 1]))];
  const numbered = (row: readonly string[]): string[] => [
    ...row.slice(0, -1),
    `(${sentences.indexOf(row[row.length - 1]) + 1})`,
  ];
  const rows = told.map((row) => (row.length === 1 ? row : numbered(row)));
  return [tableText({ head, rows }), ...sentences.map((sentence, i) => `(${i + 1}) ${sentence}`)].join('\n');
}
