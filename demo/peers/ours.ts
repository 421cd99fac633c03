/** This library: layers by the method that it chooses itself, networks compiled. */
import * as library from '../../src/index';
import { compile, openGpu, prepare, type Tensor } from '../../src/index';
import { kernelsOf } from '../kernels-of';
import { libraryCall } from '../library-call';
import { networkCalls } from '../networks/library-calls';
import { planModel } from './ours-model';
import type { Strategy } from './strategy';

export async function open(): Promise<Strategy> {
  const gpu = await openGpu();
  return {
    planModel: (model) => planModel(gpu, model),
    plan: ({ network, x: values, ...model }) => ({
      async prepare() {
        const [{ shape }] = network.layers;
        const x = gpu.tensor(values, shape);
        const calls = networkCalls(library, gpu, { network, x: values, ...model });
        const program = await compile(gpu, { x: shape }, (inputs) => calls.call(inputs.x));
        calls.dispose();
        let last: Tensor | undefined;
        return {
          run() {
            last?.dispose();
            last = program.run({ x });
          },
          settle: () => program.ready(),
          submit: () => gpu.submit(),
          sync: () => gpu.finished(),
          read: async () => (await last?.read()) as Float32Array,
          dispose() {
            for (const it of [last, x, program]) it?.dispose();
          },
        };
      },
    }),
    planLayer: (problem) => ({
      async prepare() {
        const call = libraryCall(gpu, problem);
        let last: Tensor | undefined;
        return {
          run() {
            last?.dispose();
            last = call.compute('default');
          },
          settle: async () => prepare(gpu, () => call.compute('default')),
          kernels: () => kernelsOf(last!),
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
