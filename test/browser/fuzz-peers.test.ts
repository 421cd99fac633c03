/**
 * Compares random calls with TensorFlow.js and ONNX Runtime on the CPU: for a few seconds here, as many as you like with `npm
 * run fuzz -- --peers 5000`. A failure is shrunk, and printed as a readable call and as a case to paste into `found` below.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as library from '../../src/index';
import { onnxDialect } from '../../src/load/onnx/dialect';
import { fuzzPeers, TIMEOUT_MS } from '../fuzz/budget';
import { againstPeers, casesOf, checkPeer, peerCallOf, type PeerCase } from '../fuzz/peers/check-peers';
import { PEER_FAULTS, type PeerFault } from '../fuzz/peers/peer-faults';
import { peerOps, WITHOUT_CALL, WITHOUT_PEER } from '../fuzz/peers/peer-ops';
import { runProperty } from '../fuzz/property';
import { newSeen } from '../fuzz/seen';
import { useGpu } from '../support/gpu';
import { rejectionOf } from '../support/message';

const gpu = useGpu();

/** Cases that failed once. */
const found: readonly PeerCase[] = [];

test.for(found.map((c) => [`${peerCallOf(c).op} by ${c.by}`, c] as const))('once failed: %s', async ([, c]) => {
  expect(await checkPeer(gpu(), c, peerCallOf(c), newSeen())).toBeUndefined();
});

test('calls give what other libraries give', () => fuzzPeers(againstPeers), TIMEOUT_MS);

/** One case for each known fault, so that a fault is no longer excused once the other library has mended it. */
const faults: Readonly<Record<PeerFault, PeerCase>> = {
  'Resize to the same size': {
    by: 'Resize by scales',
    drawn: { kind: 'linear', mode: 'half_pixel', nearest: 'floor', shape: [1, 1, 3, 3], scales: [1.25, 1], seed: 1 },
  },
  'matMul of batches that repeat': {
    by: 'matMul',
    drawn: { batch: [2, 2], sizes: [1, 1, 1], ones: 2, how: 0, seed: 1 },
  },
};

test.for(Object.entries(faults))('%s is still another library’s fault', async ([name, c]) => {
  expect(peerCallOf(c).excused).toBe(name);
  expect(await checkPeer(gpu(), c, peerCallOf(c), newSeen())).toMatch(/ differ/);
  expect(PEER_FAULTS[name as PeerFault]).toMatch(/^(ONNX Runtime|TensorFlow.js) /);
});

test('each public function has a generator, or a reason to have none', () => {
  const functions = Object.entries(library).flatMap(([name, value]) => (typeof value === 'function' ? [name] : []));
  const generated = new Set(peerOps.flatMap(({ ops }) => ops));
  expect(functions.filter((name) => !generated.has(name)).toSorted()).toEqual(Object.keys(WITHOUT_PEER).toSorted());
});

test('each generator makes calls of all that it names, and so for each operator of ONNX', () => {
  const calls = fc.sample(casesOf(), { numRuns: 12_000, seed: 5 }).map((c) => ({ by: c.by, ...peerCallOf(c) }));
  const drawn = new Set(calls.map(({ by, op }) => `${by}: ${op}`));
  const named = peerOps.flatMap(({ name, ops }) => ops.map((op) => `${name}: ${op}`));
  expect(new Set(named)).toEqual(drawn);
  const operators = new Set(calls.flatMap(({ theirs }) => ('onnx' in theirs ? [theirs.onnx.op] : [])));
  const missing = [...onnxDialect(17).ops.keys()].filter((op) => !operators.has(op));
  expect(missing.toSorted()).toEqual(Object.keys(WITHOUT_CALL).toSorted());
});

test('a function that is wrong is found, and shrunk to a line to paste', async () => {
  const wrong = peerOps.map((op) => {
    if (op.name !== 'cumsum') return op;
    // This is right for a single element, but not for the sum of several in a row.
    const call: typeof op.call = (drawn) => ({ ...op.call(drawn), ours: ([x]) => library.multiply(x, 1), rest: [] });
    return { ...op, call };
  });
  const property = againstPeers(newSeen(), wrong);
  const arbitrary = property.arbitrary.filter(({ by }) => by === 'cumsum');
  const message = await rejectionOf(
    runProperty({ ...property, arbitrary }, { cases: 30, seed: 1, again: 'this test' }),
  );
  expect(message).toMatch(/\ncumsum\(around\(\[2\], 1\)\) \/\/ TensorFlow.js\n {2}the function: output 1 is /);
  expect(message).toMatch(/\{ by: 'cumsum', drawn: \{ shape: \[2\], pick: 0, exclusive: false, isReverse: false, seed: 1 \} \}$/); // prettier-ignore
});
