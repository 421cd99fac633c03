/** A TFLite file by LiteRT.js, as an app runs it: every output read. */
import { loadAndCompile, Tensor } from '@litertjs/core';
import { withoutOutput, type FedFile, type ModelOutputs } from '../models/fed-model';
import type { Plan } from './strategy';

export function planModel({ bytes, x }: FedFile): Plan<ModelOutputs> {
  return {
    async prepare() {
      const compiled = await loadAndCompile(bytes, { accelerator: 'webgpu', gpuOptions: { precision: 'fp32' } });
      if (!compiled.isFullyAccelerated || compiled.options.accelerator !== 'webgpu') {
        compiled.delete();
        throw new Error('it would compute a part on the CPU');
      }
      const numbers = x.dtype === 'int32' ? Int32Array.from(x.values) : x.values;
      const input = await new Tensor(numbers, [...x.shape]).moveTo('webgpu');
      const names = compiled.getOutputDetails().map(({ name }) => withoutOutput(name));
      let last: ModelOutputs = {};
      return {
        async run() {
          const results = await compiled.run([input]);
          const values = await Promise.all(results.map(async (tensor, i) => [names[i], await tensor.data()] as const));
          for (const tensor of results) tensor.delete();
          last = Object.fromEntries(values) as ModelOutputs;
        },
        // Reading the outputs has already waited for the GPU.
        sync: () => Promise.resolve(),
        read: () => Promise.resolve(last),
        dispose() {
          for (const it of [input, compiled]) it.delete();
        },
      };
    },
  };
}
