/**
 * Compares ops on the CPU with TensorFlow.js. When a model is loaded, nodes whose inputs are all constants are computed
 * there.
 */
import { expect, test } from 'vitest';
import { hostValue, type HostValue } from '../../src/load/host-value';
import { attributesOf } from '../../src/load/tfjs/attributes';
import { HOST_OPS } from '../../src/load/tfjs/host-ops';
import { graphOfFiles } from '../../src/load/tfjs/load-graph-model';
import { expectClose } from '../support/close';
import { bothCases, dataCases, filesOf, hostCases } from '../support/graph-cases';
import { randomValues } from '../support/random';
import { runTensorFlow } from '../support/tensorflow';

test.for([...bothCases, ...hostCases, ...dataCases].map((given) => [given.name, given] as const))(
  '%s',
  async ([, given]) => {
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
  },
);

test('every op on the CPU has a case', () => {
  const tested = new Set([...bothCases, ...hostCases, ...dataCases].map(({ op }) => op));
  // The first three ops do nothing. TensorFlow.js lacks the names of the last three, and has RealDiv, FloorMod and UniqueV2
  // instead.
  const untested = ['Identity', 'StopGradient', 'EnsureShape', 'Div', 'Mod', 'Unique'];
  expect([...HOST_OPS.keys()].filter((op) => !tested.has(op)).toSorted()).toEqual(untested.toSorted());
});

/** Runs one op on some arrays and returns its first result. */
function run(op: string, ...inputs: readonly HostValue[]): HostValue {
  const node = { name: 'n', op, inputs: [], attributes: attributesOf('n', {}), label: 'n' };
  const [first] = [HOST_OPS.get(op)!(inputs, node)].flat() as readonly HostValue[];
  return first;
}

test('Div and Mod round integers down, and DivNoNan by 0 gives 0', () => {
  const [a, b] = [hostValue('int32', [3], [7, -7, 8]), hostValue('int32', [3], [2, 2, 4])];
  expect(run('Div', a, b).values).toEqual(Int32Array.of(3, -4, 2));
  expect(run('Mod', a, b).values).toEqual(Int32Array.of(1, -1, 0));
  const [c, zero] = [hostValue('float32', [2], [3, 0]), hostValue('float32', [], [0])];
  expect(run('DivNoNan', c, zero).values).toEqual(Float32Array.of(0, 0));
});

test('Select takes a vector of conditions, one per row', () => {
  const [x, y] = [hostValue('float32', [2, 2], [1, 2, 3, 4]), hostValue('float32', [2, 2], [5, 6, 7, 8])];
  expect(run('Select', hostValue('bool', [2], [0, 1]), x, y).values).toEqual(Float32Array.of(5, 6, 3, 4));
});

test('TopKV2 gives the same largest values for a small k and for a large one', () => {
  const x = hostValue('float32', [4000], randomValues(4000, 1).map((v) => Math.round(v * 500))); // prettier-ignore
  const k = (n: number): HostValue => hostValue('int32', [], [n]);
  expect(run('TopKV2', x, k(2000)).values.slice(0, 900)).toEqual(run('TopKV2', x, k(900)).values);
});
