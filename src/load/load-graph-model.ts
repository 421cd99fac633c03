/**
 * TensorFlow.js graph models.
 *
 * @module
 * @see https://www.tensorflow.org/js/guide/conversion
 */
import { check, fail, show } from '../conv/check';
import { checkOptions } from '../ops/arguments';
import type { DType } from '../tensor/dtype';
import type { Gpu } from '../tensor/gpu';
import { addressOf, downloadText, downloadWeights, joined, type Progress } from './download';
import { graphOf, type GraphChoice } from './graph';
import { manifestOf, type Manifest } from './manifest';
import { modelOf, type GraphModel } from './model';
import { topologyOf } from './topology';
import { constantOf } from './weights';

/** The files of a model, where the app has them already. */
export interface GraphModelFiles {
  /** The model.json: its text, or what it is parsed to. */
  readonly model: string | object;
  /** The shards, all in one or in the order of the manifest. */
  readonly weights: ArrayBuffer | Uint8Array | readonly (ArrayBuffer | Uint8Array)[];
}

/** Options of {@link loadGraphModel}. */
export interface GraphModelOptions extends GraphChoice {
  /**
   * The nodes whose results are wanted, by name; default those of the file's signature. Nodes that they do not need are
   * not looked at, whatever their ops.
   *
   * @example
   * ```ts
   * const features = await loadGraphModel(gpu, url, { outputs: ['global_pooling/Mean'] });
   * ```
   */
  readonly outputs?: readonly string[];
  /** Nodes that are fed instead of computed, by name, beside the model's own inputs; default none. */
  readonly inputs?: readonly string[];
  /**
   * `'f16'` keeps those weights that the file has as float16 in that form on the GPU, in half the memory and with the same
   * numbers; default `'f32'`.
   */
  readonly weights?: DType;
  /** Told of the bytes of weights that have been fetched, and of those that there are. */
  readonly onProgress?: Progress;
  /** Aborts the fetching. */
  readonly signal?: AbortSignal;
}

const OPTIONS = ['outputs', 'inputs', 'weights', 'onProgress', 'signal'];

/**
 * Loads a model that TensorFlow.js's converter made (`--output_format=tfjs_graph_model`), and uploads its weights.
 * Files are data: nothing in them is evaluated, and of an address given, only files beside the model.json are fetched.
 *
 * Layout NHWC, fixed or open sizes, no loops or branches. An op that is not supported is an error at loading, which lists
 * all of them.
 *
 * @param source the address of a model.json, or the files themselves
 * @param options outputs, inputs; weights; onProgress and signal
 * @returns a model that is yours to dispose
 * @throws (rejects) if a file is missing or malformed, or the model has an op that is not supported; the message names the node, weight or file
 * @throws (rejects) with the signal's reason when it is aborted
 * @example
 * ```ts
 * using model = await loadGraphModel(gpu, 'models/facemesh.json', { onProgress: (done, total) => bar.set(done / total) });
 * const { output_mesh } = await model.run(gpu.tensor(face, { channels: 3 }));
 * const local = await loadGraphModel(gpu, { model: await json.text(), weights: await bin.arrayBuffer() });
 * ```
 * @see https://js.tensorflow.org/api/latest/#loadGraphModel
 */
export async function loadGraphModel(
  gpu: Gpu,
  source: string | URL | GraphModelFiles,
  options: GraphModelOptions = {},
): Promise<GraphModel> {
  const op = 'loadGraphModel';
  gpu.context.checkAlive(op);
  checkOptions(op, options, OPTIONS);
  const { weights: dtype = 'f32', onProgress, signal } = options;
  check(dtype === 'f32' || dtype === 'f16', () => `${op}: weights is ${show(dtype)}; it is 'f32' or 'f16'`);
  for (const name of ['inputs', 'outputs'] as const) checkNames(op, name, options[name]);
  signal?.throwIfAborted();
  const parsed = await filesOf(op, source, onProgress, signal);
  const constants = new Map(
    [...parsed.manifest.weights.values()].map((spec) => [spec.name, constantOf(spec, parsed.bytes)]),
  );
  const graph = graphOf(op, topologyOf(op, parsed.model), constants, options);
  gpu.context.checkAlive(op);
  return modelOf(gpu, graph, dtype === 'f16');
}

interface Parsed {
  readonly model: unknown;
  readonly manifest: Manifest;
  readonly bytes: Uint8Array;
}

async function filesOf(
  op: string,
  source: string | URL | GraphModelFiles,
  onProgress: Progress | undefined,
  signal: AbortSignal | undefined,
): Promise<Parsed> {
  if (typeof source === 'string' || source instanceof URL) {
    const url = addressOf(op, source);
    const model = parse(op, await downloadText(op, url, signal));
    // What is wrong with the nodes is said before megabytes are fetched.
    topologyOf(op, model);
    const manifest = manifestOf(op, model);
    return { model, manifest, bytes: await downloadWeights(op, url, manifest, onProgress, signal) };
  }
  check(
    typeof source === 'object' && source !== null && 'model' in source && 'weights' in source,
    () => `${op}: source is ${show(source)}; give the address of a model.json, or { model, weights }`,
  );
  const model = typeof source.model === 'string' ? parse(op, source.model) : source.model;
  const manifest = manifestOf(op, model);
  const { weights } = source;
  const shards = (Array.isArray(weights) ? weights : [weights]).map((shard) => bytesOf(op, shard));
  // Where shards end is said nowhere, and does not matter: they follow one another.
  const whole = {
    ...manifest,
    groups: [{ paths: manifest.groups.flatMap(({ paths }) => paths), byteLength: manifest.byteLength }],
  };
  return { model, manifest, bytes: joined(op, whole, [shards]) };
}

function bytesOf(op: string, shard: unknown): Uint8Array {
  if (ArrayBuffer.isView(shard)) return new Uint8Array(shard.buffer, shard.byteOffset, shard.byteLength);
  return shard instanceof ArrayBuffer
    ? new Uint8Array(shard)
    : fail(`${op}: weights are ${show(shard)}; give an ArrayBuffer or a Uint8Array, or a list of them`);
}

function parse(op: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`${op}: model.json is not JSON: it begins with ${show(text)}`, { cause });
  }
}

function checkNames(op: string, option: string, names: unknown): void {
  check(
    names === undefined || (Array.isArray(names) && names.every((name) => typeof name === 'string')),
    () => `${op}: ${option} is ${show(names)}; give a list of names of nodes`,
  );
}
