/** A device that gets slower while it is measured: its rounds tell, and noise is no drift. */
import { expect, test } from 'vitest';
import { columns } from '../../demo/columns';
import { EMPTY, type Report, type Row } from '../../demo/report';
import { driftVerdict, roundsDriftOf } from '../../demo/result/drift';
import { remarksOf } from '../../demo/result/remarks';
import { csvOf } from '../../demo/share/csv';
import { readReportText } from '../../demo/share/read';
import { interleaved, type Racer } from '../../demo/timing';
import { generator } from '../support/random';

/** A layer whose last rounds took `ratio` times as long as its first. */
function row(layer: string, ratio: number): Row {
  const why = { kernel: 'k', tile: 't', why: 'w' };
  const result = { ms: 2, spread: 0.01, firstMs: 9, maxError: 0, ofBound: 0, checked: 8, ends: { first: 2, last: 2 * ratio }, ...why }; // prettier-ignore
  return { layer, family: 'test', method: 'default', count: 1, multiplyAdds: 1e6, bytes: 1000, ok: true, result };
}

function reportOf(ratios: readonly number[]): Report {
  const rows = ratios.map((ratio, i) => row(`layer ${i}`, ratio));
  return { ...EMPTY, status: 'passed', rows, roundsDrift: roundsDriftOf({ ...EMPTY, rows }) };
}

test('a race keeps its first and its last third, and reads the clock of the GPU in rounds of both', async () => {
  // 100 ms a call, and one more with each call.
  let calls = 0;
  const gpuAt: number[] = [];
  const racer: Racer = {
    time: async (count) => (count === 0 ? 0 : 100 + calls++),
    gpuMs: async () => {
      gpuAt.push(calls);
      return 1;
    },
  };
  const [timing] = await interleaved([racer], { rounds: 15, slowRounds: 3 });
  // The trial counts as the first of fifteen rounds.
  expect(timing.ms).toBe(107);
  expect(timing.ends).toEqual({ first: 102, last: 112 });
  expect(gpuAt).toEqual([2, 5, 8, 11, 14]);

  const [once] = await interleaved([{ time: async (count) => (count === 0 ? 0 : 600) }], { rounds: 9, slowRounds: 1 });
  expect(once).toEqual({ ms: 600, spread: 0 });
});

test('a run whose last rounds were slower says so', () => {
  const report = reportOf([1.1, 1.12, 1.08, 1.1, 1.1]);
  expect(report.roundsDrift).toEqual({ ratio: expect.closeTo(1.1, 3), spread: expect.closeTo(0.016, 2), tasks: 5 });
  expect(driftVerdict(report.roundsDrift!)).toBe('slower');
  expect(remarksOf(report)).toEqual([
    'First against last round: the device got slower; over 5 tasks the last rounds took 1.10 times as long as the first (± 1.6 %). The device may have grown hot.',
  ]);
  expect(remarksOf(reportOf([0.8, 0.82, 0.81, 0.8]))[0]).toMatch(/the device got faster; .* 0.807 times .*\)\.$/);
});

test('noise is a tie, and so is next to nothing', () => {
  const random = generator(7);
  const noisy = reportOf(Array.from({ length: 30 }, () => 0.8 + 0.4 * random()));
  expect(driftVerdict(noisy.roundsDrift!)).toBe('tie');
  expect(remarksOf(noisy)[0]).toMatch(/^First against last round: a tie; over 30 tasks/);
  expect(driftVerdict({ ratio: 1, spread: 0, tasks: 3 })).toBe('tie');
  expect(roundsDriftOf(reportOf([1.5, 1.5]))).toBeUndefined();
});

test('in a comparison only ours counts', () => {
  const outcome = { spread: 0, firstMs: 1, dispatches: 1, submits: 1, hostMs: 1, peakBytes: 1, maxError: 0, ms: 2 };
  const layers = [1, 2, 3].map((i) => ({
    layer: `layer ${i}`,
    family: 'depthwise' as const,
    multiplyAdds: 1,
    bytes: 1,
    outcomes: [
      { ...outcome, name: 'tfjs' as const, ends: { first: 1, last: 9 } },
      { ...outcome, name: 'ours' as const, ends: { first: 2, last: 2 } },
    ],
  }));
  expect(roundsDriftOf({ ...EMPTY, peers: { loads: [], layers } })).toEqual({ ratio: 1, spread: 0, tasks: 3 });
});

test('table, CSV and JSON have it for each row', () => {
  const report = reportOf([1.25, 1.25, 1.25]);
  expect(columns.find(({ title }) => title === 'last / first')?.text(report.rows[0])).toBe('1.25');
  const [head, first] = csvOf(report)
    .split('\r\n')
    .map((line) => line.split(','));
  expect(first[head.indexOf('last / first')]).toBe('1.25');
  expect(readReportText(JSON.stringify(report))).toEqual(report);
});
