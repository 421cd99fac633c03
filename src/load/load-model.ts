/**
 * Loads any model. Its first bytes tell the format, and only the loader of that format is fetched.
 *
 * @module
 */
import { check, fail, show } from '../conv/check';
import { openContext, type Gpu } from '../tensor/gpu';
import { checkText, textOfResponse } from './download';
import { formatOf, HEAD_BYTES, wrongFormat, type FileFormat } from './format';
import { field } from './json';
import { checkLoading, LOADING_OPTIONS } from './loading';
import type { Model } from './model';
import type { OnnxModelOptions } from './onnx/load-onnx-model';
import { answering, peek } from './peek';
import { isAddress, isBlob, isBuffer, isResponse, nameOfSource, viewOf, type ModelSource } from './source';
import type { GraphModelOptions } from './tfjs/load-model-json';
import {
  checkWeightPlaces,
  isFiles,
  isHandler,
  MODEL_JSON_OPTIONS,
  parseModel,
  type GraphModelSource,
} from './tfjs/model-json';

/** What a model was. */
export type ModelFormat = 'graph-model' | 'layers-model' | 'tflite' | 'onnx';

/** A model, and what it was. */
export interface LoadedModel extends Model {
  readonly format: ModelFormat;
}

/** Wherever a model is, of whatever format: see {@link ModelSource} and {@link GraphModelSource}. */
export type AnyModelSource = ModelSource | GraphModelSource;

/** Options of {@link loadModel}: those of all loaders. Options that a format does not use are ignored. */
export interface LoadModelOptions extends GraphModelOptions, Pick<OnnxModelOptions, 'externalData'> {}

/** A model that is about to be loaded by what loads its format. */
interface Found {
  readonly format: ModelFormat;
  readonly source: AnyModelSource;
  /** Replaces the app's own. */
  readonly options?: LoadModelOptions;
}

/**
 * Loads a model of any format that this library reads: a graph model or layers model of TensorFlow.js, a TFLite file or an
 * ONNX file. Its first bytes tell the format, whatever its name, and then the loader of that format is imported. An app that
 * knows the format imports that loader itself and saves a request.
 *
 * @param source the address of a file, its bytes, a Blob or Response; the files that a page was given, as an array or a FileList: a
 *   model.json and its shards, a .tflite, an .onnx and its second file; or what `loadGraphModel` takes
 * @param options those of `loadGraphModel` and `loadOnnxModel`
 * @returns a model that is yours to dispose; its `format` says what was found
 * @throws (rejects) if the file is of another format, and says which it is and what to do; or as the loader of its format does
 * @throws (rejects) with the signal's reason when it is aborted
 * @example
 * ```ts
 * using any = await loadModel(gpu, fileInput.files!);
 * console.log(any.format, any.inputs, any.explain().nodes.length);
 * ```
 * @see https://www.tensorflow.org/js/guide/conversion
 */
export async function loadModel(
  gpu: Gpu,
  source: AnyModelSource,
  options: LoadModelOptions = {},
): Promise<LoadedModel> {
  const op = 'loadModel';
  openContext(op, gpu);
  checkLoading(op, options, [...MODEL_JSON_OPTIONS, 'externalData']);
  checkWeightPlaces(op, options);
  options.signal?.throwIfAborted();
  const found = await find(op, source, options);
  const model = await load(gpu, found, found.options ?? options);
  return { ...model, format: found.format };
}

async function load(gpu: Gpu, { format, source }: Found, options: LoadModelOptions): Promise<Model> {
  const { externalData, ...others } = options;
  const shared = Object.fromEntries(LOADING_OPTIONS.map((name) => [name, options[name]])) as LoadModelOptions;
  switch (format) {
    case 'graph-model': {
      const { loadGraphModel } = await import('./tfjs/load-graph-model');
      return loadGraphModel(gpu, source as GraphModelSource, others);
    }
    case 'layers-model': {
      const { loadLayersModel } = await import('./layers/load-layers-model');
      return loadLayersModel(gpu, source as GraphModelSource, others);
    }
    case 'tflite': {
      const { loadTfliteModel } = await import('./tflite/load-tflite-model');
      return loadTfliteModel(gpu, source as ModelSource, shared);
    }
    case 'onnx': {
      const { loadOnnxModel } = await import('./onnx/load-onnx-model');
      return loadOnnxModel(gpu, source as ModelSource, { ...shared, externalData });
    }
  }
}

