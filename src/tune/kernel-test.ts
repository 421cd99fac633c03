import { sizeOf } from '../conv/check';
/**
 * Whether kernels compute right on this device: small nasty problems against the float64 reference.
 *
 * @module
 */
import {
  conv2dProblem,
  depthwiseProblem,
  groupedProblem,
  outputShape,
  pointwiseProblem,
  summary,
  type ConvProblem,
} from '../conv/problem';
import { convReference } from '../conv/reference';
import { openBench } from '../gpu/bench';
import type { GpuContext } from '../gpu/context';
import type { Pipelines } from '../gpu/pipelines';
import type { Epilogue } from '../kernels/epilogue';
import { canRun, type Kernel } from '../kernels/kernel';
import type { Step, Tile } from '../step';
import { untilAborted } from '../tensor/prepare';
import { kernelId } from './key';
import { distrust, trust, type Memory } from './memory';
import type { Dropped } from './search';
import { difference, trialOf } from './trial';

/** A kernel's self-test. */
export interface KernelReport {
  readonly kernel: string;
  /** Variants and problems that were tried. */
  readonly checked: number;
  /** Those that went wrong; if there are any, the kernel is not used on this device. */
  readonly failures: readonly Dropped[];
}

interface Check {
  readonly kernel: Kernel;
  readonly tile: Tile;
  readonly step: Step;
}

const lopsided = [
  [2, 0],
  [0, 3],
] as const;

/**
 * Odd sizes, strides, dilations, padding on one side, few and many channels, both layouts, both kinds of groups. Filters
 * are small, since compile time grows with them.
 */
const problems = (op: string): readonly ConvProblem[] => [
  depthwiseProblem(op, [1, 9, 8, 4], [2, 2, 4, 1], { strides: 2, padding: lopsided }),
  depthwiseProblem(op, [2, 11, 9, 8], [3, 2, 8, 1], { dilations: [2, 3], padding: 'same' }),
  depthwiseProblem(op, [1, 5, 6, 7], [2, 3, 5, 2], { padding: 'same', dataFormat: 'NCHW' }),
  conv2dProblem(op, [1, 9, 7, 3], [2, 2, 3, 8], { strides: 2, padding: 'same' }),
  conv2dProblem(op, [2, 8, 6, 7], [3, 2, 4, 6], { padding: lopsided, dataFormat: 'NCHW', groups: 2 }),
  pointwiseProblem(op, [1, 7, 7, 16], [16, 20]),
  pointwiseProblem(op, [2, 5, 9, 8], [8, 12], { strides: [1, 2] }),
  groupedProblem(op, [1, 5, 6, 12], [3, 2, 4, 12], { groups: 3, grouping: 'strided', padding: 'same' }),
  groupedProblem(op, [2, 5, 4, 8], [2, 2, 8, 3], { groups: 4, strides: 2, padding: lopsided }),
];

/** Sees to it that a kernel knows which channel and which output it is at. */
const EPILOGUE: Epilogue = [{ kind: 'bias' }, { kind: 'residual' }];

/**
 * Tests kernels, and leaves those that fail out of the choice from now on: all tiles on the first problem that a kernel
 * supports, the default tile on the others. One that passes is trusted again.
 *
 * @param pipelines a cache of the caller's
 */
export async function testKernels(
  op: string,
  context: GpuContext,
  pipelines: Pipelines,
  memory: Memory,
  kernels: readonly Kernel[],
  signal?: AbortSignal,
): Promise<KernelReport[]> {
  const reports = new Map(kernels.map((kernel) => [kernel, { checked: 0, failures: [] as Dropped[] }]));
  for (const problem of problems(op)) {
    signal?.throwIfAborted();
    const checks = kernels.flatMap((kernel) => {
      if (!canRun(kernel, problem, context.target)) return [];
      const tiles = kernel.tiles(problem, context.target);
      const tried = reports.get(kernel)?.checked === 0 ? tiles : tiles.slice(0, 1);
      return tried.map((tile) => ({ kernel, tile, step: kernel.step(problem, tile, EPILOGUE, context.target) }));
    });
    if (checks.length === 0) continue;
    const compiled = Promise.allSettled(checks.map(({ step }) => pipelines.compile(step)));
    await untilAborted(compiled, signal);
    for (const [{ kernel, tile }, reason] of await outcomes(op, context, pipelines, problem, checks)) {
      const report = reports.get(kernel);
      if (report !== undefined) report.checked++;
      if (reason !== undefined) report?.failures.push({ kernel: kernel.name, tile, problem: summary(problem), reason });
    }
    // Of a lost device everything is wrong.
    context.life.check(op);
  }
  for (const [kernel, { failures }] of reports) {
    memory.tested.add(kernelId(kernel));
    if (failures.length > 0) distrust(memory, kernelId(kernel));
    else trust(memory, kernelId(kernel));
  }
  return [...reports].map(([{ name }, report]) => ({ kernel: name, ...report }));
}

/** What is wrong with each of the checks, if anything. */
async function outcomes(
  op: string,
  context: GpuContext,
  pipelines: Pipelines,
  problem: ConvProblem,
  checks: readonly Check[],
): Promise<(readonly [Check, string | undefined])[]> {
  const { operands, unit } = trialOf(problem, EPILOGUE);
  const expected = referenceOf(problem, operands);
  const bench = await openBench(op, context, pipelines, operands, 4 * sizeOf(outputShape(problem)));
  const found: (readonly [Check, string | undefined])[] = [];
  try {
    for (const check of checks) {
      const wrong = await bench.run(check.step).then(
        (actual) => difference(new Float32Array(actual), expected, unit),
        (error: Error) => error.message,
      );
      found.push([check, wrong]);
    }
  } finally {
    bench.destroy();
  }
  return found;
}

function referenceOf(
  p: ConvProblem,
  { x, weights, bias, residual }: Readonly<Record<string, Float32Array>>,
): Float64Array {
  const channelAt = p.dataFormat === 'NHWC' ? 1 : p.outHeight * p.outWidth;
  return convReference(p, x, weights).map(
    (sum, i) => sum + bias[Math.floor(i / channelAt) % p.outChannels] + residual[i],
  );
}
