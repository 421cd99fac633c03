/**
 * Kernels that only some devices want. openGpu loads them before it returns. A gpu that nobody awaited gets them a moment
 * later.
 */
import { expect, test } from 'vitest';
import { answerOf } from '../support/answer-of';
import type { LateKernels } from '../support/late-kernels';

test('a CPU adapter gets its kernels, at once by openGpu', async () => {
  const worker = new Worker(new URL('../support/late-kernels.ts', import.meta.url), { type: 'module' });
  const { isFallback, early, later, opened } = await answerOf<LateKernels>(worker);

  expect(early).toBe('depthwise/tile');
  const wanted = isFallback ? 'depthwise/strip' : 'depthwise/tile';
  expect([later, opened]).toEqual([wanted, wanted]);
});