/** What a source is. */
async function find(op: string, source: AnyModelSource, options: LoadModelOptions): Promise<Found> {
  if (isAddress(source) || isResponse(source)) return findFetched(op, source, options);
  if (isFiles(source)) return findFiles(op, Array.from(source), options);
  if (isBlob(source)) {
    const format = known(op, nameOfSource(source), await headOf(source));
    return format === 'json' ? ofTextAlone(op, await textOf(op, source)) : { format, source };
  }
  if (isBuffer(source)) {
    const view = viewOf(op, source, 'source');
    const format = known(op, nameOfSource(source), view.subarray(0, HEAD_BYTES));
    if (format !== 'json') return { format, source };
    checkText(op, nameOfSource(source), view.length);
    return ofTextAlone(op, new TextDecoder().decode(Uint8Array.from(view)));
  }
  check(
    typeof source === 'object' && source !== null,
    () => `${op}: source is ${show(source)}; give an address, files, bytes, or an IOHandler of TensorFlow.js`,
  );
  if (isHandler(source)) {
    const artifacts = await source.load();
    return ofJson(op, artifacts, () => artifacts);
  }
  if ('modelTopology' in source) return ofJson(op, source, () => source);
  check('model' in source && 'weights' in source, () => `${op}: source is ${show(source)}; ${GIVE}`);
  const { model, weights } = source;
  const text = isBlob(model) ? await textOf(op, model) : model;
  return ofJson(op, text, (parsed) => ({ model: parsed as object, weights }));
}

const GIVE = 'give an address, files, bytes, { model, weights }, or an IOHandler or ModelArtifacts of TensorFlow.js';

/** A model.json by itself: only the options can say where its shards are. */
const ofTextAlone = (op: string, text: string): Found => ofJson(op, text, () => new Response(text));

/** It is requested once: its loader gets the answer that has come. */
async function findFetched(op: string, source: string | URL | Response, options: LoadModelOptions): Promise<Found> {
  const { head, whole, url } = await peek(op, source, options);
  const name = nameOfSource(source);
  const format = known(op, name, head);
  if (format === 'json') {
    const text = await textOfResponse(op, name, whole);
    if (url === undefined) return ofTextAlone(op, text);
    return {
      ...ofJson(op, text, () => url),
      options: { ...options, fetch: answering(op, url, new Response(text), options) },
    };
  }
  if (url === undefined) return { format, source: whole };
  return { format, source: url, options: { ...options, fetch: answering(op, url, whole, options) } };
}

/** The model among some files. */
async function findFiles(op: string, files: readonly File[], options: LoadModelOptions): Promise<Found> {
  const sniffed = await Promise.all(files.map(async (file) => ({ file, sniffed: formatOf(await headOf(file)) })));
  const models = sniffed.filter((one) => one.sniffed?.format !== undefined && one.sniffed.format !== 'json');
  const names = (): string => files.map(({ name }) => show(name)).join(', ');
  check(models.length <= 1, () => `${op}: of the files ${names()} ${models.length} are models; give one at a time`);
  const [model] = models;
  if (model !== undefined) {
    const format = model.sniffed?.format === 'tflite' ? 'tflite' : 'onnx';
    const beside = (location: string): File =>
      files.find(({ name }) => name === location) ??
      fail(`${op}: the model needs the file ${show(location)}, which is not among ${names()}; give it, too`);
    return { format, source: model.file, options: { ...options, externalData: options.externalData ?? beside } };
  }
  const json = sniffed.find((one) => one.sniffed?.format === 'json');
  if (json !== undefined) return ofJson(op, await textOf(op, json.file), () => files);
  const [first] = sniffed;
  return fail(
    first.sniffed === undefined
      ? unknown(op, show(first.file.name))
      : wrongFormat(op, show(first.file.name), first.sniffed),
  );
}

/** A model.json, by the kind of its model. */
function ofJson(op: string, json: unknown, source: (model: unknown) => GraphModelSource): Found {
  const model = parseModel(op, json);
  const topology = field(model, 'modelTopology');
  const config = field(topology, 'model_config') ?? topology;
  const isLayers = field(model, 'format') === 'layers-model' || field(config, 'class_name') !== undefined;
  return { format: isLayers ? 'layers-model' : 'graph-model', source: source(model) };
}

/** @throws if the file is of no format that is read */
function known(op: string, name: string, head: Uint8Array): FileFormat {
  const found = formatOf(head);
  if (found === undefined) return fail(unknown(op, name));
  return found.format ?? fail(wrongFormat(op, name, found));
}

function unknown(op: string, name: string): string {
  return `${op}: ${name} is of no format that is known here; those that can be loaded are TensorFlow.js (model.json), TFLite and ONNX`;
}

async function headOf(blob: Blob): Promise<Uint8Array> {
  return new Uint8Array(await blob.slice(0, HEAD_BYTES).arrayBuffer());
}

async function textOf(op: string, blob: Blob): Promise<string> {
  checkText(op, nameOfSource(blob), blob.size);
  return blob.text();
}
