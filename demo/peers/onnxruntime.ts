import wasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';
/**
 * ONNX Runtime Web, its native WebGPU provider. By default it transposes a lone layer from NCHW and back; as `NHWC` it is
 * asked for that layout and given a model whose data is in it from end to end, its best for a layer within a network.
 */
import { env, InferenceSession, Tensor } from 'onnxruntime-web/webgpu';
import { outputShape, sizeOf } from '../convolution';
import { PLAIN, type Layer } from '../layer';
import { problemOf, type Problem } from '../problem';
import { toNchw, toNhwc } from './layouts';
import { dimensions, onnxModel } from './onnx-model';
import { readBuffer } from './read-buffer';
import type { Plan, Strategy } from './strategy';

const SMALL: Layer = {
  ...PLAIN,
  name: '',
  family: '',
  op: 'pointwiseConv2d',
  input: [1, 1, 1, 1],
  filter: [1, 1, 1, 1],
};

export async function open(layout: 'NCHW' | 'NHWC'): Promise<Strategy> {
  // Its threads are for the CPU provider, and a worker would load the module anew.
  env.wasm.numThreads = 1;
  env.wasm.wasmPaths = { wasm: new URL(wasmUrl, location.href).href };
  env.logLevel = 'error';
  // The first session opens the device, and the last to be released destroys it: this one stays.
  await InferenceSession.create(onnxModel(problemOf(SMALL), layout), { executionProviders: ['webgpu'] });
  return { plan: (problem) => plan(problem, layout) };
}

function plan(problem: Problem, layout: 'NCHW' | 'NHWC'): Plan {
  const { layer, stages } = problem;
  const outputs = outputShape(stages[stages.length - 1].conv);
  const bytes = onnxModel(problem, layout);
  const values = layout === 'NCHW' ? toNchw(problem.x, layer.input) : problem.x;
  const provider = layout === 'NCHW' ? { name: 'webgpu' } : { name: 'webgpu', preferredLayout: layout };
  return {
    async prepare() {
      const session = await InferenceSession.create(bytes, { executionProviders: [provider] });
      const device = await env.webgpu.device;
      const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
      const [x, y] = [layer.input, outputs].map((shape) => device.createBuffer({ size: 4 * sizeOf(shape), usage }));
      device.queue.writeBuffer(x, 0, values as Float32Array<ArrayBuffer>);
      const tensorOf = (buffer: GPUBuffer, shape: typeof outputs): Tensor =>
        Tensor.fromGpuBuffer(buffer, { dataType: 'float32', dims: dimensions(shape, layout) });
      const feeds = { x: tensorOf(x, layer.input) };
      const fetches = { y: tensorOf(y, outputs) };
      return {
        async run() {
          await session.run(feeds, fetches);
        },
        sync: () => device.queue.onSubmittedWorkDone(),
        async read() {
          const output = await readBuffer(device, y);
          return layout === 'NCHW' ? toNhwc(output, outputs) : output;
        },
        dispose() {
          x.destroy();
          y.destroy();
          void session.release();
        },
      };
    },
  };
}
