/**
 * Compares models of one node on the GPU with TensorFlow.js.
 */
import { expect, test } from 'vitest';
import { GPU_OPS } from '../../src/load/tfjs/gpu-ops';
import { loadGraphModel } from '../../src/load/tfjs/load-graph-model';
import { expectClose } from '../support/close';
import { useGpu } from '../support/gpu';
import { bothCases, dataOf, filesOf, gpuCases } from '../support/graph-cases';
import { runTensorFlow } from '../support/tensorflow';

const gpu = useGpu();
const cases = [...gpuCases, ...bothCases];

test.for(cases.map((given) => [given.name, given] as const))('%s', async ([, given]) => {
  const files = filesOf(given, true);
  const outputs = Array.from({ length: given.outputs ?? 1 }, (_, i) => `node:${i}`);
  const data = dataOf(given).map(
    ({ name, shape, stored }) => [name, { shape, values: stored as Float32Array }] as const,
  );
  const expected = await runTensorFlow(files, Object.fromEntries(data), outputs);
  using model = await loadGraphModel(gpu(), files, { outputs });
  expect(model.explain().nodes.map(({ place }) => place)).toEqual(['gpu']);
  const results = model.execute(Object.fromEntries(data.map(([name, { values }]) => [name, values])));
  for (const [i, { shape, values }] of expected.entries()) {
    using result = results[outputs[i]];
    expect(result.shape).toEqual(shape);
    const largest = Math.max(1, ...Array.from(values, Math.abs).filter(Number.isFinite));
    const numbers = await result.read();
    // Equal infinities are no difference.
    const expectedNumbers = Array.from(values, (v, j) => (Object.is(v, numbers[j]) ? 0 : v));
    const actual = Array.from(numbers, (v, j) => (Object.is(v, values[j]) ? 0 : v));
    expectClose(actual, expectedNumbers, shape, 4e-6 * largest);
  }
});

test('every op on the GPU has a case', () => {
  const tested = new Set(cases.map(({ op }) => op));
  // Names of older files for ops that are tested by another name, and ops that TensorFlow.js lacks or cannot compute.
  const untested = [
    'BatchMatMul',
    'FusedBatchNorm',
    'FusedBatchNormV2',
    'Div',
    'StopGradient',
    'EnsureShape',
    'SpaceToDepth',
  ];
  expect([...GPU_OPS.keys()].filter((op) => !tested.has(op)).toSorted()).toEqual(untested.toSorted());
});
