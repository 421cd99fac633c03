/**
 * Bands: rows of a convolution that are computed as problems of their own. Together they give the whole result.
 */
import { describe, expect, test } from 'vitest';
import { bandOf, bandRows, type Band } from '../../src/conv/band';
import { depthwiseProblem, type ConvProblem } from '../../src/conv/problem';
import { convReference } from '../../src/conv/reference';
import type { ConvGeometry } from '../../src/conv/window';
import { isUnpadded } from '../../src/kernels/pointwise';
import { packUniforms } from '../../src/kernels/uniforms';
import { conv2dProblems, depthwiseProblems, groupedProblems, pointwiseProblems } from '../support/problems';
import { randomValues } from '../support/random';
import { shaderOf } from '../support/shader-of';

/** A band consists of rows of one image, so every problem here has a batch of 1 and channels last. */
const problems = [...depthwiseProblems, ...conv2dProblems, ...pointwiseProblems, ...groupedProblems]
  .filter(({ problem }) => problem.dataFormat === 'NHWC')
  .map(({ name, problem }) => ({ name: `${name} (${problem.op})`, problem: { ...problem, batch: 1 } }));

function bandsOf(p: ConvProblem, rows: number, grain: number): readonly Band<ConvProblem>[] {
  return Array.from({ length: Math.ceil(p.outHeight / rows) }, (_, i) =>
    bandOf(p, i * rows, Math.min(rows, p.outHeight - i * rows), grain),
  );
}

/** Computes a band from the input rows that it asks for, and from no others. */
function compute({ problem, firstIn }: Band<ConvProblem>, x: Float32Array, filter: Float32Array): Float64Array {
  const row = problem.inWidth * problem.inChannels;
  return convReference(problem, x.subarray(firstIn * row, (firstIn + problem.inHeight) * row), filter);
}

describe('bands of any height, from any row on, are the whole', () => {
  test.for(problems)('$name', ({ problem: p }) => {
    const x = randomValues(p.inHeight * p.inWidth * p.inChannels, 1);
    const filter = randomValues(((p.filterHeight * p.filterWidth * p.inChannels) / p.groups) * p.outChannels, 2);
    const whole = convReference(p, x, filter);
    for (const rows of [1, 2, 3, 7]) {
      for (const grain of [1, 2, 4]) {
        const bands = bandsOf(p, rows, grain);
        expect(bands.every(({ firstIn }) => firstIn % grain === 0)).toBe(true);
        const parts = bands.flatMap((band) => [...compute(band, x, filter)]);
        expect(parts, `${rows} rows, grain ${grain}`).toEqual([...whole]);
      }
    }
  });
});

const sized = (height: number, filter: number, options: ConvGeometry = {}): ConvProblem =>
  depthwiseProblem('op', [2, height, 12, 4], [filter, 3, 4, 1], options);

const numbersOf = ({ firstIn, problem: { inHeight, outHeight, padTop } }: Band<ConvProblem>): number[] => [
  firstIn,
  inHeight,
  outHeight,
  padTop,
];

test('a band has the rows under its taps, and padding only where the image ends', () => {
  const p = sized(12, 3, { padding: 'same' });
  expect(bandsOf(p, 5, 1).map(numbersOf)).toEqual([
    [0, 6, 5, 1],
    [4, 7, 5, 0],
    [9, 3, 2, 0],
  ]);
  // With a grain of 2 a band starts at an even row. The last band therefore gets one row too many at its top, and its
  // negative padding skips that row.
  expect(bandsOf(p, 5, 2).map(numbersOf)).toEqual([
    [0, 6, 5, 1],
    [4, 7, 5, 0],
    [8, 4, 2, -1],
  ]);
  expect(bandOf(p, 5, 5).problem.batch).toBe(1);
});

test('a band whose taps all lie on padding still has one input row', () => {
  const above = sized(3, 2, { padding: [[6, 0], [1, 1]] }); // prettier-ignore
  expect(numbersOf(bandOf(above, 0, 2))).toEqual([0, 1, 2, 6]);
  const below = sized(3, 2, { padding: [[0, 6], [1, 1]] }); // prettier-ignore
  expect(numbersOf(bandOf(below, 6, 2))).toEqual([2, 1, 2, -4]);
});

describe('bandRows, the number of output rows in a band,', () => {
  const steps = [[1, 1], [4, 2], [1, 4]] as const; // prettier-ignore
  const geometries: readonly ConvGeometry[] = [{}, { strides: 2 }, { strides: 3, dilations: 2 }, { dilations: 4 }];

  test.for(geometries)('never needs more input rows than the limit: %o', (geometry) => {
    for (const height of [9, 20, 41]) {
      const p = sized(height, 3, { ...geometry, padding: 'same' });
      for (const [step, grain] of steps) {
        for (let most = 1; most < height; most++) {
          const rows = bandRows(p, most, step, grain);
          expect(rows % step).toBe(0);
          if (rows === 0) continue;
          const heights = bandsOf(p, rows, grain).map(({ problem }) => problem.inHeight);
          expect(Math.max(...heights), `height ${height}, at most ${most}`).toBeLessThanOrEqual(most);
        }
        expect(bandRows(p, height, step, grain)).toBe(Infinity);
      }
    }
  });

  test.for(geometries)('cannot be larger, since one more row would exceed the limit: %o', (geometry) => {
    // Without padding, every tap of the first band lies on an input row.
    const p = sized(200, 3, geometry);
    for (let most = 1; most < 99; most++) {
      const more = bandRows(p, most, 1, 1) + 1;
      expect(bandOf(p, 0, more).problem.inHeight).toBeGreaterThan(most);
    }
  });
});

test('negative padding wraps around for the shader, and counts as no padding for kernels without padding', () => {
  const wgsl = 'struct P { pad_top: u32 }\n@group(0) @binding(0) var<uniform> p: P;';
  expect([...packUniforms(shaderOf(wgsl), { pad_top: -3 })]).toEqual([2 ** 32 - 3, 0, 0, 0]);
  const [, p] = pointwiseProblems.map(({ problem }) => ({ ...problem, batch: 1 }));
  const q = { ...p, inHeight: 8, outHeight: 8 };
  expect(isUnpadded(bandOf(q, 4, 2, 4).problem)).toBe(true);
  expect(isUnpadded(bandOf(q, 5, 2, 4).problem)).toBe(false);
});
