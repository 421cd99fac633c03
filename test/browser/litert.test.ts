/**
 * LiteRT.js and this library on the same device: tensors go both ways, without a copy if the tensor is its whole buffer.
 */
import * as litert from '@litertjs/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tfliteModel } from '../../demo/peers/tflite-model';
import { add, openGpu, type Gpu } from '../../src/index';
import { fromLiteRt, openGpuOn, toLiteRt } from '../../src/litert';
import { freshLiteRt } from '../support/litert';
import { messageOf, rejectionOf } from '../support/message';
import { excess, LAYER_SHAPE, LAYER_SIZE, layerModel, ownLayer } from '../support/peer-layer';
import { randomValues } from '../support/random';
import { newFactor, scale, valuesOf } from '../support/scale';

let gpu: Gpu;
let model: litert.CompiledModel;
let before: string;
const errors: Error[] = [];

beforeAll(async () => {
  litert.unloadLiteRt();
  before = await rejectionOf(openGpuOn(litert));
  await freshLiteRt();
  gpu = await openGpuOn(litert, { onError: (error) => errors.push(error) });
  gpu.device.addEventListener('uncapturederror', ({ error }) => errors.push(new Error(error.message)));
  model = await litert.loadAndCompile(tfliteModel(layerModel), {
    accelerator: 'webgpu',
    gpuOptions: { precision: 'fp32' },
  });
});

afterAll(() => {
  model.delete();
  gpu.destroy();
  expect(errors).toEqual([]);
});

/** Passes a value that the types do not allow. */
const wrong = (value: unknown): never => value as never;

test('the gpu is on the device that LiteRT.js has opened, which it has not before it is loaded', () => {
  expect(before).toMatchInlineSnapshot(
    `"openGpuOn: LiteRT.js is not loaded or has no WebGPU device; await loadLiteRt(...) first, where there is WebGPU, or give it yours, setWebGpuDevice(gpu.device)"`,
  );
  expect(gpu.device).toBe(litert.getWebGpuDevice());
});

test('inputs may be queued calls, outputs may be used at once, and all is in order', async () => {
  // Each factor needs a program that is not compiled yet.
  for (const factor of [newFactor(), newFactor(), newFactor()]) {
    using pixels = gpu.tensor(randomValues(LAYER_SIZE, factor), LAYER_SHAPE);
    using x = scale(pixels, factor / 10);
    const input = toLiteRt(litert, x);
    const [y] = await model.run([input]);
    input.delete();
    using own = ownLayer(gpu, x);
    using layer = fromLiteRt(gpu, y);
    expect(layer.shape).toEqual([1, 6, 5, 5]);
    using twice = add(layer, layer);
    const [actual, doubled, expected] = await Promise.all([layer.read(), twice.read(), own.read()]);
    expect(excess(actual, expected)).toBeLessThan(1);
    expect([...doubled]).toEqual(Array.from(actual, (value) => 2 * value));
  }
});

test('no buffer and no tensor is left of many runs, and none is reused too early', async () => {
  const { buffersInUse } = gpu.memory();
  for (let i = 0; i < 30; i++) {
    using pixels = gpu.tensor(randomValues(LAYER_SIZE, i), LAYER_SHAPE);
    using x = scale(pixels, 1);
    const input = toLiteRt(litert, x);
    const [y] = await model.run([input]);
    input.delete();
    const layer = fromLiteRt(gpu, y);
    using sum = scale(layer, 3);
    using own = ownLayer(gpu, x);
    layer.dispose();
    expect(y.deleted).toBe(false);
    const [values, expected] = await Promise.all([valuesOf(sum), valuesOf(own)]);
    expect(y.deleted).toBe(true);
    expect(excess(values.map((value) => value / 3), expected)).toBeLessThan(1); // prettier-ignore
  }
  expect(gpu.memory().buffersInUse).toBe(buffersInUse);
});

