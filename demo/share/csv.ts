/** A result as a table for spreadsheets: a line for each layer and method, or library. */
import { ofPeak } from '../columns';
import type { Report } from '../report';
import { marksOf } from '../result/marks';

const HEAD = [
  'task', 'family', 'by', 'ms', 'low ms', 'high ms', 'GPU ms', 'first ms', 'multiply-adds', 'bytes', 'share of peak', 'kernel', 'tile',
]; // prettier-ignore

export function csvOf(report: Report): string {
  const layers = marksOf(report).map((mark) => [
    mark.layer, mark.family, mark.by, mark.ms, mark.low, mark.high, mark.gpuMs, mark.firstMs, mark.multiplyAdds, mark.bytes,
    ofPeak(mark.bound, mark), mark.kernel, mark.tile,
  ]); // prettier-ignore
  const whole = [
    ...report.networks.map(({ network, outcomes }) => ({ task: network, family: 'network', outcomes })),
    ...report.models.map(({ model, outcomes }) => ({ task: model, family: 'model', outcomes })),
  ].flatMap(({ task, family, outcomes }) =>
    outcomes.flatMap((outcome) =>
      'ms' in outcome
        ? [[task, family, outcome.name, outcome.ms, undefined, undefined, outcome.gpuMs, outcome.firstMs]]
        : [],
    ),
  );
  return [HEAD, ...layers, ...whole].map((cells) => cells.map(cellText).join(',')).join('\r\n') + '\r\n';
}

function cellText(value: string | number | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return String(value);
  // A spreadsheet would compute what begins so, and a result may come from anybody.
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
