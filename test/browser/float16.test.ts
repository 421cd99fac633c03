/**
 * Compares every convolution kernel in float16 with the float64 reference: halves stored with `shader-f16` or packed in words
 * without it, halves in sums, and halves in weights alone.
 */
import { describe, expect, inject, test } from 'vitest';
import type { ConvProblem } from '../../src/conv/problem';
import { convReference } from '../../src/conv/reference';
import { outputShape } from '../../src/conv/window';
import type { DType } from '../../src/kernels/dtype';
import type { Epilogue } from '../../src/kernels/epilogue';
import type { Kernel } from '../../src/kernels/kernel';
import { profileOf } from '../../src/kernels/profile';
import type { Tensor } from '../../src/tensor/tensor';
import { allKernels } from '../../src/tune/self-test';
import { asHalves, EPSILON, expectClose, halfBound, sumBound } from '../support/close';
import { useGpu } from '../support/gpu';
import { conv2dProblems, depthwiseProblems, groupedProblems, pointwiseProblems } from '../support/problems';
import { randomValues } from '../support/random';
import { runStep } from '../support/run-step';
import { AMD, SWIFTSHADER } from '../support/target';

const problems = [...depthwiseProblems, ...conv2dProblems, ...pointwiseProblems, ...groupedProblems];

/** Bias and residual, so that a kernel reads all of its operands as halves. */
const EPILOGUE: Epilogue = [{ kind: 'bias' }, { kind: 'residual' }];

/** The types in which a call stores its tensors and sums its products. */
interface Precision {
  readonly name: string;
  readonly activations: DType;
  readonly weights: DType;
  readonly sums?: DType;
}

const STORED: readonly Precision[] = [
  { name: 'everything in halves', activations: 'f16', weights: 'f16' },
  { name: 'weights in halves', activations: 'f32', weights: 'f16' },
];

const SUMMED: readonly Precision[] = [
  { name: 'everything, and sums', activations: 'f16', weights: 'f16', sums: 'f16' },
  { name: 'sums', activations: 'f32', weights: 'f32', sums: 'f16' },
];

/** The distance from 1 to the next half, because WGSL rounds to either side. */
const HALF_EPSILON = 2 ** -10;

// test/browser/adapter.test.ts checks which browser must have which feature.
const hasHalves = inject('features').includes('shader-f16');

describe('packed in words', () => {
  checkAll(useGpu('shader-f16'), STORED);
});

describe.for(hasHalves ? ['with shader-f16'] : [])('%s', () => {
  checkAll(useGpu(), [...STORED, ...SUMMED]);
});

function checkAll(gpu: ReturnType<typeof useGpu>, precisions: readonly Precision[]): void {
  // A kernel runs only on devices with its feature. kernels.test.ts checks that it is left out elsewhere.
  const kernels = allKernels.filter(({ feature }) => feature === undefined || inject('features').includes(feature));
  for (const kernel of kernels) {
    // Every case is a program to compile, so only the first two problems run in every precision.
    const cases = problems
      .filter(({ problem }) => kernel.supports(problem))
      .map((p, i) => ({ ...p, tried: i < 2 ? precisions : [precisions[i % precisions.length]] }));
    test.for(cases)(`${kernel.name} matches the reference: $name`, async ({ problem, tried }) => {
      await check(gpu, kernel, problem, tried);
    });
  }
}

/** Runs the default tiles of CPU and GPU adapters in each of these precisions. */
async function check(
  gpu: ReturnType<typeof useGpu>,
  kernel: Kernel,
  p: ConvProblem,
  precisions: readonly Precision[],
): Promise<void> {
  const { context } = gpu();
  const shape = outputShape(p);
  const terms = p.filterHeight * p.filterWidth * (p.inChannels / p.groups);
  const values = asHalves(randomValues(p.batch * p.inHeight * p.inWidth * p.inChannels, 1));
  const filter = asHalves(randomValues(terms * p.outChannels, 2));
  const shift = asHalves(randomValues(p.outChannels, 3));
  const rest = asHalves(
    randomValues(
      shape.reduce((a, b) => a * b),
      4,
    ),
  );
  const inner = p.dataFormat === 'NHWC' ? 1 : p.outHeight * p.outWidth;
  const expected = convReference(p, values, filter).map(
    (sum, i) => sum + shift[Math.floor(i / inner) % p.outChannels] + rest[i],
  );
  const magnitudes = convReference(p, values.map(Math.abs), filter.map(Math.abs)).map((m) => m + 2);
  const tiles = new Set(
    [AMD, SWIFTSHADER].map((info) =>
      JSON.stringify(kernel.tiles(p, { ...context.target, profile: profileOf(info) })[0]),
    ),
  );
  const made: Tensor[] = [];
  const tensor = (data: Float32Array, dtype: DType): Tensor => {
    const t = gpu().tensor(data, [data.length], { dtype });
    made.push(t);
    return t;
  };
  try {
    const calls = precisions.flatMap((precision) => {
      const { activations, weights, sums } = precision;
      const inputs = {
        x: tensor(values, activations),
        weights: tensor(filter, weights),
        bias: tensor(shift, weights),
        residual: tensor(rest, activations),
      };
      return Array.from(tiles, (tile) => {
        const step = kernel.step(p, JSON.parse(tile), EPILOGUE, context.target);
        const output = runStep(context, step, inputs, shape, { sums });
        made.push(output);
        return { precision, output };
      });
    });
    const results = await Promise.all(calls.map(({ output }) => output.read()));
    for (const [i, { precision, output }] of calls.entries()) {
      expect(output.dtype).toBe(precision.activations);
      const bound = sumBound(terms + 2, magnitudes, 1.2, precision.sums === 'f16' ? HALF_EPSILON : EPSILON);
      expectClose(results[i], expected, shape, precision.activations === 'f16' ? halfBound(bound, expected) : bound);
    }
  } finally {
    for (const t of made) t.dispose();
  }
}
