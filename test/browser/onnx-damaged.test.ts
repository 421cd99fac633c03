/**
 * Damaged ONNX files on the GPU: each one gives a result or a readable error, and leaves nothing behind.
 */
import { expect, test } from 'vitest';
import { loadOnnxModel, type Model } from '../../src/index';
import { withGpu } from '../support/gpu';
import { ENGINE_WORDS } from '../support/message';
import { damagedOnnx } from '../support/onnx-damaged';

const told: Readonly<Record<string, unknown>> = import.meta.env;
const FILES = Number(told.VITE_FUZZ_FILES ?? 300);

test(`${FILES} damaged files`, { timeout: FILES * 1000 }, async () => {
  const wrong: string[] = [];
  const ends = new Map<string, number>();
  await withGpu({}, async (gpu, errors) => {
    for (let seed = 5001; seed <= 5000 + FILES; seed++) {
      const { file, how } = damagedOnnx(seed);
      let loaded: Model | undefined;
      let end = 'a result';
      try {
        loaded = await loadOnnxModel(gpu, file, { externalData: new Uint8Array(64) });
        const feeds = loaded.inputs.map(({ name, shape }) => {
          const sizes = (shape ?? []).map((n) => (n < 0 ? 1 : n));
          const size = sizes.reduce((product, n) => product * n, 1);
          return [name, gpu.tensor(new Float32Array(size <= 2 ** 16 ? size : 1).fill(0.5), size <= 2 ** 16 ? sizes : [1])] as const; // prettier-ignore
        });
        try {
          const results = await loaded.run(Object.fromEntries(feeds));
          for (const result of Object.values(results)) {
            await result.read();
            result.dispose();
          }
        } finally {
          for (const [, tensor] of feeds) tensor.dispose();
        }
      } catch (error) {
        end = loaded === undefined ? 'an error at loading' : 'an error of the run';
        const { constructor, message } = error as Error;
        const isClear = constructor === Error && /^(loadOnnxModel|model\.run|tensor\.read|gpu\.tensor): /.test(message);
        if (!isClear || ENGINE_WORDS.test(message)) wrong.push(`${seed} (${how}): ${String(error)}`);
      } finally {
        loaded?.dispose();
      }
      ends.set(end, (ends.get(end) ?? 0) + 1);
      await gpu.finished();
      const { buffersInUse } = gpu.memory();
      if (buffersInUse > 0) wrong.push(`${seed} (${how}): ${buffersInUse} buffers are left`);
      if (buffersInUse > 0) break;
    }
    expect(errors).toEqual([]);
  });
  expect(wrong).toEqual([]);
  expect(ends.get('an error at loading')).toBeGreaterThan(FILES / 4);
});
