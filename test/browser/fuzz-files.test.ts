/**
 * Damaged model files: a few of them here, as many as you like with `npm run fuzz -- --files 5000`. Each file must give a
 * result or a readable error that names the function, within a time limit, and must leave nothing on the GPU.
 */
import { expect, test } from 'vitest';
import { loadGraphModel, type Gpu, type Model } from '../../src/index';
import { damagedFile } from '../fuzz/damaged-files';
import { withGpu } from '../support/gpu';
import { ENGINE_WORDS } from '../support/message';

const told: Readonly<Record<string, unknown>> = import.meta.env;
const FILES = Number(told.VITE_FUZZ_FILES ?? 60);
const SEED = Number(told.VITE_FUZZ_SEED ?? 5);

/** The time limit of one file. A machine that is not loaded needs a second or two at most. */
const SECONDS = 30;

/** The number of files per device. */
const PER_DEVICE = 50;

/** Loads and runs a damaged file, and returns what is wrong, if anything. */
async function endOf(gpu: Gpu, seed: number, ends: Map<string, number>): Promise<string | undefined> {
  const { model, weights, how } = damagedFile(seed);
  const begin = performance.now();
  let loaded: Model | undefined;
  let end = 'a result';
  let wrong: string | undefined;
  try {
    loaded = await loadGraphModel(gpu, { model, weights });
    const feeds = loaded.inputs.map(({ name, shape }) => {
      const size = shape?.reduce((product, n) => product * (n < 0 ? 1 : n), 1) ?? 1;
      return [name, new Float32Array(size <= 2 ** 20 ? size : 1).fill(0.5)] as const;
    });
    const results = await loaded.run(Object.fromEntries(feeds));
    for (const result of Object.values(results)) {
      await result.read();
      result.dispose();
    }
  } catch (error) {
    end = loaded === undefined ? 'an error at loading' : 'an error of the run';
    const message = String((error as Error).message);
    const isClear =
      (error as Error).constructor === Error && /^(loadGraphModel|model\.run|tensor\.read): /.test(message);
    if (!isClear || ENGINE_WORDS.test(message)) wrong = String(error);
  } finally {
    loaded?.dispose();
  }
  const seconds = (performance.now() - begin) / 1000;
  if (seconds > SECONDS) wrong = `it took ${seconds.toFixed(1)} s; the most is ${SECONDS}`;
  // A program may be freed asynchronously, so this waits for it.
  await gpu.finished();
  const { buffersInUse } = gpu.memory();
  if (buffersInUse > 0) wrong ??= `${buffersInUse} buffers are left`;
  ends.set(end, (ends.get(end) ?? 0) + 1);
  return wrong && `file ${seed} (${how}): ${wrong}; again: npm run fuzz -- --files 1 --seed ${seed}`;
}

test(
  'a damaged file gives a result, or an error in words, in time, and leaves nothing behind',
  async () => {
    const ends = new Map<string, number>();
    const wrong: string[] = [];
    let slowest = 0;
    for (let first = 0; first < FILES; first += PER_DEVICE) {
      await withGpu({}, async (gpu, errors) => {
        let uncaptured = '';
        gpu.device.addEventListener('uncapturederror', ({ error }) => (uncaptured = error.message));
        for (let seed = SEED + first; seed < SEED + Math.min(first + PER_DEVICE, FILES); seed++) {
          const begin = performance.now();
          const failure = await endOf(gpu, seed, ends);
          slowest = Math.max(slowest, performance.now() - begin);
          if (failure !== undefined) wrong.push(failure);
          if (uncaptured !== '' || errors.length > 0) {
            wrong.push(`file ${seed}: the device says ${[uncaptured, ...errors].join('; ')}`);
            break;
          }
        }
      });
    }
    console.log(`${FILES} files from ${SEED}: ${[...ends].map(([end, count]) => `${count} ${end}`).join(', ')}; the slowest ${slowest.toFixed(0)} ms`); // prettier-ignore
    expect(wrong).toEqual([]);
    // Otherwise the damage is so great that no file ever runs.
    expect(ends.get('a result') ?? 0).toBeGreaterThanOrEqual(FILES < 60 ? 0 : FILES / 20);
  },
  FILES > 60 ? 2 ** 31 - 1 : 180_000,
);
