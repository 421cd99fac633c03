/** The rows as a table for a terminal. */
import Table from 'cli-table3';
import type { Measures, Row } from './work';

const NUMBERS: readonly (readonly [title: string, text: (measures: Measures) => string])[] = [
  ['VGPR', ({ vectorRegisters, scratchBytes }) => `${vectorRegisters}${scratchBytes > 0 ? ' spills' : ''}`],
  ['waves', ({ wavesPerSimd }) => String(wavesPerSimd)],
  ['FMA %', ({ fmaShare }) => (fmaShare * 100).toFixed(0)],
  ['words/out', ({ wordsPerOutput }) => wordsPerOutput.toFixed(1)],
  ['warm us', ({ warm }) => warm.toFixed(2)],
  ['limit', ({ warmLimit }) => warmLimit],
  ['cold us', ({ cold }) => cold.toFixed(2)],
  ['limit', ({ coldLimit }) => coldLimit],
  ['floor us', ({ floor }) => floor.toFixed(2)],
  ['cold/floor', ({ ratio }) => ratio.toFixed(2)],
];

const WORDS = ['layer', 'kernel', 'tile'];

/** Adds a heading for each family of layers; `*` marks the default tile if there are others. */
export function tableText(rows: readonly Row[]): string {
  const marksDefault = rows.some(({ isDefault }) => !isDefault);
  const table = new Table({
    head: [...WORDS, ...NUMBERS.map(([title]) => title)],
    colAligns: [...WORDS.map(() => 'left' as const), ...NUMBERS.map(() => 'right' as const)],
    style: { compact: true, head: [], border: [] },
  });
  let family: string | undefined;
  for (const row of rows) {
    if (row.family !== family) table.push([{ content: row.family, colSpan: WORDS.length + NUMBERS.length }]);
    family = row.family;
    const words = [row.layer, row.kernel, `${row.tile}${marksDefault && row.isDefault ? ' *' : ''}`];
    if (row.measures === undefined) table.push([...words, { content: row.error ?? '', colSpan: NUMBERS.length }]);
    else table.push([...words, ...NUMBERS.map(([, text]) => text(row.measures as Measures))]);
  }
  return table.toString();
}
