/**
 * Compares every convolution kernel with the float64 reference, on every problem that it supports, with every tile.
 */
import { describe, expect, test } from 'vitest';
import type { ConvProblem } from '../../src/conv/problem';
import { convReference } from '../../src/conv/reference';
import { outputShape } from '../../src/conv/window';
import { conv2d, depthwise, grouped, pointwise } from '../../src/kernels/convolutions';
import { addKernelsForCpu } from '../../src/kernels/for-cpu';
import { addKernelsForTuner } from '../../src/kernels/for-tuner';
import { canRun, type Kernel } from '../../src/kernels/kernel';
import { profileOf } from '../../src/kernels/profile';
import { expectClose, sumBound } from '../support/close';
import { useGpu } from '../support/gpu';
import { lacksFeature } from '../support/lacks-feature';
import {
  conv2dProblems,
  depthwiseProblems,
  groupedProblems,
  pointwiseProblems,
  type NamedProblem,
} from '../support/problems';
import { choose, questionOf } from '../support/question';
import { randomValues } from '../support/random';
import { runStep } from '../support/run-step';
import { AMD, SWIFTSHADER } from '../support/target';

const gpu = useGpu();
addKernelsForCpu();
addKernelsForTuner();

const families: Readonly<Record<string, readonly [readonly Kernel[], readonly NamedProblem[]]>> = {
  depthwise: [depthwise.kernels, depthwiseProblems],
  conv2d: [conv2d.kernels, [...conv2dProblems, ...pointwiseProblems, ...groupedProblems]],
  pointwise: [pointwise.kernels, pointwiseProblems],
  grouped: [grouped.kernels, groupedProblems],
};

/** The problems that an earlier family has checked with a kernel. A pointwise convolution is in two families. */
const checked = new Map<Kernel, Set<ConvProblem>>();

for (const [family, [kernels, problems]] of Object.entries(families)) {
  describe(family, () => {
    for (const kernel of kernels) {
      const known = checked.get(kernel) ?? new Set();
      checked.set(kernel, known);
      const without = kernel.feature === undefined ? '' : `, or is left out without ${kernel.feature}`;
      for (const { name, problem } of problems.filter((p) => kernel.supports(p.problem) && !known.has(p.problem))) {
        known.add(problem);
        test(`${kernel.name} matches the reference${without}: ${name}`, async () => {
          const { device, context } = gpu();
          expect(canRun(kernel, problem, context.target)).toBe(!lacksFeature(kernel, device));
          if (lacksFeature(kernel, device)) checkLeftOut(kernel, kernels, problem);
          else await checkTiles(kernel, problem);
        });
      }
    }
    test('every problem has a kernel, and every kernel a problem', () => {
      for (const { problem } of problems) expect(kernels.some((kernel) => kernel.supports(problem))).toBe(true);
      for (const kernel of kernels) expect(problems.some(({ problem }) => kernel.supports(problem))).toBe(true);
    });
  });
}

/** Another kernel of the list must compute the problem, even if the rule would prefer this one. */
function checkLeftOut(kernel: Kernel, kernels: readonly Kernel[], problem: ConvProblem): void {
  const preferred = { ...kernel, suits: () => true };
  const { kernel: chosen } = choose(questionOf([preferred, ...kernels], problem), gpu().context);
  expect(chosen.name).not.toBe(kernel.name);
}

/** Checks all tiles of a kernel, by the rules of CPU and GPU adapters, on one problem. */
async function checkTiles(kernel: Kernel, p: ConvProblem): Promise<void> {
  const { context } = gpu();
  const shape = outputShape(p);
  const values = randomValues(p.batch * p.inHeight * p.inWidth * p.inChannels, 1);
  const terms = p.filterHeight * p.filterWidth * (p.inChannels / p.groups);
  const filter = randomValues(terms * p.outChannels, 2);
  const expected = convReference(p, values, filter);
  const bound = sumBound(terms, convReference(p, values.map(Math.abs), filter.map(Math.abs)));
  using x = gpu().tensor(values, [values.length]);
  using weights = gpu().tensor(filter, [filter.length]);
  const targets = [AMD, SWIFTSHADER].map((info) => ({ ...context.target, profile: profileOf(info) }));
  const tiles = new Map(
    targets.flatMap((target) => kernel.tiles(p, target)).map((tile) => [JSON.stringify(tile), tile]),
  );
  const outputs = [...tiles.values()].map((tile) =>
    runStep(context, kernel.step(p, tile, [], context.target), { x, weights }, shape),
  );
  try {
    // All reads run at once, because Firefox checks only every 100 ms whether a read is done.
    const results = await Promise.all(outputs.map((output) => output.read()));
    for (const result of results) expectClose(result, expected, shape, bound);
  } finally {
    for (const output of outputs) output.dispose();
  }
}
