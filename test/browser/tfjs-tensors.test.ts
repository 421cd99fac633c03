/** Tensors go from TensorFlow.js to this library and back: who owns the buffer, and in what order it is written and read. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { activate, add, multiply, openGpu, record, reshape, type Gpu } from '../../src/index';
import { fromTf, install, openGpuOn, toTf, transferOf } from '../../src/tfjs';
import { messageOf } from '../support/message';
import { deviceErrors, held, submitTf, trafficOf, webgpu, useBackend } from '../support/tfjs-census';

let gpu: Gpu;
let errors: readonly string[] = [];
beforeAll(async () => {
  await useBackend('webgpu');
  // Otherwise TensorFlow.js computes small tensors on the CPU, where there is no order to check.
  tf.env().set('WEBGPU_CPU_FORWARD', false);
  gpu = await openGpuOn(tf);
  errors = deviceErrors();
});

const counting = (length: number): number[] => Array.from({ length }, (_, i) => i);

describe('fromTf', () => {
  test('shares the buffer of what TensorFlow.js has only queued', async () => {
    const before = held();
    const x = tf.tidy(() => tf.mul(tf.range(0, 100), 2));
    const traffic = await trafficOf(() => {
      using shared = fromTf(tf, gpu, x);
      expect(shared.shape).toEqual([100]);
      expect(transferOf(shared)).toBe('shared');
      expect(shared.gpuBuffer()).toBe(webgpu().tensorMap.get(x.dataId).resource);
    });
    expect(traffic).toMatchObject({ submits: 1, maps: 0 });
    using again = fromTf(tf, gpu, x);
    expect([...(await again.read())]).toEqual(counting(100).map((i) => 2 * i));
    again.dispose();
    x.dispose();
    expect(held()).toEqual(before);
  });

  test('says that numbers were on the CPU, and uploads them for both', async () => {
    const x = tf.tensor2d(counting(6), [2, 3]);
    using shared = fromTf(tf, gpu, x);
    expect(transferOf(shared)).toBe('uploaded');
    expect([...(await shared.read())]).toEqual(counting(6));
    using again = fromTf(tf, gpu, x);
    expect(transferOf(again)).toBe('shared');
    x.dispose();
  });

  test('holds the data of a tensor that is disposed before the call that reads it is submitted', async () => {
    const before = held();
    const results = counting(20).map((i) => {
      const x = tf.tidy(() => tf.mul(tf.ones([64]), i));
      using shared = fromTf(tf, gpu, x);
      x.dispose();
      return add(shared, 0.5);
    });
    // These tensors would get the buffers if TensorFlow.js already had them back.
    const others = counting(20).map((i) => tf.tidy(() => tf.sub(tf.mul(tf.ones([64]), -i), 1000)));
    submitTf();
    for (const [i, result] of results.entries()) expect((await result.read())[63]).toBe(i + 0.5);
    for (const result of results) result.dispose();
    tf.dispose(others);
    await gpu.finished();
    expect(held()).toEqual(before);
  });

  test('refuses what has no buffer of float32 on this device', async () => {
    const other = await openGpu();
    const gone = tf.tensor1d([1]);
    gone.dispose();
    const own = [
      tf.tensor1d([1], 'int32'),
      tf.tensor1d([true], 'bool'),
      tf.complex([1], [2]),
      tf.zeros([0, 3]),
      tf.tensor1d(['a']),
    ];
    const before = held();
    const said = [...own, gone, {} as tf.Tensor].map((tensor) => messageOf(() => fromTf(tf, gpu, tensor)));
    expect(said).toEqual([
      "fromTf: tensor [1] is int32 but must be float32; give tf.cast(x, 'float32')",
      "fromTf: tensor [1] is bool but must be float32; give tf.cast(x, 'float32')",
      'fromTf: tensor [1] is complex64 but must be float32; give tf.real(x) and tf.imag(x)',
      'fromTf: tensor [0, 3] has no elements, but tensors of this library have at least one; leave it out',
      'fromTf: tensor [1] is string but must be float32; only numbers have a buffer on the GPU',
      "fromTf: tensor [1] is disposed; use it before its dispose() or tf.tidy's end",
      'fromTf: tensor is [object Object]; give a tensor of TensorFlow.js',
    ]);
    const one = tf.tensor1d([1]);
    expect(messageOf(() => fromTf(tf, other, one))).toBe(
      'fromTf: gpu is on another device than TensorFlow.js; use the gpu that openGpuOn(tf) gives',
    );
    other.destroy();
    expect(messageOf(() => fromTf(tf, other, one))).toMatch(/^fromTf: the GPU device was lost/);
    one.dispose();
    expect(held()).toEqual(before);
    tf.dispose(own);
  });

  test('refuses a tensor of another backend, and takes it once it has moved', async () => {
    await useBackend('cpu');
    const x = tf.tensor1d([1, 2]);
    expect(messageOf(() => fromTf(tf, gpu, x))).toBe(
      "fromTf: TensorFlow.js computes on the backend 'cpu' but its WebGPU buffers are needed; await tf.setBackend('webgpu') first, with @tensorflow/tfjs-backend-webgpu imported",
    );
    await useBackend('webgpu');
    expect(messageOf(() => fromTf(tf, gpu, x))).toBe(
      'fromTf: tensor [2] is on another backend of TensorFlow.js than webgpu; give tf.clone(x), which moves it',
    );
    const moved = tf.clone(x);
    using shared = fromTf(tf, gpu, moved);
    expect([...(await shared.read())]).toEqual([1, 2]);
    tf.dispose([x, moved]);
  });
});

describe('toTf', () => {
  test('shares a buffer that holds the elements and nothing else, and gives it back when both are disposed', async () => {
    const before = held();
    const { buffersInUse } = gpu.memory();
    // 256 bytes are exactly a size of the pool.
    const x = gpu.tensor(counting(64), [8, 8]);
    const y = add(x, 1);
    const z = toTf(tf, y);
    expect(transferOf(z)).toBe('shared');
    y.dispose();
    x.dispose();
    expect(gpu.memory().buffersInUse).toBe(buffersInUse + 1);
    // A tensor that got the buffer too early would overwrite it.
    const others = counting(4).map((i) => gpu.tensor(counting(64).fill(-i), [64]));
    const w = tf.mul(z, 2);
    z.dispose();
    expect([...(await w.data())]).toEqual(counting(64).map((i) => 2 * (i + 1)));
    w.dispose();
    for (const other of others) other.dispose();
    expect(gpu.memory().buffersInUse).toBe(buffersInUse);
    expect(held()).toEqual(before);
  });

  test('keeps the buffer until TensorFlow.js has submitted what reads it', async () => {
    const { buffersInUse } = gpu.memory();
    const y = gpu.tensor(counting(64), [64]);
    const z = toTf(tf, y);
    const w = tf.mul(z, 3);
    y.dispose();
    z.dispose();
    expect(gpu.memory().buffersInUse).toBe(buffersInUse + 1);
    using other = multiply(gpu.tensor(counting(64).fill(5), [64]), 1);
    gpu.submit();
    expect((await w.data())[63]).toBe(189);
    expect((await other.read())[0]).toBe(5);
    w.dispose();
    expect(gpu.memory().buffersInUse).toBe(buffersInUse + 2);
  });

  test('keeps it until an installed kernel that reads it is submitted, too', async () => {
    const { buffersInUse } = gpu.memory();
    using _ = install(tf);
    const filter = tf.ones<tf.Rank.R4>([1, 1, 4, 1]);
    const y = gpu.tensor(counting(64), [1, 4, 4, 4]);
    const z = toTf<tf.Rank.R4>(tf, y);
    const w = tf.depthwiseConv2d(z, filter, 1, 'same');
    y.dispose();
    z.dispose();
    expect(gpu.memory().buffersInUse).toBe(buffersInUse + 1);
    // This is submitted before the commands that TensorFlow.js has queued.
    using five = gpu.tensor(counting(64).fill(5), [64]);
    using other = multiply(five, 1);
    gpu.submit();
    expect([...(await w.data())]).toEqual(counting(64));
    expect((await other.read())[0]).toBe(5);
    tf.dispose([w, filter]);
  });

  test('copies what lies in a larger buffer, or not at its beginning', async () => {
    const before = held();
    using x = gpu.tensor(counting(70), [70]);
    const y = toTf(tf, x);
    expect([transferOf(y), y.shape, (await y.data()).length]).toEqual(['copied', [70], 70]);
    const buffer = gpu.device.createBuffer({
      size: 1024,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    });
    gpu.device.queue.writeBuffer(buffer, 256, Float32Array.from([7, 8]));
    using part = gpu.wrap(buffer, [2], { offset: 256 });
    const z = toTf(tf, part);
    expect([...(await z.data())]).toEqual([7, 8]);
    tf.dispose([y, z]);
    expect(held()).toEqual(before);
    buffer.destroy();
  });

  test('gives float16 as float32', async () => {
    using x = gpu.tensor(counting(64), [64], { dtype: 'f16' });
    const y = toTf(tf, x);
    expect([...(await y.data())]).toEqual(counting(64));
    y.dispose();
  });

  test('goes there and back in one turn without a read, and what tf.tidy ends is given back', async () => {
    const before = held();
    const { buffersInUse } = gpu.memory();
    const chain = (): tf.Tensor =>
      tf.tidy(() => {
        using x = fromTf(tf, gpu, tf.sub(tf.range(0, 64), 32));
        using y = activate(x, 'relu');
        const z = toTf(tf, y);
        using w = fromTf(tf, gpu, tf.add(z, 1));
        using v = multiply(w, 2);
        return tf.add(toTf(tf, v), z);
      });
    let result!: tf.Tensor;
    const { maps } = await trafficOf(() => (result = chain()));
    expect(maps).toBe(0);
    const expected = counting(64).map((i) => 3 * Math.max(i - 32, 0) + 2);
    expect([...(await result.data())]).toEqual(expected);
    result.dispose();
    await gpu.finished();
    expect(held()).toEqual(before);
    expect(gpu.memory().buffersInUse).toBe(buffersInUse);
  });

  test('refuses what is no tensor, disposed, of another device or not to be submitted', async () => {
    const other = await openGpu();
    const before = held();
    const [x, y, gone] = [gpu.tensor([1, 2], [2]), other.tensor([1], [1]), gpu.tensor([1], [1])];
    gone.dispose();
    const encoder = gpu.device.createCommandEncoder();
    const buffer = gpu.device.createBuffer({ size: 8, usage: GPUBufferUsage.STORAGE });
    using bare = gpu.wrap(buffer, [2]);
    expect([
      messageOf(() => toTf(tf, [1] as never)),
      messageOf(() => toTf(tf, gone)),
      messageOf(() => toTf(tf, y)),
      messageOf(() => toTf(tf, bare)),
      messageOf(() => record(gpu, encoder, () => toTf(tf, reshape(x, [2])))),
    ]).toEqual([
      'toTf: tensor is [1]; give a tensor, made by gpu.tensor(data, shape)',
      'toTf: tensor [1] was disposed; use it before dispose(), or make it again',
      'toTf: tensor [1] is on another device than TensorFlow.js; make it on the gpu of openGpuOn(tf)',
      'toTf: tensor [2] wraps a buffer of usage 0x80 without COPY_SRC (0x4), which has to be copied; create it with GPUBufferUsage.COPY_SRC',
      'toTf: called inside prepare, record, profile or compile, where nothing is submitted; call it after it',
    ]);
    x.dispose();
    other.destroy();
    expect(held()).toEqual(before);
  });

  test('left no error on the device', async () => {
    await webgpu().device.queue.onSubmittedWorkDone();
    expect(errors).toEqual([]);
  });
});
