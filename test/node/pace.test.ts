/** The time that the benchmark page predicts for a run, before it starts and while it runs. */
import { expect, test } from 'vitest';
import type { NamedModel } from '../../demo/models/models';
import { createPace } from '../../demo/page/pace';
import { secondsOf } from '../../demo/start/estimate';
import { PRESETS } from '../../demo/start/presets';

const modelOf = (format: NamedModel['format'], megaMultiplyAdds: number, nodes: number): NamedModel => ({
  name: 'm',
  format,
  megaMultiplyAdds,
  nodes,
  fed: () => Promise.reject(new Error('nobody fetches it')),
});

const sum = (seconds: readonly number[]): number => seconds.reduce((a, b) => a + b, 0);

test('a slower device takes longer, and every preset has something to measure', () => {
  const models = [modelOf('graph', 100, 50)];
  for (const preset of PRESETS) {
    const times = [10, 1000].map((gpuGigaflops) =>
      sum(secondsOf(preset, { gpuGigaflops, loopGigaflops: 1, compileMs: 30 }, () => models)),
    );
    expect(times[1], preset.name).toBeGreaterThan(1);
    expect(times[0], preset.name).toBeGreaterThan(times[1]);
  }
  expect(() =>
    secondsOf({ ...PRESETS[0], filter: '(' }, { gpuGigaflops: 1, loopGigaflops: 1, compileMs: 30 }, () => []),
  ).toThrow('is no regular expression');
});

test('the parts follow the run: libraries open first, the first layer comes once more, and slow calls have fewer rounds', () => {
  const rates = { gpuGigaflops: 1000, loopGigaflops: 1, compileMs: 30 };
  const parts = (filter: string, peers: boolean, gpuGigaflops = 1000): readonly number[] =>
    secondsOf({ filter, quick: false, peers }, { ...rates, gpuGigaflops }, () => []);
  const [alone] = parts('dw13', false);
  expect(parts('dw1[23]', false)).toEqual([expect.any(Number), alone, expect.any(Number)]);
  expect(parts('dw1[23]', false)[2]).toBeGreaterThan(parts('dw13', false)[1]);
  const [first, second, last] = parts('dw1[23]', true);
  expect(first).toBeGreaterThan(second + 10);
  expect(last).toBeLessThan(alone + 1);
  // Five calls of 1.5 s each, not seven rounds and three trials of them.
  const [slow] = parts('network resNeXt50', false, 14);
  expect(slow).toBeLessThan(2 * 10 * 1.5);
});

test('a model takes as long as its own work, its nodes and the libraries of its format', () => {
  const models = [
    modelOf('graph', 1300, 276),
    modelOf('graph', 6, 21),
    modelOf('onnx', 6, 21),
    modelOf('tflite', 6, 21),
    modelOf('graph', 6, 60),
  ];
  const rates = { gpuGigaflops: 10, loopGigaflops: 1, compileMs: 30 };
  const [large, small, onnx, tflite, long] = secondsOf(PRESETS[3], rates, () => models);
  expect(large / small).toBeGreaterThan(5);
  expect(onnx).toBeGreaterThan(small);
  expect(tflite).toBeLessThan(small);
  expect(long).toBeGreaterThan(small);
});

test('a busy machine, which compiles slowly, takes longer', () => {
  const times = [30, 300].map((compileMs) =>
    sum(secondsOf(PRESETS[0], { gpuGigaflops: 1000, loopGigaflops: 1, compileMs }, () => [])),
  );
  expect(times[1]).toBeGreaterThan(3 * times[0]);
});

test('what a run takes corrects the estimate, and its bar never goes back', () => {
  let now = 0;
  const pace = createPace([10, 10, 10], () => now);
  expect(pace(0)).toEqual({ share: 0, secondsLeft: 30 });
  now = 15_000;
  const half = pace(0);
  expect(half.secondsLeft).toBe(20);
  // The first part took three times as long as predicted, so the prediction for the other parts grows, too.
  now = 30_000;
  const { share, secondsLeft } = pace(1);
  expect(secondsLeft).toBe(40);
  expect(share).toBeGreaterThanOrEqual(half.share);
});
