/**
 * ONNX models.
 *
 * @module
 * @see https://onnx.ai
 */
import { fail, show } from '../../conv/check';
import type { DType } from '../../kernels/dtype';
import { openContext, type Gpu } from '../../tensor/gpu';
import { addressOf, type Fetching } from '../download';
import { checkFormat } from '../format';
import { graphOf, type Graph, type GraphChoice } from '../graph';
import { checkLoading } from '../loading';
import { modelOf, type Model } from '../model';
import { bytesOfSource, isAddress, nameOfSource, type ModelSource } from '../source';
import { onnxDialect } from './dialect';
import { onnxFileOf } from './file';

/** A second file: its contents, or a function that gives them for the file's name. */
export type ExternalData = ModelSource | ((location: string) => ModelSource | Promise<ModelSource>);

/** Options of {@link loadOnnxModel}. */
export interface OnnxModelOptions extends GraphChoice, Fetching {
  /**
   * The values that are wanted, by name; default the outputs of the file. Nodes that they do not need are not looked at,
   * whatever their operators.
   *
   * @example
   * ```ts
   * const features = await loadOnnxModel(gpu, 'models/classifier.onnx', { outputs: ['/features/GlobalAveragePool_output_0'] });
   * ```
   */
  readonly outputs?: readonly string[];
  /** Values that are fed instead of computed, by name, beside the model's own inputs; default none. */
  readonly inputs?: readonly string[];
  /**
   * `'f16'` keeps those weights that the file has as float16 in that form on the GPU, in half the memory and with the same
   * numbers; default `'f32'`.
   */
  readonly weights?: DType;
  /** The second file of a model that has its weights there; default the one beside the model, if `source` is an address. */
  readonly externalData?: ExternalData;
  /** Called with the bytes that have been fetched, and the bytes in all; for each file anew. */
  readonly onProgress?: (loadedBytes: number, totalBytes: number) => void;
  /** Aborts the fetching. */
  readonly signal?: AbortSignal;
  /** Fetches the files instead of the browser's `fetch`: with headers, credentials or a cache of the app's own. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

/**
 * Loads an ONNX model, of opset 7 or newer. Files are data: nothing in them is evaluated, and if an address is given, only
 * files beside the model are fetched.
 *
 * Images, [batch, channels, height, width] in ONNX, are computed with their channels last; inputs and outputs have the shapes
 * that the file says. Sizes that the file leaves open are those of each run's inputs. Whole numbers and truth values are
 * floating-point numbers on the GPU. An operator that is not supported is an error at loading, which lists all of them.
 *
 * @param source the file: its address, bytes, Blob, File or Response
 * @param options outputs, inputs; weights; externalData; onProgress, signal and fetch
 * @returns a model that is yours to dispose
 * @throws (rejects) if a file is missing or malformed, or the model has an operator that is not supported; the message names
 *   the node, weight or place in the file
 * @throws (rejects) with the signal's reason when it is aborted
 * @example
 * ```ts
 * using detector = await loadOnnxModel(gpu, 'models/detector.onnx');
 * const { boxes } = await detector.run({ images: pixels }); // [1, 3, 640, 640]
 * ```
 * @see https://onnx.ai/onnx/operators/
 */
export async function loadOnnxModel(gpu: Gpu, source: ModelSource, options: OnnxModelOptions = {}): Promise<Model> {
  const op = 'loadOnnxModel';
  openContext(op, gpu);
  checkLoading(op, options, ['externalData']);
  const { weights: dtype = 'f32', signal } = options;
  signal?.throwIfAborted();
  const bytes = await bytesOfSource(op, source, options);
  checkFormat(op, nameOfSource(source), bytes, 'onnx');
  const graph = await graphOfOnnx(op, bytes, (location) => externalOf(op, source, location, options), options);
  signal?.throwIfAborted();
  gpu.context.life.check(op);
  return modelOf(gpu, graph, dtype === 'f16');
}

/**
 * @internal The graph of a file that is here; apart from the GPU, so that tests of files need no GPU.
 *
 * @param external gives a second file
 */
export async function graphOfOnnx(
  op: string,
  bytes: Uint8Array,
  external: (location: string) => Promise<Uint8Array>,
  choice: GraphChoice = {},
): Promise<Graph> {
  const { topology, opset, locations, weights } = onnxFileOf(op, bytes);
  const files = new Map<string, Uint8Array>();
  for (const location of locations) files.set(location, await external(location));
  return graphOf(op, onnxDialect(opset), topology, weights(files), choice);
}

/** The second file: given, or beside the model. */
async function externalOf(
  op: string,
  source: ModelSource,
  location: string,
  options: OnnxModelOptions,
): Promise<Uint8Array> {
  const { externalData } = options;
  if (externalData !== undefined) {
    const given = typeof externalData === 'function' ? await externalData(location) : externalData;
    return bytesOfSource(op, given, options);
  }
  if (!isAddress(source)) {
    return fail(
      `${op}: the model has weights in a second file, ${show(location)}; give it with options.externalData, or load the model by its address`,
    );
  }
  const model = addressOf(op, source);
  const address = new URL(encodeURIComponent(location), model);
  address.search = model.search;
  return bytesOfSource(op, address, options);
}
