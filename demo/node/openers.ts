/** The libraries that run in Node, and what Dawn for Node needs for them. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { hook } from '../gpu-clock/hooks';
import type { ContenderName, Strategy } from '../peers/strategy';

/** LiteRT.js is not among them: it loads its WebAssembly by a script element or by importScripts. */
export const OPENERS: Readonly<Partial<Record<ContenderName, () => Promise<Strategy>>>> = {
  ours: async () => (await import('../peers/ours')).open(),
  eager: async () => (await import('../peers/eager')).open(),
  tfjs: async () => (await import('../peers/tfjs')).open(),
  ort: () => openOnnxRuntime('NCHW'),
  'ort-nhwc': () => openOnnxRuntime('NHWC'),
  'jax-js': async () => (await import('../peers/jax-js')).open(),
};

async function openOnnxRuntime(layout: 'NCHW' | 'NHWC'): Promise<Strategy> {
  copySharedWrites();
  const { resolve } = createRequire(import.meta.url);
  const wasmBinary = await readFile(resolve('onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm'));
  return (await import('../peers/onnxruntime')).open(layout, { wasmBinary });
}

/** ONNX Runtime writes from the shared memory of its WebAssembly, but Dawn for Node accepts no shared memory. */
function copySharedWrites(): void {
  hook(
    GPUQueue,
    'writeBuffer',
    (own) =>
      function (buffer, offset, data, from = 0, size) {
        const view = ArrayBuffer.isView(data) ? data : new Uint8Array(data);
        const isShared = view.buffer instanceof SharedArrayBuffer;
        if (!isShared || !(view instanceof Uint8Array)) {
          return size === undefined ? own.call(this, buffer, offset, data, from) : own.call(this, buffer, offset, data, from, size); // prettier-ignore
        }
        const end = size === undefined ? undefined : from + size;
        return own.call(this, buffer, offset, Uint8Array.from(view.subarray(from, end)));
      },
  );
}
