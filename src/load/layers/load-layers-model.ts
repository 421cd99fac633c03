/**
 * TensorFlow.js layers models, which are Keras models.
 *
 * @module
 * @see https://www.tensorflow.org/js/guide/save_load
 */
import type { Gpu } from '../../tensor/gpu';
import type { Graph, GraphChoice } from '../graph';
import type { Model } from '../model';
import { graphOfFiles, loadModelJson, type GraphModelOptions, type ReadModelJson } from '../tfjs/load-model-json';
import type { GraphModelFiles, GraphModelSource } from '../tfjs/model-json';
import { LAYERS } from './dialect';
import { layersTopologyOf } from './topology';

/**
 * Loads a layers model: one that TensorFlow.js saved (`model.save`), or that its converter made of a Keras model
 * (`--output_format=tfjs_layers_model`). Sequential and functional models, models in models, layers that are shared, several
 * inputs and outputs; each call of a layer is a node by the layer's name. Layers that are not supported, recurrent and
 * Lambda layers among them, are an error at loading, which lists all of them.
 *
 * Results are the same as TensorFlow.js's, except for what it leaves out: dilation of depthwise convolutions, groups, causal
 * padding.
 *
 * @param source as for `loadGraphModel`
 * @param options as for `loadGraphModel`; names in outputs and inputs are those of layers, `model/layer` in a model in the
 *   model, and `layer#1` for the second call of a layer
 * @returns a model that is yours to dispose
 * @throws (rejects) if a file is missing or malformed, or the model has a layer that is not supported; the message names it
 * @throws (rejects) with the signal's reason when it is aborted
 * @example
 * ```ts
 * using model = await loadLayersModel(gpu, 'models/mobilenet/model.json');
 * const { predictions } = await model.run(tensorFromImage(gpu, face, { channels: 3 }));
 * ```
 * @see https://js.tensorflow.org/api/latest/#loadLayersModel
 */
export async function loadLayersModel(
  gpu: Gpu,
  source: GraphModelSource,
  options: GraphModelOptions = {},
): Promise<Model> {
  return loadModelJson('loadLayersModel', gpu, source, options, readLayers);
}

const readLayers: ReadModelJson = (op, model, { weights }) => ({
  dialect: LAYERS,
  ...layersTopologyOf(op, model, weights.keys()),
});

/** @internal The graph of files that are here; apart from the GPU, so that tests of files need no GPU. */
export function graphOfLayersFiles(op: string, files: GraphModelFiles, choice: GraphChoice = {}): Graph {
  return graphOfFiles(op, files, readLayers, choice);
}