test('a tensor that is disposed stays in its LiteRT.js tensor until that is deleted, and one within a buffer is copied', async () => {
  const { buffersInUse } = gpu.memory();
  const x = gpu.tensor(randomValues(64, 1), [8, 8]);
  const shared = toLiteRt(litert, x);
  x.dispose();
  using other = gpu.tensor(randomValues(64, 2), [8, 8]);
  expect(gpu.memory().buffersInUse).toBe(buffersInUse + 2);
  expect(await shared.data()).toEqual(randomValues(64, 1));
  shared.delete();
  expect(gpu.memory().buffersInUse).toBe(buffersInUse + 1);
  expect(await valuesOf(other)).toEqual([...randomValues(64, 2)]);

  const buffer = gpu.device.createBuffer({ size: 512, usage: 0x80 | 0x8 | 0x4 });
  gpu.device.queue.writeBuffer(buffer, 256, Float32Array.of(5, 6, 7));
  using inner = gpu.wrap(buffer, [3], { offset: 256 });
  const copy = toLiteRt(litert, inner);
  expect([...(await copy.data())]).toEqual([5, 6, 7]);
  using back = fromLiteRt(gpu, copy);
  expect(await valuesOf(back)).toEqual([5, 6, 7]);
  buffer.destroy();
});

test('a tensor that cannot be taken is refused with a reason, and is left alone', async () => {
  const onCpu = new litert.Tensor(Float32Array.of(1, 2), [2]);
  const whole = await new litert.Tensor(Int32Array.of(1, 2), [2]).moveTo('webgpu');
  const gone = new litert.Tensor(Float32Array.of(1, 2), [2]);
  gone.delete();
  const said = (tensor: unknown): string => messageOf(() => fromLiteRt(gpu, wrong(tensor)));
  using halves = gpu.tensor([1], [1], { dtype: 'f16' });
  const other = await openGpu({ onError: () => {} });
  const elsewhere = other.tensor([1], [1]);
  expect([
    said(onCpu),
    said(whole),
    said(gone),
    said(undefined),
    said(gpu),
    messageOf(() => fromLiteRt(wrong(undefined), onCpu)),
    messageOf(() => toLiteRt(wrong({}), halves)),
    messageOf(() => toLiteRt(litert, wrong(onCpu))),
    messageOf(() => toLiteRt(litert, halves)),
    messageOf(() => toLiteRt(litert, elsewhere)),
    await rejectionOf(openGpuOn(wrong(undefined))),
    await rejectionOf(openGpuOn(litert, wrong({ device: gpu.device }))),
  ]).toMatchInlineSnapshot(`
    [
      "fromLiteRt: tensor float32 [2] is on the CPU and not on the GPU; await tensor.moveTo('webgpu') first",
      "fromLiteRt: tensor int32 [2] holds int32 but tensors hold float32; upload gpu.tensor(await tensor.data(), shape)",
      "fromLiteRt: tensor float32 [2] was deleted; use it before delete()",
      "fromLiteRt: tensor is undefined; give a tensor of LiteRT.js",
      "fromLiteRt: tensor is [object Object]; give a tensor of LiteRT.js",
      "fromLiteRt: gpu is undefined; give what await openGpu() gives",
      "toLiteRt: litert is [object Object]; give the module: import * as litert from '@litertjs/core'",
      "toLiteRt: tensor is [object Object]; give a tensor of depthwise",
      "toLiteRt: tensor [1] is float16 but LiteRT.js takes float32; give cast(tensor, 'f32')",
      "toLiteRt: tensor [1] is not on LiteRT.js's device; open its gpu with openGpuOn(litert), or setWebGpuDevice(gpu.device) before the first model",
      "openGpuOn: litert is undefined; give the module: import * as litert from '@litertjs/core'",
      "openGpuOn: there is no option device; the options are onError, onLost, memoryBudget",
    ]
  `);
  const foreign = fromLiteRt(other, await new litert.Tensor(Float32Array.of(1), [1]).moveTo('webgpu'));
  expect(await rejectionOf(foreign.read())).toMatch(/^fromLiteRt: this buffer belongs to another device/);
  other.destroy();
  for (const tensor of [onCpu, whole]) {
    expect(tensor.deleted).toBe(false);
    tensor.delete();
  }
});
