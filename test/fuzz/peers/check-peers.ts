/** The property that calls give the same as other libraries. */
import { version_cpu } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { loadGraphModel, loadOnnxModel, type Gpu, type Model, type Tensor } from '../../../src/index';
import { EPSILON } from '../../support/close';
import { filesOf, type GraphCase } from '../../support/graph-cases';
import { fileOf, type OnnxCase } from '../../support/onnx-cases';
import { runOrt, type OrtValue } from '../../support/ort-wasm';
import { runTensorFlow } from '../../support/tensorflow';
import { mismatch } from '../compare';
import { literal } from '../print';
import type { Property } from '../property';
import { asOn, type As } from '../run';
import { countKind, type Seen } from '../seen';
import { typeOf, valuesOf, type Bound, type GraphNode, type OnnxNode, type PeerCall, type PeerOp } from './peer-call';
import { peerOps } from './peer-ops';

/** The data that repeats a call: a generator, what it drew, and the rule that chooses kernels. */
export interface PeerCase extends As {
  readonly by: string;
  readonly drawn: unknown;
}

/** A result of either library. */
interface Result {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** Each generator is drawn as often as it has operators. */
export function casesOf(ops: readonly PeerOp[] = peerOps): fc.Arbitrary<PeerCase> {
  const drawn = ops.map((op) => ({
    weight: 2 + op.ops.length,
    arbitrary: op.drawn.map((d) => ({ by: op.name, drawn: d })),
  }));
  const rules = fc.constantFrom(undefined, undefined, 'cpu' as const, 'gpu' as const);
  return fc.tuple(fc.oneof(...drawn), rules).map(([c, rule]) => (rule === undefined ? c : { ...c, rule }));
}

/** The call of a case. */
export function peerCallOf({ by, drawn }: PeerCase, ops: readonly PeerOp[] = peerOps): PeerCall {
  const op = ops.find(({ name }) => name === by);
  if (op === undefined) throw new Error(`there is no generator ${by}`);
  return op.call(drawn);
}

export function againstPeers(seen: Seen, ops: readonly PeerOp[] = peerOps): Property<PeerCase> {
  return {
    name: 'calls against other libraries',
    arbitrary: casesOf(ops),
    count: () => 1,
    attempt: async (gpu, c) => {
      const call = peerCallOf(c, ops);
      countKind(seen, call.excused === undefined ? `${call.op}, ${peerOf(call)}` : `excused: ${call.excused}`);
      if (call.excused !== undefined) return [];
      const failure = await checkPeer(gpu, c, call, seen);
      return failure === undefined ? [] : [failure];
    },
  };
}

/** @returns what is wrong, in words to paste, if anything */
export async function checkPeer(gpu: Gpu, c: PeerCase, call: PeerCall, seen: Seen): Promise<string | undefined> {
  const wrong = await differencesOf(gpu, c, call, seen);
  return wrong.length === 0 ? undefined : [printPeerCall(c, call), ...wrong, `  ${literal(c)}`].join('\n');
}

function peerOf({ theirs }: PeerCall): string {
  return 'onnx' in theirs ? 'ONNX Runtime' : 'TensorFlow.js';
}

/** `cumsum(whole([2, 3], 7), 1, { reverse: true }) // TensorFlow.js`. */
function printPeerCall({ rule }: PeerCase, call: PeerCall): string {
  const { op, inputs, seed, rest = [], theirs } = call;
  const given = inputs.map(({ shape, numbers = 'around' }, i) => {
    const name = typeof numbers === 'string' ? numbers : `from${numbers.from ?? 0}below${numbers.below}`;
    return `${name}(${literal(shape)}, ${seed + i})`;
  });
  const node = 'onnx' in theirs ? `, ${literal(theirs.onnx)}` : 'graph' in theirs ? `, ${literal(theirs.graph)}` : '';
  const how = rule === undefined ? '' : `; by the rule for a ${rule}`;
  return `${op}(${[...given, ...rest.map(literal)].join(', ')}) // ${peerOf(call)}${node}${how}`;
}

async function differencesOf(gpu: Gpu, c: PeerCase, call: PeerCall, seen: Seen): Promise<readonly string[]> {
  const inputs = call.inputs.map((_, i) => valuesOf(call, i));
  let expected: readonly Result[];
  let bounds: readonly ArrayLike<number>[];
  try {
    expected = await resultsOf(call, inputs);
    bounds = await boundsOf(call, inputs, expected);
  } catch (error) {
    return [`  ${peerOf(call)} says ${String(error)}`];
  }
  const isEmpty = expected.some(({ shape }) => shape.includes(0));
  const compared = async (way: string, run: () => Promise<readonly Result[]>): Promise<readonly string[]> => {
    try {
      return differences(await run(), expected, bounds, seen, call).map((text) => `  ${way}: ${text}`);
    } catch (error) {
      // The library reports in words that a search found nothing, because no tensor can be empty.
      return isEmpty && String(error).includes('no tensor is empty') ? [] : [`  ${way}: ${String(error)}`];
    }
  };
  const { ours, theirs } = call;
  return [
    ...(ours ? await compared('the function', () => called(gpu, c, call, inputs, ours)) : []),
    ...('tfjs' in theirs ? [] : await compared('the model', () => loaded(gpu, call, inputs))),
  ];
}

function differences(
  actual: readonly Result[],
  expected: readonly Result[],
  bounds: readonly ArrayLike<number>[],
  seen: Seen,
  { op }: PeerCall,
): readonly string[] {
  return expected.flatMap(({ shape, values }, i) => {
    const own = actual[i];
    if (String(own.shape) !== String(shape)) return [`shape [${own.shape.join()}] instead of [${shape.join()}]`];
    // Equal infinities, or NaN on both sides, are no difference.
    const numbers = own.values.map((v, j) => (Object.is(v, values[j]) ? 0 : v));
    const theirs = values.map((v, j) => (Object.is(v, own.values[j]) ? 0 : v));
    return mismatch(Float32Array.from(numbers), theirs, bounds[i], seen, 'f32', () => op) ?? [];
  });
}

async function boundsOf(
  call: PeerCall,
  inputs: readonly Float32Array[],
  expected: readonly Result[],
): Promise<readonly ArrayLike<number>[]> {
  const { bound } = call;
  if (bound === undefined) return expected.map(({ values }) => new Float64Array(values.length));
  if (typeof bound === 'function') return expected.map(({ values }) => bound(values, inputs));
  const sizes = await resultsOf(call, inputs.map((values) => values.map(Math.abs))); // prettier-ignore
  return sizes.map(({ values }) => sumsBound(bound, values));
}

/** A sum of k terms in any order is off by k roundings of its magnitude; so is the sum of the other library. */
function sumsBound({ terms }: Exclude<Bound, (...args: never[]) => unknown>, sizes: readonly number[]): Float64Array {
  return Float64Array.from(sizes, (m) => 2 * (terms + 4) * EPSILON * m + terms * 2 ** -126);
}

/** By the public function. */
async function called(
  gpu: Gpu,
  as: As,
  call: PeerCall,
  inputs: readonly Float32Array[],
  ours: NonNullable<PeerCall['ours']>,
): Promise<readonly Result[]> {
  const tensors = inputs.map((values, i) => gpu.tensor(values, call.inputs[i].shape));
  try {
    return await read([asOn(gpu, as, () => ours(tensors))].flat());
  } finally {
    for (const tensor of tensors) tensor.dispose();
  }
}

/** By the loader. */
async function loaded(gpu: Gpu, call: PeerCall, inputs: readonly Float32Array[]): Promise<readonly Result[]> {
  const { theirs } = call;
  if ('onnx' in theirs) {
    const { file, feeds } = fileOf(onnxCaseOf(call, theirs.onnx, inputs));
    using model = await loadOnnxModel(gpu, file);
    return await resultsIn(
      model,
      Object.fromEntries(Object.entries(feeds).map(([name, { values }]) => [name, values])),
    );
  }
  if (!('graph' in theirs)) throw new Error('there is no model of a call');
  const given = graphCaseOf(call, theirs.graph, inputs);
  using model = await loadGraphModel(gpu, filesOf(given, true), { outputs: outputsOf(given) });
  return await resultsIn(model, Object.fromEntries(inputs.map((values, i) => [`data${i}`, values])));
}

async function resultsIn(model: Model, feeds: Parameters<Model['run']>[0]): Promise<readonly Result[]> {
  return read(Object.values(await model.run(feeds)));
}

/** Reads tensors and disposes them. */
async function read(tensors: readonly Tensor[]): Promise<readonly Result[]> {
  try {
    const lists = await Promise.all(tensors.map((tensor) => tensor.read()));
    return lists.map((values, i) => ({ shape: tensors[i].shape, values: [...values] }));
  } finally {
    for (const tensor of tensors) tensor.dispose();
  }
}

/** By the other library. */
async function resultsOf(call: PeerCall, inputs: readonly Float32Array[]): Promise<readonly Result[]> {
  const { theirs } = call;
  if ('onnx' in theirs) {
    const { file, feeds } = fileOf(onnxCaseOf(call, theirs.onnx, inputs));
    return resultsOfOrt(await oneAfterTheOther(() => runOrt(file, feeds)));
  }
  await backend();
  if ('graph' in theirs) {
    const given = graphCaseOf(call, theirs.graph, inputs);
    const feeds = given.data.map((data, i) => [`data${i}`, fedOf(data as Result & { dtype: string })] as const);
    const results = await oneAfterTheOther(() =>
      runTensorFlow(filesOf(given, true), Object.fromEntries(feeds), outputsOf(given)),
    );
    return results.map(({ shape, values }) => ({ shape, values: Array.from(values) }));
  }
  const y = tf.tidy(() =>
    theirs.tfjs(
      inputs.map((values, i) => {
        const type = typeOf(call.inputs[i]);
        return tf.tensor(type === 'float32' ? values : Int32Array.from(values), [...call.inputs[i].shape], type);
      }),
    ),
  );
  try {
    return [{ shape: y.shape, values: Array.from(y.dataSync()) }];
  } finally {
    y.dispose();
  }
}

/** A result with all its elements, by the names of the outputs. */
function resultsOfOrt(results: Readonly<Record<string, OrtValue>>): readonly Result[] {
  return Object.values(results).map(({ shape, values }) => ({ shape, values: Array.from(values) }));
}

function fedOf({
  shape,
  values,
  dtype,
}: Result & { readonly dtype: string }): Parameters<typeof runTensorFlow>[1][string] {
  const list = { int32: Int32Array, bool: Uint8Array, float32: Float32Array }[dtype] ?? Float32Array;
  return { shape, values: list.from(values) };
}

function onnxCaseOf(call: PeerCall, node: OnnxNode, values: readonly Float32Array[]): OnnxCase {
  const fed = (i: number): OnnxCase['inputs'][number] => {
    const type = typeOf(call.inputs[i]);
    return { fed: { shape: call.inputs[i].shape, values: values[i], type: type === 'int32' ? 'int64' : type } };
  };
  const inputs = node.inputs.map((input) => (typeof input === 'number' ? fed(input) : input));
  return { name: call.op, ...node, inputs };
}

function graphCaseOf(call: PeerCall, node: GraphNode, inputs: readonly Float32Array[]): GraphCase {
  const data = inputs.map((values, i) => ({
    shape: call.inputs[i].shape,
    values: [...values],
    dtype: typeOf(call.inputs[i]),
  }));
  return { name: call.op, ...node, data };
}

function outputsOf({ outputs = 1 }: GraphCase): string[] {
  return Array.from({ length: outputs }, (_, i) => `node:${i}`);
}

let lastTurn: Promise<unknown> = Promise.resolve();

/** Other libraries run one model at a time. */
function oneAfterTheOther<T>(run: () => Promise<T>): Promise<T> {
  const turn = lastTurn.then(run, run);
  lastTurn = turn.catch(() => undefined);
  return turn;
}

let backendIsReady: Promise<boolean> | undefined;

async function backend(): Promise<void> {
  // Importing its version registers the backend.
  backendIsReady ??= tf.setBackend('cpu');
  if (!(await backendIsReady)) throw new Error(`TensorFlow.js has no backend ${version_cpu} for the CPU`);
}
