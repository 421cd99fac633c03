/**
 * The results that the benchmark page keeps, shares and compares. Results from elsewhere are checked, and differences within
 * the noise give no verdict.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EMPTY, type Report } from '../../demo/report';
import { headlineOf } from '../../demo/result/headline';
import { intervalOf, verdictOf } from '../../demo/result/interval';
import { addressWith, resultOf } from '../../demo/share/address';
import { compareReports, overallOf } from '../../demo/share/compare';
import { csvOf } from '../../demo/share/csv';
import { readReportText } from '../../demo/share/read';
import { row } from '../support/report-row';

const report: Report = { ...EMPTY, status: 'passed', rows: [row('a', 1, 0.05), row('b', 2, 0.6)] };

describe('a verdict', () => {
  test('is given only where the intervals do not meet', () => {
    expect(intervalOf({ ms: 10, spread: 0.05 })).toEqual([9, 11]);
    expect(verdictOf({ ms: 1, spread: 0.05 }, { ms: 2, spread: 0.05 })).toBe('faster');
    expect(verdictOf({ ms: 2, spread: 0.05 }, { ms: 1, spread: 0.05 })).toBe('slower');
    // The first result is so noisy that even 0.42 ms is no clear difference.
    expect(verdictOf({ ms: 1, spread: 0.6 }, { ms: 0.42, spread: 0.1 })).toBe('tie');
  });
});

test('the headline has the share of the peak, and how much is right', () => {
  const wrong = { ...row('c', 1, 0), ok: false, result: undefined };
  const { share, exact } = headlineOf({ ...report, rows: [...report.rows, wrong] });
  expect(share?.value).toBeCloseTo(0.25);
  expect(share?.layers).toBe(2);
  expect(exact).toEqual({ right: 2, of: 3 });
});

describe('an address', () => {
  test('carries a result there and back', async () => {
    const address = await addressWith('https://example.com/some/path/?quick', report);
    expect(address).toMatch(/^https:\/\/example\.com\/some\/path\/#result=[\w-]+$/);
    expect(await resultOf(new URL(address).hash)).toEqual(report);
    expect(await resultOf('#elsewhere')).toBeUndefined();
  });

  test('that is damaged, cut off or foreign is refused with what is wrong', async () => {
    const { hash } = new URL(await addressWith('https://example.com/', report));
    await expect(resultOf(hash.slice(0, -40))).rejects.toThrow('it is damaged, or was cut off');
    await expect(resultOf('#result=%%%')).rejects.toThrow('it is damaged, or was cut off');
    const foreign = await addressWith('https://example.com/', { hello: 1 } as unknown as Report);
    await expect(resultOf(new URL(foreign).hash)).rejects.toThrow('it is no result of this benchmark');
  });

  test('that would be too long is not made', async () => {
    const rows = Array.from({ length: 4000 }, (_, i) => row(`layer ${Math.sin(i)}`, 1 + Math.random(), Math.random()));
    await expect(addressWith('https://example.com/', { ...report, rows })).rejects.toThrow(
      /this result makes an address of \d+ letters, .* save it as a file instead/,
    );
  });
});

describe('a file', () => {
  const withOutcome = (outcome: unknown): object => ({ models: [{ model: 'm', outcomes: [outcome] }] });

  test.for([
    ['{"format"', 'it is no JSON, or was cut off'],
    ['[]', 'it is no result of this benchmark: it says no "format": "depthwise-bench"'],
    ['{"format":"depthwise-bench","version":7}', 'it is of version 7, and this page reads version 1'],
    [
      JSON.stringify({ ...report, rows: [{ ...report.rows[0], result: { ...report.rows[0].result, ms: 'fast' } }] }),
      'it is damaged: rows[0].result.ms is "fast", where a number belongs; save or share it again from where it was measured',
    ],
  ])('%s is refused', ([text, message]) => {
    expect(() => readReportText(text)).toThrow(message);
  });

  /** What a schema library would say in its own words, in ours: the place, what is there, and what belongs there. */
  test.for([
    [{ rows: undefined }, 'rows is missing'],
    [{ rows: 'none' }, 'rows is "none", where a list belongs'],
    [{ rows: [7] }, 'rows[0] is 7, where an object belongs'],
    [{ rows: [{ ...report.rows[0], bytes: -1 }] }, 'rows[0].bytes is -1, where a number of at least 0 belongs'],
    [{ rows: [{ ...report.rows[0], ok: 'yes' }] }, 'rows[0].ok is "yes", where true or false belongs'],
    [{ status: 'odd' }, 'status is "odd", where one of "idle", "running", "passed", "failed", "stopped" belongs'],
    [{ errors: { text: 'e' } }, 'errors is an object, where a list belongs'],
    [{ note: [] }, 'note is an empty list, where a text belongs'],
    [{ note: 'a'.repeat(3000) }, `note is "${'a'.repeat(39)} ..., where a text of at most 2000 letters belongs`],
    [{ drift: { layer: 'a', first: { ms: 0, spread: 0 } } }, 'drift.first.ms is 0, where a number above 0 belongs'],
    [{ roundsDrift: { ratio: 1, spread: -1, tasks: 3 } }, 'roundsDrift.spread is -1, where a number of at least 0'],
    [{ peaks: { copies: [], gigaflops: 1, emptyMs: 0 } }, 'peaks.copies is an empty list, where a longer list belongs'],
    [
      withOutcome({ name: 'tensorflow', error: 'e' }),
      'models[0].outcomes[0].name is "tensorflow", where one of "ours"',
    ],
    [withOutcome({ name: 'ours', unsupported: 1 }), 'models[0].outcomes[0].unsupported is 1, where a text belongs'],
    [withOutcome({ name: 'ours', ms: 1 }), 'models[0].outcomes[0].spread is missing'],
    [withOutcome(null), 'models[0].outcomes[0] is null, where an object belongs'],
  ])('damaged by %j says where, what is there, and what belongs there', ([change, message]) => {
    expect(() => readReportText(JSON.stringify({ ...report, ...(change as object) }))).toThrow(
      `it is damaged: ${message as string}`,
    );
  });

  test('may have fields that this version does not know', () => {
    expect(readReportText(JSON.stringify({ ...report, weather: 'mild' }))).toEqual(report);
  });
});

