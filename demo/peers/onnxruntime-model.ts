/** An ONNX file by ONNX Runtime Web, as an app runs it: every output read. */
import { InferenceSession, Tensor } from 'onnxruntime-web/webgpu';
import type { FedFile, ModelOutputs } from '../models/fed-model';
import type { Plan } from './strategy';

/** @param provider with its options, as for a layer */
export function planModel(
  { bytes, x }: FedFile,
  provider: InferenceSession.WebGpuExecutionProviderOption,
): Plan<ModelOutputs> {
  return {
    async prepare() {
      const session = await InferenceSession.create(bytes, { executionProviders: [provider] });
      const [input] = session.inputNames;
      const feeds = { [input]: new Tensor('float32', x.values, x.shape) };
      let last: ModelOutputs = {};
      return {
        async run() {
          const results = await session.run(feeds);
          const values = session.outputNames.map((name) => [name, results[name].data as Float32Array]);
          last = Object.fromEntries(values);
        },
        // Reading the outputs has already waited for the GPU.
        sync: () => Promise.resolve(),
        read: () => Promise.resolve(last),
        dispose() {
          void session.release();
        },
      };
    },
  };
}
