/**
 * Support for tests of the source documents' systems: numbers that are both on the GPU and on the CPU.
 */
import type { BatchNorm, Gpu, Tensor } from '../../src/index';
import { randomValues } from './random';

/** A tensor, and its numbers. */
interface Numbers {
  readonly tensor: Tensor;
  readonly values: Float32Array;
  [Symbol.dispose](): void;
}

/** Makes seeded numbers on the file's gpu. */
export function randoms(gpu: () => Gpu): (shape: readonly number[], seed: number) => Numbers {
  return (shape, seed) => {
    const size = shape.reduce((product, n) => product * n, 1);
    const values = randomValues(size, seed);
    const tensor = gpu().tensor(values, shape);
    return { tensor, values, [Symbol.dispose]: () => tensor.dispose() };
  };
}

/** A batch norm over `channels` with numbers of the size that trained networks have. */
export function randomNorm(
  gpu: Gpu,
  channels: number,
  seed: number,
): { readonly norm: BatchNorm; readonly apply: (v: number, c: number) => number; dispose(): void } {
  const mean = randomValues(channels, seed);
  const variance = randomValues(channels, seed + 1).map((v) => 1 + v * 0.5);
  const scale = randomValues(channels, seed + 2).map((v) => 1 + v * 0.25);
  const offset = randomValues(channels, seed + 3);
  const [m, v, s, o] = [mean, variance, scale, offset].map((values) => gpu.tensor(values, [channels]));
  return {
    norm: { mean: m, variance: v, scale: s, offset: o },
    apply: (value, c) => ((value - mean[c]) / Math.sqrt(variance[c] + 1e-3)) * scale[c] + offset[c],
    dispose: () => [m, v, s, o].forEach((tensor) => tensor.dispose()),
  };
}
