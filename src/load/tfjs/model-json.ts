/**
 * A model.json and its shards, in all the ways in which apps have them. Only the list of weights in the JSON is read here.
 *
 * @module
 * @see https://github.com/tensorflow/tfjs/blob/master/tfjs-core/src/io/types.ts (ModelArtifacts, IOHandler)
 */
import { check, fail, show } from '../../conv/check';
import { addressOf, chained, checkText, type Fetching, type Progress } from '../download';
import { checkFormat, HEAD_BYTES } from '../format';
import { field } from '../json';
import { bytesOfPart, isAddress, isBlob, isBuffer, isResponse, nameOfSource, textOfSource, viewOf } from '../source';
import type { Manifest } from './manifest';
import { downloadWeights, joined, type WeightPlaces } from './shards';

/** The files of a model, where the app has them already. */
export interface GraphModelFiles {
  /** The model.json: its text, what it is parsed to, or a Blob of it. */
  readonly model: string | object;
  /**
   * The shards, all in one or in the order of the manifest. What the model needs of buffers is copied before the loader
   * returns its promise: they may be changed, transferred or forgotten from then on.
   */
  readonly weights: GraphModelWeights;
}

/** Weights that the app has. */
export type GraphModelWeights = ArrayBuffer | Uint8Array | Blob | readonly (ArrayBuffer | Uint8Array | Blob)[];

/** TensorFlow.js's `tf.io.ModelArtifacts`, of which this reads these fields. */
export interface GraphModelArtifacts {
  readonly modelTopology?: object;
  readonly weightSpecs?: readonly object[];
  readonly weightData?: ArrayBuffer | readonly ArrayBuffer[];
  readonly getWeightStream?: () => ReadableStream<ArrayBuffer | Uint8Array>;
  readonly format?: string;
  readonly signature?: object;
  readonly userDefinedMetadata?: object;
}

/** TensorFlow.js's `tf.io.IOHandler`: `tf.io.browserFiles(files)`, `tf.io.http(url)`, or one of `tf.io.getLoadHandlers(url)`. */
export interface GraphModelHandler {
  readonly load?: () => GraphModelArtifacts | Promise<GraphModelArtifacts>;
}

/**
 * Where a model.json is: its address, a Response, the files as they were chosen or dropped (the model.json among them), the
 * files by name, or what TensorFlow.js loads from.
 */
export type GraphModelSource =
  | string
  | URL
  | Response
  | ArrayLike<File>
  | GraphModelFiles
  | GraphModelHandler
  | GraphModelArtifacts;

/** How the files of a model come here. */
export interface ModelJsonOptions extends Fetching, WeightPlaces {
  readonly onProgress?: Progress;
}

/** The names of its options beside those of every loader. */
export const MODEL_JSON_OPTIONS: readonly (keyof WeightPlaces)[] = ['weightPathPrefix', 'weightUrl'];

/** A model.json that is here, and its weights, which may not be. */
export interface OpenedModel {
  /** Parsed. */
  readonly model: unknown;
  /** All shards, one after the other; fetched when it is called, once it is known that the model can be computed. */
  readonly weights: (manifest: Manifest) => Promise<Uint8Array>;
}

/** @throws unless what says where the shards are is of the right type, and one thing */
export function checkWeightPlaces(op: string, { weightPathPrefix, weightUrl }: WeightPlaces): void {
  check(
    weightPathPrefix === undefined || typeof weightPathPrefix === 'string',
    () => `${op}: weightPathPrefix is ${show(weightPathPrefix)}; give what addresses of shards begin with`,
  );
  check(
    weightUrl === undefined || typeof weightUrl === 'function',
    () => `${op}: weightUrl is ${show(weightUrl)}; give a function from a shard's name to its address`,
  );
  check(
    weightPathPrefix === undefined || weightUrl === undefined,
    () => `${op}: weightPathPrefix and weightUrl both say where the shards are; give one of them`,
  );
}

/** Whether everything is here already, as buffers: then nothing waits, and only what is needed has to be copied. */
export function isHere(source: GraphModelSource): source is GraphModelFiles {
  if (typeof source !== 'object' || source === null || !('model' in source && 'weights' in source)) return false;
  const { model, weights } = source;
  return !isBlob(model) && (Array.isArray(weights) ? weights : [weights]).every((shard) => !isBlob(shard));
}

/**
 * Opens a model.json.
 *
 * @throws (rejects) if the source is none, or the file is not there, too long or no JSON
 */
export async function openModelJson(
  op: string,
  source: GraphModelSource,
  options: ModelJsonOptions = {},
): Promise<OpenedModel> {
  const { onProgress, signal } = options;
  const beside = (url?: URL) => (manifest: Manifest) => downloadWeights(op, url, manifest, onProgress, options);
  if (isAddress(source)) {
    const url = addressOf(op, source);
    return { model: parseModel(op, await textOfSource(op, url, options)), weights: beside(url) };
  }
  if (isResponse(source)) {
    const model = parseModel(op, await textOfSource(op, source));
    // A Response that an app made itself has no address, so nothing is beside it.
    return { model, weights: beside(source.url === '' ? undefined : new URL(source.url)) };
  }
  if (isHandler(source)) return openArtifacts(op, await source.load(), signal);
  if (isFiles(source)) return openFiles(op, Array.from(source));
  // The error for a file of another format names that format.
  if (isBuffer(source)) checkFormat(op, nameOfSource(source), viewOf(op, source, 'source'), 'json');
  else if (isBlob(source)) {
    checkFormat(op, nameOfSource(source), await bytesOfPart(op, source.slice(0, HEAD_BYTES), 'source'), 'json');
  }
  check(
    typeof source === 'object' && source !== null && !isBuffer(source) && !isBlob(source),
    () => `${op}: source is ${nameOfSource(source)}; ${WANTED}`,
  );
  if ('modelTopology' in source) return openArtifacts(op, source, signal);
  check('model' in source && 'weights' in source, () => `${op}: source is ${show(source)}; ${WANTED}`);
  const { model, weights } = source;
  // Buffers are copied now, since what follows waits.
  const shards: readonly unknown[] = (Array.isArray(weights) ? weights : [weights]).map((shard) =>
    isBlob(shard) ? shard : Uint8Array.from(viewOf(op, shard, 'weights')),
  );
  return {
    model: parseModel(op, isBlob(model) ? await textOfSource(op, model) : model),
    weights: async (manifest) => {
      const parts = await Promise.all(shards.map((shard) => bytesOfPart(op, shard, 'weights')));
      return inOnePiece(op, manifest, parts);
    },
  };
}

