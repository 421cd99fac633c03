/**
 * Models whose files are a model.json and its shards, whatever kind of model the JSON describes.
 *
 * @module
 */
import type { DType } from '../../kernels/dtype';
import { openContext, type Gpu } from '../../tensor/gpu';
import type { Dialect } from '../dialect';
import { graphOf, type Graph, type GraphChoice } from '../graph';
import type { HostValue } from '../host-value';
import { checkLoading } from '../loading';
import { modelOf, type Model } from '../model';
import type { Topology } from '../node';
import type { Weights } from '../place';
import { viewOf } from '../source';
import { manifestOf, type Manifest } from './manifest';
import {
  checkWeightPlaces,
  inOnePiece,
  isHere,
  MODEL_JSON_OPTIONS,
  openModelJson,
  parseModel,
  type GraphModelFiles,
  type GraphModelSource,
} from './model-json';
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
  /** Called with the bytes of weights that have been fetched, and the bytes in all. */
  readonly onProgress?: (loadedBytes: number, totalBytes: number) => void;
  /** Aborts the fetching. */
  readonly signal?: AbortSignal;
  /**
   * Fetches the files instead of the browser's `fetch`: with headers, credentials or a cache of the app's own.
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

/** What a model.json is read as. */
export interface ModelJson {
  readonly dialect: Dialect;
  readonly topology: Topology;
  /** Constants that are not in the shards. */
  readonly constants?: ReadonlyMap<string, HostValue>;
}

/** Reads a parsed model.json; the loader need not know which kind of model it is. */
export type ReadModelJson = (op: string, model: unknown, manifest: Manifest) => ModelJson;

/** Loads a model, as `loadGraphModel` says it. */
export async function loadModelJson(
  op: string,
  gpu: Gpu,
  source: GraphModelSource,
  options: GraphModelOptions,
  read: ReadModelJson,
): Promise<Model> {
  openContext(op, gpu);
  checkLoading(op, options, MODEL_JSON_OPTIONS);
  checkWeightPlaces(op, options);
  const { weights: dtype = 'f32', signal } = options;
  signal?.throwIfAborted();
  const graph = isHere(source)
    ? graphOfFiles(op, source, read, options)
    : await graphOfSource(op, source, read, options);
  gpu.context.life.check(op);
  return modelOf(gpu, graph, dtype === 'f16');
}

async function graphOfSource(
  op: string,
  source: GraphModelSource,
  read: ReadModelJson,
  options: GraphModelOptions,
): Promise<Graph> {
  const { model, weights } = await openModelJson(op, source, options);
  // Errors in the nodes are reported before megabytes are fetched.
  const manifest = manifestOf(op, model);
  const json = read(op, model, manifest);
  const bytes = await weights(manifest);
  options.signal?.throwIfAborted();
  return graphOf(op, json.dialect, json.topology, constantsOf(manifest, json, bytes, true), options);
}

/** The graph of files that are here; apart from the GPU, so that tests of files need no GPU. */
export function graphOfFiles(
  op: string,
  { model: text, weights }: GraphModelFiles,
  read: ReadModelJson,
  choice: GraphChoice = {},
): Graph {
  const model = parseModel(op, text);
  const manifest = manifestOf(op, model);
  const json = read(op, model, manifest);
  const shards = [weights].flat().map((shard) => viewOf(op, shard, 'weights'));
  const constants = constantsOf(manifest, json, inOnePiece(op, manifest, shards), shards.length > 1);
  return graphOf(op, json.dialect, json.topology, constants, choice);
}

/**
 * The constants of a file, as they are asked for.
 *
 * @param own whether nobody else has the bytes; otherwise the bytes of the requested constants are copied
 */
function constantsOf({ weights }: Manifest, { constants }: ModelJson, bytes: Uint8Array, own: boolean): Weights {
  return {
    get(name) {
      const known = constants?.get(name);
      if (known !== undefined) return known;
      const spec = weights.get(name);
      if (spec === undefined || own) return spec && constantOf(spec, bytes);
      const { offset, byteLength } = spec;
      return constantOf({ ...spec, offset: 0 }, bytes.slice(offset, offset + byteLength));
    },
  };
}
