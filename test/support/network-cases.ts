/** Small networks of one input, as programs and call by call. */
import { describe, expect, test } from 'vitest';
import { sizeOf } from '../../src/conv/check';
import { compile, type DType, type Gpu, type Tensor } from '../../src/index';
import { expectClose, roundingsBound } from './close';
import { numbersFor, tensorOf } from './transpose-call';

/** Makes weights, which the test disposes. */
export type Weights = (...shape: number[]) => Tensor;

/** A network of one input, and how many dispatches its calls and its program take. */
export interface NetworkCase {
  readonly input: readonly number[];
  readonly build: (w: Weights) => (x: Tensor) => Tensor;
  readonly dispatches: readonly [calls: number, program: number];
  /** The same in float16, if it differs. */
  readonly halves?: readonly [calls: number, program: number];
}

/** Tests that programs compute what their calls compute, in as many dispatches as they should take. */
export function testNetworks(gpu: () => Gpu, cases: Readonly<Record<string, NetworkCase>>): void {
  describe.for(['f32', 'f16'] as const)('programs of %s', (dtype: DType) => {
    test.for(Object.entries(cases))('%s', async ([, { input, build, dispatches, halves = dispatches }]) => {
      const made: Tensor[] = [];
      const network = build((...shape) => {
        const isFilter = shape.length > 1;
        // The scale keeps sums of products about as large as their inputs, and no variance is negative.
        const scale = Math.min(1, 4 / (sizeOf(shape) / shape[shape.length - 1]));
        const values = numbersFor(shape, made.length + 2).map((v) => (isFilter ? v * scale : Math.abs(v)));
        made.push(gpu().tensor(values, shape, { dtype }));
        return made[made.length - 1];
      });
      using x = tensorOf(gpu(), input, 1, dtype);
      // Without fusing, a program makes the same calls, with intermediate tensors of its own.
      const of = (fuse: boolean) =>
        compile(gpu(), { x: { shape: input, dtype } }, ({ x: traced }) => network(traced), { fuse });
      using calls = await of(false);
      using program = await of(true);
      for (const tensor of made) tensor.dispose();
      expect([calls.dispatches.run, program.dispatches.run]).toEqual(dtype === 'f16' ? halves : dispatches);
      using plain = calls.run({ x });
      using fused = program.run({ x });
      const expected = Float32Array.from(await plain.read());
      // Fused results are not stored in between, so the calls round to a half up to five times more, on numbers below 4.
      const roundings = dtype === 'f16' ? 5 * 2 ** -10 * 4 : 0;
      expectClose(await fused.read(), expected, plain.shape, roundingsBound(expected) + roundings);
    });
  });
}
