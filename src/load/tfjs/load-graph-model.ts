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
import { graphOf, type Graph, type GraphChoice } from '../graph';
import { modelOf, type Model } from '../model';
import {
  checkModelJsonOptions,
  inOnePiece,
  isHere,
  MODEL_JSON_OPTIONS,
  openModelJson,
  parseModel,
  type GraphModelFiles,
  type GraphModelSource,
} from '../model-json';
import type { Weights } from '../place';
import { viewOf } from '../source';
import { TFJS } from './dialect';
import { manifestOf, type Manifest } from './manifest';
import { topologyOf } from './topology';
import { constantOf } from './weights';

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
  /**
   * Fetches the files in the place of the browser's `fetch`: with headers, credentials or a cache of the app's own.
   *
   * @example
   * ```ts
   * const headers = { authorization: 'Bearer 1234' };
   * const model = await loadGraphModel(gpu, url, { fetch: (file, init) => fetch(file, { ...init, headers }) });
   * ```
   */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** What addresses of shards begin with, where they are not beside the model.json; relative ones are relative to the page. */
  readonly weightPathPrefix?: string;
  /** The address of each shard, by its name in the manifest: for links that are signed, or files that were renamed. */
  readonly weightUrl?: (name: string) => string | URL | Promise<string | URL>;
}

const OPTIONS = ['outputs', 'inputs', 'weights', ...MODEL_JSON_OPTIONS];

/**
 * Loads a model that TensorFlow.js's converter made (`--output_format=tfjs_graph_model`), and uploads its weights.
 * Files are data: nothing in them is evaluated, and of an address given, only files beside the model.json are fetched, unless
 * the app says where they are. A model.json has at most 32 MiB, and its weights 2 GiB.
 *
 * Layout NHWC, fixed or open sizes, no loops or branches. An op that is not supported is an error at loading, which lists
 * all of them.
 *
 * @param source the address of a model.json; its files, as a page was given them, or as `{ model, weights }`; a Response; or
 *   what TensorFlow.js loads from: an IOHandler, as of IndexedDB, or its ModelArtifacts
 * @param options outputs, inputs; weights; onProgress and signal; fetch, and weightPathPrefix or weightUrl
 * @returns a model that is yours to dispose
 * @throws (rejects) if a file is missing or malformed, or the model has an op that is not supported; the message names the node, weight or file
 * @throws (rejects) with the signal's reason when it is aborted
 * @example
 * ```ts
 * using model = await loadGraphModel(gpu, 'models/facemesh.json', { onProgress: (done, total) => bar.set(done / total) });
 * const { output_mesh } = await model.run(tensorFromImage(gpu, face, { channels: 3 }));
 * const local = await loadGraphModel(gpu, { model: await json.text(), weights: await bin.arrayBuffer() });
 * const chosen = await loadGraphModel(gpu, fileInput.files!); // model.json and its shards
 * const saved = await loadGraphModel(gpu, tf.io.getLoadHandlers('indexeddb://face')[0]);
 * ```
 * @see https://js.tensorflow.org/api/latest/#loadGraphModel
 */
export async function loadGraphModel(
  gpu: Gpu,
  source: GraphModelSource,
  options: GraphModelOptions = {},
): Promise<Model> {
  const op = 'loadGraphModel';
  openContext(op, gpu);
  checkOptions(op, options, OPTIONS);
  checkProgress(op, options);
  const { weights: dtype = 'f32', signal } = options;
  checkDType(op, dtype, 'weights');
  checkModelJsonOptions(op, options);
  for (const name of ['inputs', 'outputs'] as const) checkNames(op, name, options[name]);
  signal?.throwIfAborted();
  const graph = isHere(source) ? graphOfFiles(op, source, options) : await graphOfSource(op, source, options);
  gpu.context.life.check(op);
  return modelOf(gpu, graph, dtype === 'f16');
}

async function graphOfSource(op: string, source: GraphModelSource, options: GraphModelOptions): Promise<Graph> {
  const { model, weights } = await openModelJson(op, source, options);
  // What is wrong with the nodes is said before megabytes are fetched.
  const topology = topologyOf(op, model);
  const manifest = manifestOf(op, model);
  const bytes = await weights(manifest);
  options.signal?.throwIfAborted();
  return graphOf(op, TFJS, topology, constantsOf(manifest, bytes, true), options);
}

/** @internal The graph of files that are here; apart from the GPU, so that tests of files need none. */
export function graphOfFiles(op: string, { model: text, weights }: GraphModelFiles, choice: GraphChoice = {}): Graph {
  const model = parseModel(op, text);
  const topology = topologyOf(op, model);
  const manifest = manifestOf(op, model);
  const shards = [weights].flat().map((shard) => viewOf(op, shard, 'weights'));
  return graphOf(
    op,
    TFJS,
    topology,
    constantsOf(manifest, inOnePiece(op, manifest, shards), shards.length > 1),
    choice,
  );
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

function checkNames(op: string, option: string, names: unknown): void {
  check(
    names === undefined || (Array.isArray(names) && names.every((name) => typeof name === 'string')),
    () => `${op}: ${option} is ${show(names)}; give a list of names of nodes`,
  );
}
