/**
 * TensorFlow.js graph models.
 *
 * @module
 * @see https://www.tensorflow.org/js/guide/conversion
 */
import { check, checkOptions, show } from '../../conv/check';
import { checkDType, type DType } from '../../kernels/dtype';
import { openContext, type Gpu } from '../../tensor/gpu';
import { checkProgress } from '../../tensor/prepare';
import { addressOf, checkText, downloadText, downloadWeights, joined } from '../download';
import { graphOf, type Graph, type GraphChoice } from '../graph';
import { modelOf, type Model } from '../model';
import type { Weights } from '../place';
import { TFJS } from './dialect';
import { manifestOf, type Manifest } from './manifest';
import { topologyOf } from './topology';
import { constantOf } from './weights';

/** The files of a model, where the app has them already. */
export interface GraphModelFiles {
  /** The model.json: its text, or what it is parsed to. */
  readonly model: string | object;
  /**
   * The shards, all in one or in the order of the manifest. What the model needs of them is copied before `loadGraphModel`
   * returns its promise: they may be changed, transferred or forgotten from then on.
   */
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
  readonly onProgress?: (loadedBytes: number, totalBytes: number) => void;
  /** Aborts the fetching. */
  readonly signal?: AbortSignal;
}

const OPTIONS = ['outputs', 'inputs', 'weights', 'onProgress', 'signal'];

/**
 * Loads a model that TensorFlow.js's converter made (`--output_format=tfjs_graph_model`), and uploads its weights.
 * Files are data: nothing in them is evaluated, and of an address given, only files beside the model.json are fetched. A
 * model.json has at most 32 MiB, and its weights 2 GiB.
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
 * const { output_mesh } = await model.run(tensorFromImage(gpu, face, { channels: 3 }));
 * const local = await loadGraphModel(gpu, { model: await json.text(), weights: await bin.arrayBuffer() });
 * ```
 * @see https://js.tensorflow.org/api/latest/#loadGraphModel
 */
export async function loadGraphModel(
  gpu: Gpu,
  source: string | URL | GraphModelFiles,
  options: GraphModelOptions = {},
): Promise<Model> {
  const op = 'loadGraphModel';
  openContext(op, gpu);
  checkOptions(op, options, OPTIONS);
  checkProgress(op, options);
  const { weights: dtype = 'f32', signal } = options;
  checkDType(op, dtype, 'weights');
  for (const name of ['inputs', 'outputs'] as const) checkNames(op, name, options[name]);
  signal?.throwIfAborted();
  const graph =
    typeof source === 'string' || source instanceof URL
      ? await downloadGraph(op, addressOf(op, source), options)
      : graphOfFiles(op, source, options);
  gpu.context.life.check(op);
  return modelOf(gpu, graph, dtype === 'f16');
}

async function downloadGraph(op: string, url: URL, options: GraphModelOptions): Promise<Graph> {
  const { onProgress, signal } = options;
  const model = parse(op, await downloadText(op, url, signal));
  // What is wrong with the nodes is said before megabytes are fetched.
  const topology = topologyOf(op, model);
  const manifest = manifestOf(op, model);
  const bytes = await downloadWeights(op, url, manifest, onProgress, signal);
  return graphOf(op, TFJS, topology, constantsOf(manifest, bytes, true), options);
}

/** @internal The graph of files that are here; apart from the GPU, so that tests of files need none. */
export function graphOfFiles(op: string, files: GraphModelFiles, choice: GraphChoice = {}): Graph {
  check(
    typeof files === 'object' && files !== null && 'model' in files && 'weights' in files,
    () => `${op}: source is ${show(files)}; give the address of a model.json, or { model, weights }`,
  );
  const model = typeof files.model === 'string' ? parse(op, files.model) : files.model;
  const topology = topologyOf(op, model);
  const manifest = manifestOf(op, model);
  const { weights } = files;
  const shards = (Array.isArray(weights) ? weights : [weights]).map((shard) => bytesOf(op, shard));
  // Where one shard ends is said nowhere, and does not matter: they follow one another.
  const paths = manifest.groups.flatMap((group) => group.paths);
  const whole = { ...manifest, groups: [{ paths, byteLength: manifest.byteLength }] };
  return graphOf(op, TFJS, topology, constantsOf(manifest, joined(op, whole, [shards]), shards.length > 1), choice);
}

/**
 * The constants of a file, as they are asked for.
 *
 * @param own whether nobody else has the bytes; if somebody has, those of the constants that are asked for are copied
 */
function constantsOf({ weights }: Manifest, bytes: Uint8Array, own: boolean): Weights {
  return {
    get(name) {
      const spec = weights.get(name);
      if (spec === undefined || own) return spec && constantOf(spec, bytes);
      const { offset, byteLength } = spec;
      return constantOf({ ...spec, offset: 0 }, bytes.slice(offset, offset + byteLength));
    },
  };
}

function bytesOf(op: string, shard: unknown): Uint8Array {
  check(
    ArrayBuffer.isView(shard) || shard instanceof ArrayBuffer,
    () => `${op}: weights are ${show(shard)}; give an ArrayBuffer or a Uint8Array, or a list of them`,
  );
  try {
    return ArrayBuffer.isView(shard)
      ? new Uint8Array(shard.buffer, shard.byteOffset, shard.byteLength)
      : new Uint8Array(shard);
  } catch (cause) {
    throw new Error(
      `${op}: the ArrayBuffer of the weights is detached: it was transferred to somebody else; load the model first, or give a copy`,
      { cause },
    );
  }
}

function parse(op: string, text: string): unknown {
  checkText(op, 'model.json', text.length);
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
