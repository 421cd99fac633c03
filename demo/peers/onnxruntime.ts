/**
 * ONNX Runtime Web, its native WebGPU provider. By default it transposes a lone layer from NCHW and back. As `NHWC`, it is asked
 * for that layout and gets a model whose data is NHWC from end to end, its best case for a layer within a network.
 */
import { env, InferenceSession, Tensor } from 'onnxruntime-web/webgpu';
import { sizeOf } from '../convolution';
import type { Model } from '../networks/model';
import { dimensions, toNchw, toNhwc } from './layouts';
import { onnxModel } from './onnx-model';
import { planModel } from './onnxruntime-model';
import { readBuffer } from './read-buffer';
import type { Plan, Strategy } from './strategy';

/** The mean of one pixel. */
const SMALL: Model = {
  network: {
    name: 'small',
    layers: [
      { kind: 'input', shape: [1, 1, 1, 1] },
      { kind: 'mean', x: 0, shape: [1, 1, 1, 1] },
    ],
  },
  x: new Float32Array(1),
  weights: [],
};

/** @param files the folder of its WebAssembly */
export async function open(
  layout: 'NCHW' | 'NHWC',
  files: Pick<typeof env.wasm, 'wasmPaths' | 'wasmBinary'>,
): Promise<Strategy> {
  // Its threads serve the CPU provider only, and a worker would load the module again.
  env.wasm.numThreads = 1;
  Object.assign(env.wasm, files);
  env.logLevel = 'error';
  // The first session opens the device, and releasing the last one destroys it, so this session is kept.
  await InferenceSession.create(onnxModel(SMALL, layout), { executionProviders: ['webgpu'] });
  return {
    plan: (model) => plan(model, layout),
    planModel: (model) =>
      model.format === 'onnx' ? planModel(model, providerOf(layout)) : { unsupported: 'it reads ONNX only' },
  };
}

function providerOf(layout: 'NCHW' | 'NHWC'): InferenceSession.WebGpuExecutionProviderOption {
  return layout === 'NCHW' ? { name: 'webgpu' } : { name: 'webgpu', preferredLayout: layout };
}

function plan(model: Model, layout: 'NCHW' | 'NHWC'): Plan {
  const { layers } = model.network;
  const [inputs, outputs] = [layers[0].shape, layers[layers.length - 1].shape];
  const bytes = onnxModel(model, layout);
  const values = layout === 'NCHW' ? toNchw(model.x, inputs) : model.x;
  return {
    async prepare() {
      const session = await InferenceSession.create(bytes, { executionProviders: [providerOf(layout)] });
      const device = await env.webgpu.device;
      const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
      const [x, y] = [inputs, outputs].map((shape) => device.createBuffer({ size: 4 * sizeOf(shape), usage }));
      device.queue.writeBuffer(x, 0, values as Float32Array<ArrayBuffer>);
      const tensorOf = (buffer: GPUBuffer, shape: typeof outputs): Tensor =>
        Tensor.fromGpuBuffer(buffer, { dataType: 'float32', dims: dimensions(shape, layout) });
      const feeds = { x: tensorOf(x, inputs) };
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
