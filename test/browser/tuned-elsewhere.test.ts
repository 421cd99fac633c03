/** What a page with the tuner has measured is used in an app without it. */
import { expect, test } from 'vitest';
import { exportTuning, tune } from '../../src/index';
import { answerOf } from '../support/answer-of';
import { withGpu } from '../support/gpu';
import { layerOn } from '../support/late-layer';
import { likeAGpu, type Reasons } from '../support/tuned-elsewhere';

test('a GPU uses winners that were measured beside kernels which the app has not loaded', async () => {
  const tuning = await withGpu({ device: await likeAGpu() }, async (own) => {
    await tune(own, () => layerOn(own), { store: null });
    return exportTuning(own);
  });
  const worker = new Worker(new URL('../support/tuned-elsewhere.ts', import.meta.url), { type: 'module' });
  const reasons = await answerOf<Reasons>(worker, tuning);

  expect(reasons.before).toMatch(/^default rule for nvidia/);
  expect([reasons.imported, reasons.loaded]).toEqual([
    expect.stringMatching(/^measured/),
    expect.stringMatching(/^measured/),
  ]);
});
