/**
 * ONNX Runtime Web and this library on the same device: tensors go both ways without a copy, in the right order without help
 * from the app.
 */
import wasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';
import * as ort from 'onnxruntime-web/webgpu';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { onnxModel } from '../../demo/peers/onnx-model';
import { add, cast, openGpu, type Gpu } from '../../src/index';
import { fromOrt, openGpuOn, toOrt } from '../../src/onnxruntime';
import { messageOf, rejectionOf } from '../support/message';
import { excess, LAYER_SHAPE, LAYER_SIZE, layerModel, ownLayer } from '../support/peer-layer';
import { randomValues } from '../support/random';
import { newFactor, scale, valuesOf } from '../support/scale';

let gpu: Gpu;
let session: ort.InferenceSession;
let before: string;
const errors: Error[] = [];

beforeAll(async () => {
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = { wasm: new URL(wasmUrl, location.href).href };
  ort.env.logLevel = 'error';
  before = await rejectionOf(openGpuOn(ort));
  session = await ort.InferenceSession.create(onnxModel(layerModel, 'NHWC'), {
    executionProviders: ['webgpu'],
    preferredOutputLocation: 'gpu-buffer',
  });
  gpu = await openGpuOn(ort, { onError: (error) => errors.push(error) });
  gpu.device.addEventListener('uncapturederror', ({ error }) => errors.push(new Error(error.message)));
});

afterAll(async () => {
  gpu.destroy();
  await session.release();
  expect(errors).toEqual([]);
});

/** Passes a value that the types do not allow. */
const wrong = (value: unknown): never => value as never;

test('the gpu is on the device that ONNX Runtime has opened, which it has not before its first session', async () => {
  expect(before).toMatchInlineSnapshot(
    `"openGpuOn: ONNX Runtime has no device yet, it opens one with its first session; await InferenceSession.create(model, { executionProviders: ['webgpu'] }) first"`,
  );
  expect(gpu.device).toBe(await ort.env.webgpu.device);
});

test('inputs may be queued calls, outputs may be used at once, and all is in order', async () => {
  // Each factor needs a program that is not compiled yet.
  for (const factor of [newFactor(), newFactor(), newFactor()]) {
    using pixels = gpu.tensor(randomValues(LAYER_SIZE, factor), LAYER_SHAPE);
    using x = scale(pixels, factor / 10);
    const input = toOrt(ort, x);
    const { y } = await session.run({ x: input });
    input.dispose();
    using own = ownLayer(gpu, x);
    using layer = fromOrt(gpu, y);
    expect(layer.shape).toEqual([1, 6, 5, 5]);
    using twice = add(layer, layer);
    const [actual, doubled, expected] = await Promise.all([layer.read(), twice.read(), own.read()]);
    expect(excess(actual, expected)).toBeLessThan(1);
    expect([...doubled]).toEqual(Array.from(actual, (value) => 2 * value));
  }
});

test('no buffer and no tensor is left of many runs, and none is reused too early', async () => {
  const { buffersInUse } = gpu.memory();
  let disposed = 0;
  for (let i = 0; i < 30; i++) {
    using pixels = gpu.tensor(randomValues(LAYER_SIZE, i), LAYER_SHAPE);
    using x = scale(pixels, 1);
    const input = toOrt(ort, x);
    const { y } = await session.run({ x: input });
    const dispose = y.dispose.bind(y);
    y.dispose = () => {
      disposed++;
      dispose();
    };
    input.dispose();
    const layer = fromOrt(gpu, y);
    using sum = scale(layer, 3);
    using own = ownLayer(gpu, x);
    // Calls that read the tensor are queued but not submitted. ONNX Runtime must not get the buffer back for its next run
    // yet.
    layer.dispose();
    expect(disposed).toBe(i);
    const [values, expected] = await Promise.all([valuesOf(sum), valuesOf(own)]);
    expect(disposed).toBe(i + 1);
    expect(excess(values.map((value) => value / 3), expected)).toBeLessThan(1); // prettier-ignore
  }
  expect(gpu.memory().buffersInUse).toBe(buffersInUse);
});

test('a tensor that is disposed stays in its ONNX Runtime tensor until that is disposed, too', async () => {
  const { buffersInUse } = gpu.memory();
  const x = gpu.tensor([1, 2, 3, 4], [2, 2]);
  const shared = toOrt(ort, x);
  x.dispose();
  using other = gpu.tensor([9, 9, 9, 9], [4]);
  expect([shared.type, shared.location, [...shared.dims]]).toEqual(['float32', 'gpu-buffer', [2, 2]]);
  expect(gpu.memory().buffersInUse).toBe(buffersInUse + 2);
  expect([...((await shared.getData(true)) as Float32Array)]).toEqual([1, 2, 3, 4]);
  expect(gpu.memory().buffersInUse).toBe(buffersInUse + 1);
  expect(await valuesOf(other)).toEqual([9, 9, 9, 9]);
});

