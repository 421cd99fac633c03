/**
 * TensorFlow Lite's models.
 *
 * @module
 * @see https://ai.google.dev/edge/litert
 */
import type { DType } from '../../kernels/dtype';
import { openContext, type Gpu } from '../../tensor/gpu';
import { checkFormat } from '../format';
import { graphOf, type Graph, type GraphChoice } from '../graph';
import { checkLoading } from '../loading';
import { modelOf, type Model } from '../model';
import { bytesOfSource, nameOfSource, type ModelSource } from '../source';
import { TFLITE } from './dialect';
import { tfliteFile } from './file';

/** Options of {@link loadTfliteModel}. */
export interface TfliteModelOptions extends GraphChoice {
  /**
   * The tensors that are wanted, by name; default the outputs of the file's signature, or those of its graph. Operators that they
   * do not need are not looked at.
   *
   * @example
   * ```ts
   * const features = await loadTfliteModel(gpu, url, { outputs: ['model/global_average_pooling2d/Mean'] });
   * ```
   */
  readonly outputs?: readonly string[];
  /** Tensors that are fed instead of computed, by name, beside the model's own inputs; default none. */
  readonly inputs?: readonly string[];
  /**
   * `'f16'` keeps those weights that the file has as float16, or as whole numbers of 8 bits and fewer, as float16 on the GPU, in
   * half the memory; default `'f32'`.
   */
  readonly weights?: DType;
  /** Called with the bytes that have been fetched, and the bytes in all. */
  readonly onProgress?: (loadedBytes: number, totalBytes: number) => void;
  /** Aborts the fetching. */
  readonly signal?: AbortSignal;
  /** Fetches the file instead of the browser's `fetch`: with headers, credentials or a cache of the app's own. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

/**
 * Loads a .tflite file, and uploads its weights. A file is data: nothing in it is evaluated, and every offset in it is checked.
 *
 * Inputs and outputs have the names of the file's signature, or those of its tensors, and the layout NHWC.
 *
 * Quantised tensors, those of int8 and the like with scales, are computed as the real numbers that they stand for, (q - zero
 * point) * scale, within the bounds of their scales; this includes fed inputs, and outputs. Where only weights are
 * quantised, that is exact. A network of whole numbers from end to end rounds each result to one of 256 numbers where it
 * runs on integers, and here it does not: a single operator differs by half a step of its scale, and the outputs of a hand
 * landmark network of 48 convolutions by 2 % (its classes) and 5 % (its coordinates) in relative L2 on a photograph. If they
 * are rounded after each operator, they match the integers' up to a step.
 *
 * @param source the address of a file, or its bytes: an ArrayBuffer, a typed array, a Blob or File, or a Response
 * @param options outputs, inputs; weights; onProgress, signal and fetch
 * @returns a model that is yours to dispose
 * @throws (rejects) if the file is missing, damaged or of another format, or has an op that is not supported; the message names the file, and the node or tensor
 * @throws (rejects) with the signal's reason when it is aborted
 * @example
 * ```ts
 * using model = await loadTfliteModel(gpu, 'models/selfie_segmentation.tflite');
 * const { activation_10: mask } = await model.run(tensorFromImage(gpu, face, { channels: 3 }));
 * ```
 * @see https://ai.google.dev/edge/litert/models/trained
 */
export async function loadTfliteModel(gpu: Gpu, source: ModelSource, options: TfliteModelOptions = {}): Promise<Model> {
  const op = 'loadTfliteModel';
  openContext(op, gpu);
  checkLoading(op, options);
  const { weights: dtype = 'f32' } = options;
  const bytes = await bytesOfSource(op, source, options);
  checkFormat(op, nameOfSource(source), bytes, 'tflite');
  const graph = tfliteGraph(op, `source ${nameOfSource(source)}`, bytes, options);
  gpu.context.life.check(op);
  return modelOf(gpu, graph, dtype === 'f16');
}

/** @internal The graph of a file; apart from the GPU, so that tests of files need none. */
export function tfliteGraph(op: string, name: string, bytes: Uint8Array, choice: GraphChoice = {}): Graph {
  const { topology, weights } = tfliteFile(`${op}: ${name}`, bytes);
  return graphOf(op, TFLITE, topology, weights, choice);
}
