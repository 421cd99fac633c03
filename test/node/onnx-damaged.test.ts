/** Damaged ONNX files: each one makes a graph or gives a readable error, within a time limit. */
import { expect, test } from 'vitest';
import { graphOfOnnx } from '../../src/load/onnx/load-onnx-model';
import { leastMs } from '../support/least-ms';
import { ENGINE_WORDS } from '../support/message';
import { damagedOnnx } from '../support/onnx-damaged';

/** A free core needs a second at most. The limit is twice that, because other tests share the machine. */
const SLOW_MS = 2000;

test('3,000 damaged files', { timeout: 60_000 }, async () => {
  const wrong: string[] = [];
  let refused = 0;
  let slowest = 0;
  for (let seed = 1; seed <= 3000; seed++) {
    const { file, how } = damagedOnnx(seed);
    let refusal: unknown;
    const load = async (): Promise<unknown> =>
      graphOfOnnx('load', file, async () => new Uint8Array(64)).catch((error: unknown) => (refusal = error));
    slowest = Math.max(slowest, await leastMs(load, SLOW_MS));
    if (refusal === undefined) continue;
    const { constructor, message } = refusal as Error;
    refused++;
    if (constructor !== Error || !message.startsWith('load: ') || ENGINE_WORDS.test(message)) wrong.push(`${seed} (${how}): ${message}`); // prettier-ignore
  }
  expect(wrong).toEqual([]);
  expect(refused).toBeGreaterThan(1500);
  expect(slowest).toBeLessThan(SLOW_MS);
});