test('a tensor within a buffer is copied, and float16 stays float16', async () => {
  const buffer = gpu.device.createBuffer({ size: 512, usage: 0x80 | 0x8 | 0x4 });
  gpu.device.queue.writeBuffer(buffer, 256, Float32Array.of(5, 6, 7));
  using inner = gpu.wrap(buffer, [3], { offset: 256 });
  const copy = toOrt(ort, inner);
  expect(copy.gpuBuffer).not.toBe(buffer);
  using back = fromOrt(gpu, copy);
  expect(await valuesOf(back)).toEqual([5, 6, 7]);
  using x = gpu.tensor([0.5, -2, 65504], [3], { dtype: 'f16' });
  const halves = toOrt(ort, x);
  expect(halves.type).toBe('float16');
  using same = fromOrt(gpu, halves);
  expect(same.dtype).toBe('f16');
  using floats = cast(same, 'f32');
  expect(await valuesOf(floats)).toEqual([0.5, -2, 65504]);
  expect(halves.gpuBuffer).toBe(x.bufferBeforeSubmit);
  buffer.destroy();
});

test('a tensor that cannot be taken is refused with a reason, and is left alone', async () => {
  const buffer = gpu.device.createBuffer({ size: 16, usage: 0x80 | 0x8 | 0x4 });
  const dispose = vi.fn();
  const over = (options: object): ort.Tensor => ort.Tensor.fromGpuBuffer(buffer, wrong({ dispose, dims: [4], ...options })); // prettier-ignore
  const gone = over({ dataType: 'float32' });
  gone.dispose();
  dispose.mockClear();
  const said = (tensor: unknown): string => messageOf(() => fromOrt(gpu, wrong(tensor)));
  expect([
    said(new ort.Tensor('float32', [1, 2], [2])),
    said(over({ dataType: 'int64', dims: [2] })),
    said(over({ dataType: 'int32' })),
    said(gone),
    said(undefined),
    said(gpu),
    said(over({ dataType: 'float32', dims: [5] })),
    messageOf(() => fromOrt(wrong(undefined), gone)),
    messageOf(() => toOrt(wrong({}), wrong(undefined))),
    messageOf(() => toOrt(ort, wrong(gone))),
    await rejectionOf(openGpuOn(wrong(undefined))),
    await rejectionOf(openGpuOn(ort, wrong({ device: gpu.device }))),
  ]).toMatchInlineSnapshot(`
    [
      "fromOrt: tensor float32 [2] is on the cpu and not on the GPU; give the session preferredOutputLocation: 'gpu-buffer', or upload it with gpu.tensor(tensor.data, tensor.dims)",
      "fromOrt: tensor int64 [2] holds int64 but tensors hold float32 or float16; end the model with a Cast node, or upload gpu.tensor(Array.from(await tensor.getData(), Number), tensor.dims)",
      "fromOrt: tensor int32 [4] holds int32 but tensors hold float32 or float16; end the model with a Cast node, or upload gpu.tensor(Array.from(await tensor.getData(), Number), tensor.dims)",
      "fromOrt: tensor float32 [4] was disposed; use it before dispose()",
      "fromOrt: tensor is undefined; give a tensor of ONNX Runtime",
      "fromOrt: tensor is [object Object]; give a tensor of ONNX Runtime",
      "fromOrt: shape [5] at offset 0 needs 20 bytes but the buffer has 16; pass a larger buffer or a smaller shape",
      "fromOrt: gpu is undefined; give what await openGpu() gives",
      "toOrt: ort is [object Object]; give the module: import * as ort from 'onnxruntime-web/webgpu'",
      "toOrt: tensor is [object Object]; give a tensor of depthwise",
      "openGpuOn: ort is undefined; give the module: import * as ort from 'onnxruntime-web/webgpu'",
      "openGpuOn: there is no option device; the options are onError, onLost, memoryBudget",
    ]
  `);
  expect(dispose).not.toHaveBeenCalled();
  buffer.destroy();
});

test('a tensor of another device rejects its reads, and is not handed over', async () => {
  const other = await openGpu({ onError: () => {} });
  const { y } = await session.run({ x: new ort.Tensor('float32', randomValues(LAYER_SIZE, 1), LAYER_SHAPE) });
  const foreign = fromOrt(other, y);
  expect(await rejectionOf(foreign.read())).toMatch(/^fromOrt: this buffer belongs to another device/);
  const elsewhere = other.tensor([1], [1]);
  expect(messageOf(() => toOrt(ort, elsewhere))).toMatchInlineSnapshot(
    `"toOrt: tensor [1] is not on ONNX Runtime's device; open its gpu with openGpuOn(ort) after the first session"`,
  );
  elsewhere.dispose();
  expect(other.memory().buffersInUse).toBe(0);
  foreign.dispose();
  other.destroy();
});
