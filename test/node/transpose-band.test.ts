/**
 * Bands of transposed convolutions: rows that are computed as problems of their own. Together they give the whole result.
 */
import { describe, expect, test } from 'vitest';
import type { Band } from '../../src/conv/band';
import { transposeBandOf, transposeBandRows } from '../../src/conv/transpose-band';
import { transposeProblem, type TransposeGeometry, type TransposeProblem } from '../../src/conv/transpose-problem';
import { transposeReference } from '../../src/conv/transpose-reference';
import { randomValues } from '../support/random';
import { transposeProblems } from '../support/transpose-problems';

/**
 * A band consists of rows of one image, so every problem here has a batch of 1 and channels last. Very high images would take
 * too long.
 */
const problems = transposeProblems
  .filter(({ problem: { dataFormat, outHeight } }) => dataFormat === 'NHWC' && outHeight < 1000)
  .map(({ name, problem }) => ({ name, problem: { ...problem, batch: 1 } }));

function bandsOf(p: TransposeProblem, rows: number, grain: number): readonly Band<TransposeProblem>[] {
  return Array.from({ length: Math.ceil(p.outHeight / rows) }, (_, i) =>
    transposeBandOf(p, i * rows, Math.min(rows, p.outHeight - i * rows), grain),
  );
}

/** Computes a band from the input rows that it asks for, and from no others. */
function compute(
  { problem, firstIn }: Band<TransposeProblem>,
  x: Float32Array,
  filter: Float32Array,
): readonly number[] {
  const row = problem.inWidth * problem.inChannels;
  return [...transposeReference(problem, x.subarray(firstIn * row, (firstIn + problem.inHeight) * row), filter)];
}

describe('bands of any height, from any row on, are the whole', () => {
  test.for(problems)('$name', ({ problem: p }) => {
    const x = randomValues(p.inHeight * p.inWidth * p.inChannels, 1);
    const filter = randomValues(p.filterHeight * p.filterWidth * (p.outChannels / p.groups) * p.inChannels, 2);
    const whole = [...transposeReference(p, x, filter)];
    for (const rows of [1, 2, 3, 7]) {
      for (const grain of [1, 2, 4]) {
        const bands = bandsOf(p, rows, grain);
        expect(bands.every(({ firstIn }) => firstIn % grain === 0)).toBe(true);
        // The shaders rely on padding at the top that is not negative, and a binding must not be empty.
        expect(bands.every(({ problem }) => problem.padTop >= 0 && problem.inHeight >= 1)).toBe(true);
        expect(
          bands.flatMap((band) => compute(band, x, filter)),
          `${rows} rows, grain ${grain}`,
        ).toEqual(whole);
      }
    }
  });
});

const sized = (height: number, filter: number, options: TransposeGeometry = {}): TransposeProblem =>
  transposeProblem('op', [2, height, 12, 4], [filter, 3, 4, 4], options);

const numbersOf = ({ firstIn, problem: { inHeight, outHeight, padTop } }: Band<TransposeProblem>): number[] => [
  firstIn,
  inHeight,
  outHeight,
  padTop,
];

test('a band has the input rows that reach it, and its padding keeps their place in the whole image', () => {
  const p = sized(12, 3, { strides: 2, padding: 'same' });
  expect(bandsOf(p, 10, 1).map(numbersOf)).toEqual([
    [0, 5, 10, 0],
    [4, 6, 10, 2],
    [9, 3, 4, 2],
  ]);
  expect(bandsOf(p, 10, 4).map(numbersOf)).toEqual([
    [0, 5, 10, 0],
    [4, 6, 10, 2],
    [8, 4, 4, 4],
  ]);
  expect(transposeBandOf(p, 10, 10).problem.batch).toBe(1);
});

test('a band that no input reaches still has one input row', () => {
  const p = sized(3, 1, { strides: [4, 1] });
  expect(numbersOf(transposeBandOf(p, 9, 3))).toEqual([2, 1, 3, 1]);
  expect(numbersOf(transposeBandOf(p, 5, 2))).toEqual([1, 1, 2, 1]);
  const end = sized(3, 2, { strides: [2, 1], padding: 'valid', outputShape: [7, 14] });
  expect(numbersOf(transposeBandOf(end, 6, 1))).toEqual([2, 1, 1, 2]);
});

describe('transposeBandRows, the number of output rows in a band,', () => {
  const steps = [[1, 1], [4, 2], [3, 4]] as const; // prettier-ignore
  const geometries: readonly TransposeGeometry[] = [
    {},
    { strides: 2 },
    { strides: 3, dilations: 2 },
    { dilations: 4 },
    { strides: 5 },
  ];

  test.for(geometries)('never needs more input rows than the limit: %o', (geometry) => {
    for (const height of [9, 20]) {
      for (const padding of ['same', 'valid'] as const) {
        const p = sized(height, 3, { ...geometry, padding });
        for (const [step, grain] of steps) {
          for (let most = 1; most < height; most++) {
            const rows = transposeBandRows(p, most, step, grain);
            expect(rows % step).toBe(0);
            if (rows === 0) continue;
            const heights = bandsOf(p, rows, grain).map(({ problem }) => problem.inHeight);
            expect(Math.max(...heights), `height ${height}, at most ${most}`).toBeLessThanOrEqual(most);
          }
          expect(transposeBandRows(p, height, step, grain)).toBe(Infinity);
        }
      }
    }
  });

  test.for(geometries)('cannot be larger, since one more row would exceed the limit: %o', (geometry) => {
    const p = sized(200, 3, geometry);
    for (let most = 1; most < 60; most++) {
      const more = transposeBandRows(p, most, 1, 1) + 1;
      // The number of input rows depends on the first output row. At least one of five consecutive first rows needs the most.
      const heights = Array.from({ length: 5 }, (_, i) => transposeBandOf(p, 50 + i, more).problem.inHeight);
      expect(Math.max(...heights)).toBeGreaterThan(most);
    }
  });
});
