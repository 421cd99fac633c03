/** LiteRT.js: a .tflite file of the network, in fp32, the input moved to the GPU once. */
import { getWebGpuDevice, loadAndCompile, loadLiteRt, Tensor } from '@litertjs/core';
import wasmLoader from '@litertjs/core/wasm/litert_wasm_internal.js?url';
import { planModel } from './litert-model';
import type { Strategy } from './strategy';
import { tfliteModel } from './tflite-model';

export async function open(): Promise<Strategy> {
  const folder = new URL('.', new URL(wasmLoader, location.href)).pathname;
  await loadLiteRt(folder).catch((cause: unknown) => {
    // A missing script is reported by an event, which has no message.
    throw cause instanceof Event ? new Error(`nothing to load in ${folder}`) : cause;
  });
  const device = getWebGpuDevice();
  if (device === null) throw new Error('it opens no GPU');
  return {
    planModel: (model) => (model.format === 'tflite' ? planModel(model) : { unsupported: 'it reads TFLite only' }),
    plan(model) {
      const bytes = tfliteModel(model);
      return {
        async prepare() {
          const compiled = await loadAndCompile(bytes, { accelerator: 'webgpu', gpuOptions: { precision: 'fp32' } });
          if (!compiled.isFullyAccelerated || compiled.options.accelerator !== 'webgpu') {
            compiled.delete();
            throw new Error('it would compute a part on the CPU');
          }
          const input = await new Tensor(model.x, [...model.network.layers[0].shape]).moveTo('webgpu');
          let last: Tensor | undefined;
          return {
            async run() {
              last?.delete();
              [last] = await compiled.run([input]);
            },
            sync: () => device.queue.onSubmittedWorkDone(),
            read: async () => (await last?.data()) as Float32Array,
            dispose() {
              for (const it of [last, input, compiled]) it?.delete();
            },
          };
        },
      };
    },
  };
}