const WANTED =
  'give the address of a model.json, its files, { model, weights }, or an IOHandler or ModelArtifacts of TensorFlow.js';

/** Parses JSON that is not parsed yet. */
export function parseModel(op: string, text: unknown): unknown {
  if (typeof text !== 'string') return text;
  checkText(op, 'model.json', text.length);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`${op}: model.json is not JSON: it begins with ${show(text)}`, { cause });
  }
}

/** Nothing says where a shard ends. It does not matter, since they follow one another. */
export function inOnePiece(op: string, manifest: Manifest, shards: readonly Uint8Array[]): Uint8Array {
  const paths = manifest.groups.flatMap((group) => group.paths);
  return joined(op, { ...manifest, groups: [{ paths, byteLength: manifest.byteLength }] }, [shards]);
}

/** Whether it loads a model by itself, as TensorFlow.js's handlers do. */
export function isHandler(source: unknown): source is Required<GraphModelHandler> {
  return typeof source === 'object' && source !== null && 'load' in source && typeof source.load === 'function';
}

/** A list of files of any kind: an array, a FileList, or one file by itself. */
export function isFiles(source: unknown): source is ArrayLike<File> {
  return (
    typeof source === 'object' &&
    source !== null &&
    !isBuffer(source) &&
    'length' in source &&
    typeof source.length === 'number' &&
    source.length > 0 &&
    Array.from(source as ArrayLike<unknown>).every(
      (file) => isBlob(file) && 'name' in file && typeof file.name === 'string',
    )
  );
}

/** The model.json among some files; shards are found by their names. */
async function openFiles(op: string, files: readonly File[]): Promise<OpenedModel> {
  const given = (): string => files.map(({ name }) => show(name)).join(', ');
  const texts = files.filter(({ name }) => /\.json$/i.test(name));
  if (texts.length === 0) {
    const head = await bytesOfPart(op, files[0].slice(0, HEAD_BYTES), 'a file');
    checkFormat(op, show(files[0].name), head, 'json');
  }
  check(
    texts.length === 1,
    () => `${op}: of the files ${given()} ${texts.length} end in .json; give one model.json and its shards`,
  );
  const model = parseModel(op, await textOfSource(op, texts[0]));
  const byName = new Map(files.map((file) => [file.name, file]));
  return {
    model,
    weights: async (manifest) => {
      const groups = manifest.groups.map(({ paths }) =>
        paths.map(
          (path) =>
            byName.get(path) ??
            fail(`${op}: the weights need the file ${show(path)}, which is not among ${given()}; give it, too`),
        ),
      );
      const chunks = groups.map((shards) => Promise.all(shards.map((shard) => bytesOfPart(op, shard, 'a file'))));
      return joined(op, manifest, await Promise.all(chunks));
    },
  };
}

/** What a handler of TensorFlow.js has loaded. */
async function openArtifacts(
  op: string,
  artifacts: GraphModelArtifacts,
  signal: AbortSignal | undefined,
): Promise<OpenedModel> {
  signal?.throwIfAborted();
  const topology = field(artifacts, 'modelTopology');
  check(
    typeof topology === 'object' && topology !== null,
    () => `${op}: the ModelArtifacts have the modelTopology ${show(topology)}; it must be an object`,
  );
  check(
    !isBuffer(topology),
    () => `${op}: the ModelArtifacts have their modelTopology as bytes; convert the model to JSON`,
  );
  const { weightSpecs = [], weightData, getWeightStream } = artifacts;
  const model = { ...artifacts, weightsManifest: [{ paths: [], weights: weightSpecs }] };
  const data = weightData ?? (getWeightStream === undefined ? new ArrayBuffer(0) : undefined);
  // As with files: buffers may be the app's own.
  const held = data && [data].flat().map((part) => Uint8Array.from(viewOf(op, part, 'weightData')));
  return {
    model,
    weights: async (manifest) => {
      const parts = held ?? (await drained(op, getWeightStream!(), manifest.byteLength, signal));
      return inOnePiece(op, manifest, parts);
    },
  };
}

/** A stream's pieces; it is not read further than there are weights. */
async function drained(
  op: string,
  stream: ReadableStream<ArrayBuffer | Uint8Array>,
  byteLength: number,
  signal: AbortSignal | undefined,
): Promise<readonly Uint8Array[]> {
  const reader = stream.getReader();
  const parts: Uint8Array[] = [];
  let loaded = 0;
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      signal?.throwIfAborted();
      const bytes = viewOf(op, part.value, 'a piece of the weight stream');
      loaded += bytes.length;
      check(
        loaded <= byteLength,
        () => `${op}: the weight stream has ${loaded} bytes or more but the weightSpecs have ${byteLength}`,
      );
      parts.push(bytes);
    }
    return [chained(parts, loaded)];
  } finally {
    reader.cancel().catch(() => {});
  }
}
