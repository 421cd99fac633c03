/**
 * TensorFlow.js graph models.
 *
 * @module
 * @see https://www.tensorflow.org/js/guide/conversion
 */
import type { Gpu } from '../../tensor/gpu';
import type { Graph, GraphChoice } from '../graph';
import type { Model } from '../model';
import { TFJS } from './dialect';
import {
  graphOfFiles as graphOfJson,
  loadModelJson,
  type GraphModelOptions,
  type ReadModelJson,
} from './load-model-json';
import type { GraphModelFiles, GraphModelSource } from './model-json';
import { topologyOf } from './topology';

/**
 * Loads a model that TensorFlow.js's converter made (`--output_format=tfjs_graph_model`), and uploads its weights. Files are
 * data: nothing in them is evaluated, and if an address is given, only files beside the model.json are fetched, unless the
 * app says where they are. A model.json has at most 32 MiB, and its weights 2 GiB.
 *
 * Layout NHWC or NCHW, fixed or open sizes, no loops or branches. An op that is not supported is an error at loading, which lists
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
  return loadModelJson('loadGraphModel', gpu, source, options, readGraph);
}

const readGraph: ReadModelJson = (op, model) => ({ dialect: TFJS, topology: topologyOf(op, model) });

/** @internal The graph of files that are here; apart from the GPU, so that tests of files need no GPU. */
export function graphOfFiles(op: string, files: GraphModelFiles, choice: GraphChoice = {}): Graph {
  return graphOfJson(op, files, readGraph, choice);
}
