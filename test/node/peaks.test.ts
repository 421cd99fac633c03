/** The peaks of a device, and the shares of them that rows reach. */
import { expect, test } from 'vitest';
import { columns, ofPeak, share } from '../../demo/columns';
import { boundOf, rateOf, type Peaks } from '../../demo/peaks/peaks';
import { peaksTable } from '../../demo/peaks/table';
import type { Row } from '../../demo/report';

const MIB = 2 ** 20;

/** A device with 100 GB/s of memory bandwidth, a launch time of 5 us and 1000 GFLOP/s. */
const peaks: Peaks = {
  copies: [
    { bytes: MIB, ms: 0.01 },
    { bytes: 4 * MIB, ms: 0.04 },
    { bytes: 16 * MIB, ms: 0.4 },
  ],
  gigaflops: 1000,
  halfGigaflops: 2000,
  emptyMs: 0.005,
};

test('the bound is the copy or the multiply-adds, whichever takes longer', () => {
  expect(boundOf(peaks, { bytes: 4 * MIB, multiplyAdds: 1 })).toEqual({ ms: 0.04, by: 'memory' });
  expect(boundOf(peaks, { bytes: 4 * MIB, multiplyAdds: 5e8 })).toEqual({ ms: 1, by: 'arithmetic' });
});

test('a copy between two that were measured is on the line between them', () => {
  const msOf = (mib: number): number => boundOf(peaks, { bytes: mib * MIB, multiplyAdds: 0 }).ms;
  expect(msOf(2.5)).toBeCloseTo(0.025, 12);
  expect(msOf(10)).toBeCloseTo(0.22, 12);
  // A copy smaller than the smallest measured one takes as long as that one, because its time is mostly the launch. A copy
  // larger than the largest measured one has its rate.
  expect(msOf(0.01)).toBe(0.01);
  expect(msOf(32)).toBeCloseTo(0.8, 12);
});

test("the share of the peak is by the GPU's own clock where there is one", () => {
  const bound = { ms: 0.5, by: 'memory' } as const;
  expect(ofPeak(bound, { ms: 4 })).toBe(0.125);
  expect(ofPeak(bound, { ms: 4, gpuMs: 1 })).toBe(0.5);
  expect(ofPeak(undefined, { ms: 4 })).toBeUndefined();
  expect(ofPeak(bound, undefined)).toBeUndefined();
  expect(share(0.504)).toBe('50 %');
});

test('a row shows it, and a row without peaks shows none', () => {
  const row = { layer: 'a', bytes: 1, multiplyAdds: 1, ok: true, result: { ms: 4, gpuMs: 1 } } as Row;
  const text = (of: Row): string | undefined => columns.find(({ title }) => title === 'of peak')?.text(of);
  expect(text({ ...row, bound: { ms: 0.5, by: 'memory' } })).toBe('50 %');
  expect(text(row)).toBe('–');
});

test('the table has every copy, and the quickest is marked', () => {
  const { head, rows } = peaksTable(peaks);
  expect(rateOf(peaks.copies[0])).toBeCloseTo(104.86, 2);
  expect(rows).toEqual([
    ['copy of 1 MiB, read and written, the quickest', '105 GB/s', '10.0'],
    ['copy of 4 MiB, read and written, the quickest', '105 GB/s', '40.0'],
    ['copy of 16 MiB, read and written', '41.9 GB/s', '400'],
    ['multiply-adds in float32', '1000 GFLOP/s', '–'],
    ['multiply-adds in float16', '2000 GFLOP/s', '–'],
    ['a dispatch that does nothing', '–', '5.00'],
  ]);
  expect(rows.every((row) => row.length === head.length)).toBe(true);
});
