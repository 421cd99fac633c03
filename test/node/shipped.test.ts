import { readFileSync } from 'node:fs';
/** What the compared libraries ship: weighed on the bundle of the site, the same in a page, in Node and on the built site. */
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { Load } from '../../demo/peers/results';
import { shippedBytes, type Shipped } from '../../demo/peers/shipped';
import { CONTENDERS } from '../../demo/peers/strategy';
import { notes, shippedText, tables } from '../../demo/peers/tables';
import { shippedNow } from '../../tools/site/shipped';

test('every library is weighed, and the WebAssembly that it may load', async () => {
  const { scripts, files } = await shippedNow();
  for (const name of CONTENDERS) expect(scripts[name], name).toBeGreaterThan(10_000);
  expect(scripts['ort-nhwc']).toBe(scripts.ort);
  // TensorFlow.js, which is scripts alone, is no part of the others.
  for (const name of ['ort', 'jax-js', 'litert'] as const) expect(scripts[name]).toBeLessThan(scripts.tfjs!);
  const wasm = 'ort-wasm-simd-threaded.asyncify.wasm';
  expect(files[wasm]).toBe(gzipSync(readFileSync(`node_modules/onnxruntime-web/dist/${wasm}`)).length);
  expect(Object.keys(files)).toEqual(expect.arrayContaining(['litert_wasm_internal.js', 'litert_wasm_internal.wasm']));
});

test('of the files of a library those count that it has fetched, once each', () => {
  const figures: Shipped = { scripts: { litert: 10 }, files: { 'a.wasm': 200, 'b.wasm': 3000 } };
  const fetched = ['http://x/y/a.wasm?v=1', 'http://x/y/a.wasm', 'http://x/y/own.js', 'http://x/toString'];
  expect(shippedBytes(figures, 'litert', fetched)).toBe(210);
  expect(shippedBytes(figures, 'tfjs', fetched)).toBeUndefined();
});

test('a comparison says it, or that it is not known', () => {
  const load: Load = { name: 'tfjs', title: 'TensorFlow.js', ms: 12 };
  const known = { ...load, shipped: 1_234_567 };
  expect(shippedText(known)).toBe('ships 1.23 MB, compressed');
  expect(tables({ loads: [known], layers: [] })[0].rows).toEqual([['tfjs', 'TensorFlow.js', '12', '1235']]);
  expect(notes({ loads: [known], layers: [] })).toEqual([expect.stringMatching(/^ships kB: .* gzip/)]);

  expect(shippedText(load)).toBe('what it ships is not known here');
  expect(notes({ loads: [load], layers: [] })).toEqual(['ships kB: not known in this run']);
  // A result of before it was weighed.
  expect(shippedText({ ...load, bytes: 27e6 })).toBe('fetched 27.00 MB, as the host sent it');
  expect(shippedText({ ...load, error: 'not ready after 90 s' })).toBe('');
});
