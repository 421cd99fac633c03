/** This library's calls, one after another, as an app without compiled programs makes them. */
import * as library from '../../src/index';
import { openGpu, prepare, type Tensor } from '../../src/index';
import { networkCalls } from '../networks/library-calls';
import type { Strategy } from './strategy';

export async function open(): Promise<Strategy> {
  const gpu = await openGpu();
  return {
    plan: (model) => ({
      async prepare() {
        const x = gpu.tensor(model.x, model.network.layers[0].shape);
        const calls = networkCalls(library, gpu, model);
        let last: Tensor | undefined;
        return {
          run() {
            last?.dispose();
            last = calls.call(x);
          },
          settle: async () => prepare(gpu, () => calls.call(x)),
          submit: () => gpu.submit(),
          sync: () => gpu.finished(),
          read: async () => (await last?.read()) as Float32Array,
          dispose() {
            for (const it of [last, x, calls]) it?.dispose();
          },
        };
      },
    }),
  };
}