test('a spreadsheet gets a line for each layer, and computes nothing of what it reads', () => {
  const [head, first] = csvOf({ ...report, rows: [{ ...report.rows[0], layer: '=1+1' }] }).split('\r\n');
  expect(head).toMatch(/^task,family,by,ms,/);
  expect(first).toBe(`'=1+1,test,,1,0.9,1.1,,,5,1000000,1000,0.25,depthwise/tile,"width 4, height 2"`);
});

test('two results are compared task by task, and over all tasks that both have', () => {
  const other: Report = { ...report, rows: [row('a', 2, 0.05), row('b', 3, 0.6), row('c', 1, 0)] };
  const tasks = compareReports([report, other]);
  expect(tasks.map(({ task, cells }) => [task, cells[1]?.ratio, cells[1]?.verdict])).toEqual([
    ['a', 2, 'slower'],
    ['b', 1.5, 'tie'],
  ]);
  expect(overallOf(tasks, 1)).toEqual({
    tasks: 2,
    ratio: expect.closeTo(Math.sqrt(3), 9),
    counts: { faster: 0, tie: 1, slower: 1 },
  });
});

describe('the results that are contributed', () => {
  const folder = join(import.meta.dirname, '../../results');
  test.for(readdirSync(folder).filter((file) => file.endsWith('.json')))('%s is of the format, and right', (file) => {
    const { status, environment, errors } = readReportText(readFileSync(join(folder, file), 'utf8'));
    expect([status, errors]).toEqual(['passed', []]);
    expect(environment?.adapter).not.toBe('not named by the browser');
  });
});
