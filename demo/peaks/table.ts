/** The peak rates of a device as a table of texts. */
import { figures } from '../columns';
import type { TextTable } from '../peers/tables';
import { bandwidthOf, rateOf, type Peaks } from './peaks';

export function peaksTable({ copies, gigaflops, halfGigaflops, emptyMs }: Peaks): TextTable {
  const best = bandwidthOf({ copies });
  return {
    title:
      'What the device gives at most, in this run: of peak is the larger of a copy and the multiply-adds, over the time',
    head: ['what', 'rate', 'µs'],
    rows: [
      ...copies.map((copy) => [
        `copy of ${sizeText(copy.bytes)}, read and written${rateOf(copy) === best ? ', the quickest' : ''}`,
        `${figures(rateOf(copy))} GB/s`,
        figures(copy.ms * 1000) ?? '',
      ]),
      ['multiply-adds in float32', `${figures(gigaflops)} GFLOP/s`, '–'],
      ...(halfGigaflops === undefined ? [] : [['multiply-adds in float16', `${figures(halfGigaflops)} GFLOP/s`, '–']]),
      ['a dispatch that does nothing', '–', figures(emptyMs * 1000) ?? ''],
    ],
  };
}

function sizeText(bytes: number): string {
  return bytes >= 2 ** 20 ? `${bytes / 2 ** 20} MiB` : `${bytes / 2 ** 10} KiB`;
}
