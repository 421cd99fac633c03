/**
 * Detects what a file is by its first bytes, so that an error can name another format and what loads it.
 *
 * @module
 */
import { fail } from '../conv/check';

/** What loaders read: the JSON of TensorFlow.js, and two formats of a single file. */
export type FileFormat = 'json' | 'tflite' | 'onnx';

/** What a file is. */
export interface Sniffed {
  /** Undefined if nothing here reads it. */
  readonly format?: FileFormat;
  /** As in "this is ...". */
  readonly what: string;
  /** What to do with it. */
  readonly remedy: string;
}

/** So many bytes are enough. */
export const HEAD_BYTES: number = 512;

const READ: Readonly<Record<FileFormat, Sniffed>> = {
  json: {
    format: 'json',
    what: 'JSON',
    remedy: 'loadGraphModel and loadLayersModel load a model.json with its shards',
  },
  tflite: { format: 'tflite', what: 'a TFLite file', remedy: 'loadTfliteModel loads it' },
  onnx: { format: 'onnx', what: 'an ONNX file', remedy: 'loadOnnxModel loads it' },
};

const KERAS = 'convert it with tensorflowjs_converter --input_format=keras, and use loadLayersModel';
const SAVED = 'convert its folder with tensorflowjs_converter --input_format=tf_saved_model, and use loadGraphModel';
const TORCH = 'export the model with torch.onnx.export, and use loadOnnxModel';

/** Formats by how a file begins; the first match counts. The texts searched for are ASCII. */
const SIGNS: readonly (readonly [at: number, sign: string, what: string, remedy: string])[] = [
  [1, 'HDF\r\n', 'a Keras model in HDF5 (.h5)', KERAS],
  [0, 'GGUF', 'a GGUF file of weights', 'it holds a language model, which this library does not run'],
  [4, 'ORTM', "ONNX Runtime's own format (.ort)", 'use the .onnx file that it was made of, and loadOnnxModel'],
  [1, 'NUMPY', 'a NumPy array', 'it is no model'],
  [0, 'version https://git-lfs', 'a pointer of Git LFS and not the file itself', 'get the file with git lfs pull'],
  [0, '<?xml', 'XML', 'it is no model that this library reads'],
  [0, '<', 'a web page (HTML)', 'servers answer so where there is no such file: look at the address'],
  [0, '\x1f\x8b', 'packed with gzip', 'unpack it, or have the server say Content-Encoding: gzip'],
  // As text, where the second byte cannot be read.
  [0, '\x1f\xfd', 'packed with gzip', 'unpack it, or have the server say Content-Encoding: gzip'],
  [0, '\x80', 'a pickle of Python (.pt, .pth)', TORCH],
  [0, '\x08\x01\x12', 'a SavedModel of TensorFlow', SAVED],
];

/** What an archive is, by a name inside it. */
const ARCHIVES: readonly (readonly [name: RegExp, what: string, remedy: string])[] = [
  [
    /\.tflite/,
    'a bundle of MediaPipe (.task)',
    'it is a zip: take the .tflite files out of it, and use loadTfliteModel',
  ],
  [/data\.pkl|\/byteorder|\/version/, 'a model of PyTorch (.pt, .pth)', TORCH],
  [/metadata\.json|config\.json|weights\.h5/, 'a Keras model (.keras)', KERAS],
  [/\.npy/, 'arrays of NumPy (.npz)', 'it is no model'],
  [/\.mlmodel|Manifest\.json/, 'a model of Core ML', 'use the model that it was made of'],
];

/**
 * What a file is; undefined if it is not recognised.
 *
 * @param head its first bytes, `HEAD_BYTES` of them if it has so many
 */
export function formatOf(head: Uint8Array): Sniffed | undefined {
  const text = Array.from(head.subarray(0, HEAD_BYTES), (byte) => String.fromCharCode(byte)).join('');
  if (text === '') return { what: 'empty', remedy: 'look at where it comes from' };
  if (text.startsWith('TFL3', 4)) return READ.tflite;
  const words = text.replace(/^\xef\xbb\xbf/, '').trimStart();
  if (/^[{[]/.test(words)) return READ.json;
  if (text.startsWith('PK\x03\x04')) {
    const known = ARCHIVES.find(([name]) => name.test(text));
    const [, what, remedy] = known ?? [undefined, 'a zip archive', 'unpack it, and give the files in it'];
    return { what, remedy };
  }
  if (isSafetensors(head)) return { what: 'weights of safetensors', remedy: `it has no network in it; ${TORCH}` };
  const sign = SIGNS.find(([at, start]) => (start.startsWith('<') ? words : text).startsWith(start, at));
  if (sign !== undefined) return { what: sign[2], remedy: sign[3] };
  if (isGraphDef(text)) return { what: 'a GraphDef of TensorFlow (.pb)', remedy: SAVED };
  return isOnnx(head) ? READ.onnx : undefined;
}

/**
 * Throws if a file is of another format than the loader's, and says which. A file of no known format is left to the loader.
 *
 * @param name what the file is called
 */
export function checkFormat(op: string, name: string, head: Uint8Array, wanted: FileFormat): void {
  const found = formatOf(head);
  if (found !== undefined && found.format !== wanted) fail(wrongFormat(op, name, found));
}

/** The error of a file that is something else. */
export function wrongFormat(op: string, name: string, { what, remedy }: Sniffed): string {
  return `${op}: ${name} is ${what}; ${remedy}`;
}

/** Whether the first node begins with its name. A text may begin with empty lines like this, but all of it can be read. */
function isGraphDef(text: string): boolean {
  // Control characters tell it from a text.
  // oxlint-disable-next-line no-control-regex
  return /^\n[^]{1,2}\n[^]/.test(text) && /[\x00-\x08\x0e-\x1f]/.test(text);
}

/** The length of a header, and the header, which is JSON. */
function isSafetensors(head: Uint8Array): boolean {
  return head[8] === 0x7b && head[3] < 8 && head[4] === 0 && head[5] === 0 && head[6] === 0 && head[7] === 0;
}

/** The fields of ONNX's ModelProto: versions are numbers, all others have a length. */
const NUMBERS: ReadonlySet<number> = new Set([1, 5]);
const LENGTHS: ReadonlySet<number> = new Set([2, 3, 4, 6, 7, 8, 14, 20, 25, 26]);

/** Whether all fields that begin in the first bytes are a ModelProto's. */
function isOnnx(head: Uint8Array): boolean {
  let at = 0;
  let fields = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; at < head.length; scale *= 128) {
      const byte = head[at++];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    return value;
  };
  while (at < head.length) {
    const tag = varint();
    const [field, type] = [Math.floor(tag / 8), tag % 8];
    if (type === 0 && NUMBERS.has(field)) varint();
    else if (type === 2 && LENGTHS.has(field)) {
      const length = varint();
      at += length;
    } else return false;
    fields++;
  }
  return fields > 1;
}
