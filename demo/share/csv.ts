/** A result as a table for spreadsheets: a line for each task and method, or library. */
import { lastOverFirst, ofPeak } from '../columns';
import type { Report } from '../report';
import { layerMarks, wholeMarks, type Mark } from '../result/marks';

type Value = string | number | undefined;

const COLUMNS: readonly (readonly [head: string, value: (mark: Mark) => Value])[] = [
  ['task', ({ task }) => task],
  ['family', ({ family }) => family],
  ['by', ({ by }) => by],
  ['ms', ({ ms }) => ms],
  ['low ms', ({ low }) => low],
  ['high ms', ({ high }) => high],
  ['last / first', ({ ends }) => lastOverFirst(ends)],
  ['GPU ms', ({ gpuMs }) => gpuMs],
  ['first ms', ({ firstMs }) => firstMs],
  ['multiply-adds', ({ work }) => work?.multiplyAdds],
  ['bytes', ({ work }) => work?.bytes],
  ['share of peak', (mark) => ofPeak(mark.bound, mark)],
  ['kernel', ({ kernel }) => kernel],
  ['tile', ({ tile }) => tile],
];

export function csvOf(report: Report): string {
  const marks = [...layerMarks(report), ...wholeMarks(report)];
  const lines = [COLUMNS.map(([head]) => head), ...marks.map((mark) => COLUMNS.map(([, value]) => value(mark)))];
  return lines.map((values) => `${values.map(cellText).join(',')}\r\n`).join('');
}

function cellText(value: Value): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return String(value);
  // A spreadsheet would compute such a cell as a formula, and a result may come from anybody.
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
