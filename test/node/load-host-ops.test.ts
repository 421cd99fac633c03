/**
 * Ops on the CPU against TensorFlow.js: nodes of constants alone are computed when a model is loaded.
 */
import { expect, test } from 'vitest';
import { HOST_OPS } from '../../src/load/host-ops';
import { graphOfFiles } from '../../src/load/load-graph-model';
import { expectClose } from '../support/close';
import { bothCases, filesOf, hostCases } from '../support/graph-cases';
import { runTensorFlow } from '../support/tensorflow';

test.for([...bothCases, ...hostCases].map((given) => [given.name, given] as const))('%s', async ([, given]) => {
  const files = filesOf(given, false);
  const names = Array.from({ length: given.outputs ?? 1 }, (_, i) => `node:${i}`);
  const graph = graphOfFiles('test', files, { outputs: names });
  expect(graph.nodes).toEqual([]);
  const expected = await runTensorFlow(files, {}, names);
  for (const [i, { shape, values }] of expected.entries()) {
    const value = graph.constants.get('node')![i];
    expect(value.shape).toEqual(shape);
    expectClose(value.values, values, shape, 1e-6);
  }
});

test('every op on the CPU has a case', () => {
  const tested = new Set([...bothCases, ...hostCases].map(({ op }) => op));
  // TensorFlow.js has neither: the one does nothing, the others are its RealDiv, FloorMod and division with a test for 0.
  const untested = ['Identity', 'StopGradient', 'Div', 'Mod', 'DivNoNan'];
  expect([...HOST_OPS.keys()].filter((op) => !tested.has(op)).toSorted()).toEqual(untested.toSorted());
});
