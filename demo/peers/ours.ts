/** This library, by the method that it chooses itself. */
import { openGpu, type Tensor } from '../../src/index';
import { libraryCall } from '../library-call';
import type { Strategy } from './strategy';

export async function open(): Promise<Strategy> {
  const gpu = await openGpu();
  return {
    plan: (problem) => ({
      async prepare() {
        const call = libraryCall(gpu, problem);
        let last: Tensor | undefined;
        return {
          run() {
            last?.dispose();
            last = call.compute('default');
          },
          sync: () => gpu.finished(),
          read: async () => (await last?.read()) as Float32Array,
          dispose() {
            last?.dispose();
            call.dispose();
            gpu.trim();
          },
        };
      },
    }),
  };
}
