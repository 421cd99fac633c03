/**
 * This library computes TensorFlow.js's convolutions in TensorFlow.js's own queue, gives the kernels back, and leaves
 * unsupported calls to TensorFlow.js.
 */
import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openGpu } from '../../src/index';
import { install, openGpuOn, registerBackendOn, type Installation } from '../../src/tfjs';
import { expectClose, roundingsBound } from '../support/close';
import { messageOf, rejectionOf } from '../support/message';
import { generator } from '../support/random';
import { deviceErrors, held, trafficOf, webgpu, useBackend } from '../support/tfjs-census';
import { runCase, type KernelCase } from '../support/tfjs-kernel';

const CASE: KernelCase = {
  kernel: 'FusedDepthwiseConv2D',
  x: [1, 9, 11, 8],
  filter: [3, 3, 8, 1],
  attributes: { strides: 1, pad: 'same', activation: 'relu' },
  bias: [8],
};
const CONV: KernelCase = { ...CASE, kernel: 'FusedConv2D', filter: [3, 3, 8, 8] };

/** A chain of this many convolutions. Returns the last result. */
function chain(length: number): tf.Tensor {
  return tf.tidy(() => {
    const filter = tf.mul<tf.Tensor4D>(tf.ones([3, 3, 8, 1]), 2 ** -3);
    let y = tf.ones<tf.Rank.R4>([1, 8, 8, 8]);
    for (let i = 0; i < length; i++) y = tf.depthwiseConv2d(y, filter, 1, 'same');
    return y;
  });
}

let errors: readonly string[] = [];
beforeAll(async () => {
  await useBackend('webgpu');
  tf.env().set('WEBGPU_CPU_FORWARD', false);
  errors = deviceErrors();
});

describe('install', () => {
  test('puts its dispatches into the pass that TensorFlow.js has open: as many submits as before', async () => {
    const run = async (): Promise<Float32Array> => {
      const y = chain(40);
      const values = await y.data<'float32'>();
      y.dispose();
      return values;
    };
    const expected = await run();
    const before = held();
    const theirs = await trafficOf(run);
    using installed = install(tf);
    expect(await run()).toEqual(expected);
    const ours = await trafficOf(run);
    expect(installed.pass).toBe('shared');
    // There are 41 dispatches, 15 per submit, and one read.
    expect(ours).toEqual(theirs);
    expect(ours).toEqual({ dispatches: 41, submits: 3, maps: 1, compilations: 0 });
    expect(installed.counts()).toEqual({ taken: { DepthwiseConv2dNative: 80 }, left: {}, dispatches: 80 });
    expect(held()).toEqual(before);
  });

  test('keeps to the size of a batch that the app has set', async () => {
    using _ = install(tf);
    tf.env().set('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE', 1);
    const { submits } = await trafficOf(() => chain(10).dispose());
    tf.env().set('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE', 15);
    expect(submits).toBe(11);
  });

  test('is one, however often it is called, and gives the kernels back', () => {
    const before = tf.getKernel('Conv2D', 'webgpu');
    const installed = install(tf);
    expect(install(tf)).toBe(installed);
    expect(tf.getKernel('Conv2D', 'webgpu')).not.toBe(before);
    installed.uninstall();
    installed.uninstall();
    expect(tf.getKernel('Conv2D', 'webgpu')).toBe(before);
    using again = install(tf);
    expect(again).not.toBe(installed);
  });

  test('leaves a kernel that somebody has put in its place, and is out of it', async () => {
    const theirs = tf.getKernel('FusedDepthwiseConv2D', 'webgpu');
    const installed = install(tf);
    const ours = tf.getKernel('FusedDepthwiseConv2D', 'webgpu');
    const other = { ...ours, kernelFunc: (params: Parameters<tf.KernelFunc>[0]) => ours.kernelFunc(params) };
    tf.unregisterKernel('FusedDepthwiseConv2D', 'webgpu');
    tf.registerKernel(other);
    runCase(CASE).dispose();
    installed.uninstall();
    runCase(CASE).dispose();
    expect(tf.getKernel('FusedDepthwiseConv2D', 'webgpu')).toBe(other);
    expect(installed.counts().taken).toEqual({ FusedDepthwiseConv2D: 1 });
    tf.unregisterKernel('FusedDepthwiseConv2D', 'webgpu');
    tf.registerKernel(theirs);
  });

  test('leaves int32 tensors and tf.profile and tf.time to TensorFlow.js', async () => {
    using installed = install(tf);
    const x = tf.ones<tf.Rank.R4>([1, 4, 4, 2], 'int32');
    const filter = tf.ones<tf.Rank.R4>([2, 2, 2, 1], 'int32');
    const y = tf
      .engine()
      .runKernel(
        'DepthwiseConv2dNative',
        { x, filter },
        { strides: 1, pad: 'valid', dataFormat: 'NHWC', dilations: 1 },
      );
    const { kernels } = await tf.profile(() => runCase(CASE));
    await tf.time(() => runCase(CASE).dispose());
    expect(kernels.map(({ name }) => name)).toEqual(['FusedDepthwiseConv2D']);
    expect(installed.counts()).toEqual({
      taken: {},
      left: { 'a tensor is int32': 1, 'tf.profile or tf.time measures': 2 },
      dispatches: 0,
    });
    tf.dispose([x, filter, y]);
  });

  test('computes in parts what the device cannot bind in one piece', async () => {
    using installed = install(tf);
    const { context } = installed.gpu;
    const { target } = context;
    const large: KernelCase = { ...CASE, x: [4, 16, 16, 8] };
    const whole = runCase(large);
    Object.assign(context, { target: { ...target, limits: { ...target.limits, maxStorageBufferBindingSize: 16384 } } });
    const parts = runCase(large);
    Object.assign(context, { target });
    expect(installed.counts()).toEqual({ taken: { FusedDepthwiseConv2D: 2 }, left: {}, dispatches: 3 });
    expect(await parts.data()).toEqual(await whole.data());
    tf.dispose([whole, parts]);
  });

  test('compiles ahead by prepare, in TensorFlow.js too, and runs nothing', async () => {
    const before = held();
    using installed = install(tf);
    const { pipelines } = installed.gpu.memory();
    const run = (): tf.Tensor =>
      runCase({ ...CASE, filter: [5, 4, 8, 1], attributes: { ...CASE.attributes, activation: 'elu' } });
    const { dispatches } = await trafficOf(() => installed.prepare(run));
    expect(dispatches).toBe(0);
    expect(installed.gpu.memory().pipelines).toBe(pipelines + 1);
    expect(installed.counts()).toEqual({ taken: {}, left: {}, dispatches: 0 });
    const { compilations } = await trafficOf(() => run().dispose());
    expect(compilations).toBe(0);
    expect(tf.env().getBool('WEBGPU_ENGINE_COMPILE_ONLY')).toBe(false);
    expect(await rejectionOf(installed.prepare(async () => {}))).toBe(
      'installation.prepare: the function is asynchronous but must make its calls before it returns; use model.predict or model.execute',
    );
    expect(await rejectionOf(installed.prepare(() => tf.matMul([[1]], [[1], [2]])))).toMatch(/^Error in matMul/);
    expect(tf.env().getBool('WEBGPU_ENGINE_COMPILE_ONLY')).toBe(false);
    expect(held()).toEqual(before);
  });

  test('throws the error of TensorFlow.js for a wrong call', () => {
    const x = tf.ones<tf.Rank.R4>([1, 4, 4, 2]);
    const call = (): tf.Tensor => tf.conv2d(x, tf.ones<tf.Rank.R4>([2, 2, 3, 2]), 1, 'same');
    const theirs = messageOf(() => tf.tidy(call));
    using _ = install(tf);
    expect(messageOf(() => tf.tidy(call))).toBe(theirs);
    x.dispose();
  });

  test('refuses anything but TensorFlow.js on WebGPU, and unknown options', async () => {
    expect(messageOf(() => install({} as never))).toBe(
      "install: tf is [object Object]; give the module: import * as tf from '@tensorflow/tfjs-core'",
    );
    expect(messageOf(() => install(tf, { device: 1 } as never))).toBe(
      'install: there is no option device; the options are onError, onLost, memoryBudget',
    );
    expect(await rejectionOf(openGpuOn(tf, { memoryBudget: -1 }))).toBe(
      'openGpuOn: memoryBudget is -1; give the bytes that tensors may take, more than 0',
    );
    expect(await rejectionOf(openGpuOn(tf, { onError: 1 } as never))).toBe('openGpuOn: onError is 1; give a function');
    await useBackend('cpu');
    expect(messageOf(() => install(tf))).toBe(
      "install: TensorFlow.js computes on the backend 'cpu' but its WebGPU buffers are needed; await tf.setBackend('webgpu') first, with @tensorflow/tfjs-backend-webgpu imported",
    );
    await useBackend('webgpu');
  });

  test('gives a Keras-style model the same numbers', async () => {
    const model = layers.sequential({
      layers: [
        layers.layers.conv2d({
          inputShape: [24, 24, 3],
          filters: 8,
          kernelSize: 3,
          strides: 2,
          padding: 'same',
          activation: 'relu6',
        }),
        layers.layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, padding: 'same', activation: 'elu' }),
        layers.layers.separableConv2d({ filters: 16, kernelSize: [3, 5], padding: 'valid', activation: 'sigmoid' }),
        layers.layers.conv2d({ filters: 4, kernelSize: 1, useBias: false }),
        layers.layers.globalAveragePooling2d({}),
        layers.layers.dense({ units: 5, activation: 'softmax' }),
      ],
    });
    const x = tf.randomUniform([2, 24, 24, 3], -1, 1, 'float32', 1);
    const predict = async (): Promise<Float32Array> => {
      const y = model.predict(x) as tf.Tensor;
      const values = await y.data<'float32'>();
      y.dispose();
      return values;
    };
    // TensorFlow.js's own WebGPU programs would take long to compile here.
    await useBackend('cpu');
    const expected = await predict();
    await useBackend('webgpu');
    using installed = install(tf);
    expectClose(await predict(), expected, [2, 5], roundingsBound(expected));
    // The separable layer counts as two convolutions.
    const { taken, left } = installed.counts();
    const before = held();
    await predict();
    expect(Object.values(taken).reduce((sum, n) => sum + n)).toBe(5);
    expect(left).toEqual({});
    expect(held()).toEqual(before);
    x.dispose();
    model.dispose();
  });

  test('2000 random calls, what they read disposed at once: no wrong number and nothing left', async () => {
    const cases: readonly KernelCase[] = [
      CONV,
      { ...CONV, kernel: 'Conv2D', bias: undefined, attributes: { strides: 2, pad: 'valid' } },
      { ...CONV, filter: [1, 1, 8, 16], bias: [16] },
      { kernel: 'DepthwiseConv2dNative', x: [1, 9, 11, 8], filter: [3, 3, 8, 1], attributes: { strides: 1, pad: 1 } },
      {
        kernel: 'FusedDepthwiseConv2D',
        x: [1, 9, 11, 8],
        filter: [5, 5, 8, 2],
        attributes: { strides: 2, pad: 'same', activation: 'relu6' },
        bias: [16],
      },
      { ...CONV, attributes: { ...CONV.attributes, activation: 'prelu' }, slopes: [8] },
    ];
    const expected = cases.map(runCase);
    const next = generator(1);
    const before = held();
    using installed = install(tf);
    let worst = tf.scalar(0);
    for (let i = 0; i < 2000; i++) {
      const at = Math.floor(next() * cases.length);
      const larger = tf.tidy(() => {
        const y = runCase(cases[at]);
        // In between, a tensor of TensorFlow.js takes the buffers that were just given back.
        const noise = next() < 0.5 ? tf.mul(tf.fill(y.shape, 1e9), next()) : undefined;
        noise?.dispose();
        return tf.maximum(worst, tf.max(tf.abs(tf.sub(y, expected[at]))));
      });
      worst.dispose();
      worst = larger as tf.Scalar;
      if (next() < 0.01) await worst.data();
    }
    expect((await worst.data())[0]).toBe(0);
    worst.dispose();
    expect(Object.values(installed.counts().taken).reduce((sum, n) => sum + n)).toBe(2000);
    expect(held()).toEqual(before);
    tf.dispose(expected);
  });

  test('left no error on the device', async () => {
    await webgpu().device.queue.onSubmittedWorkDone();
    expect(errors).toEqual([]);
  });
});

describe('with a backend of its own', () => {
  const first = tf.findBackendFactory('webgpu');
  afterAll(async () => {
    await useBackend('cpu');
    tf.removeBackend('webgpu');
    tf.registerBackend('webgpu', first);
  });

  /** Runs `fn` while TensorFlow.js computes on another device, and destroys that device afterwards. */
  async function onOther<T>(
    make: (device: GPUDevice) => WebGPUBackend,
    fn: (device: GPUDevice) => Promise<T>,
  ): Promise<T> {
    const gpu = await openGpu();
    await useBackend('cpu');
    tf.removeBackend('webgpu');
    tf.registerBackend('webgpu', () => make(gpu.device));
    await useBackend('webgpu');
    try {
      return await fn(gpu.device);
    } finally {
      gpu.destroy();
    }
  }
  const made = (device: GPUDevice): WebGPUBackend => new WebGPUBackend(device, device.adapterInfo);

  /** Compares an installed kernel with TensorFlow.js's own. */
  async function compare(installed: Installation): Promise<void> {
    const ours = runCase(CASE);
    const values = await ours.data();
    installed.uninstall();
    const theirs = runCase(CASE);
    expect(values).toEqual(await theirs.data());
    tf.dispose([ours, theirs]);
  }

  test('uses public methods if the private fields have changed', async () => {
    const HIDDEN = new Set(['commandEncoder', 'computePassEncoder', 'commandQueueOwnedIds', 'dispatchCountInPass']);
    const hidden = (device: GPUDevice): WebGPUBackend =>
      new Proxy(made(device), {
        get: (target, name) => {
          if (HIDDEN.has(String(name))) return undefined;
          const value: unknown = Reflect.get(target, name, target);
          return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
        },
      });
    await onOther(hidden, async () => {
      const found = deviceErrors();
      using installed = install(tf);
      expect(installed.pass).toBe('own');
      const y = chain(20);
      const values = await y.data<'float32'>();
      y.dispose();
      await compare(installed);
      const theirs = chain(20);
      expect(values).toEqual(await theirs.data());
      theirs.dispose();
      expect(found).toEqual([]);
    });
  });

  test('follows the app from one backend to the next', async () => {
    let installed: Installation | undefined;
    await onOther(made, async () => {
      installed = install(tf);
      runCase(CASE).dispose();
    });
    await onOther(made, async (device) => {
      expect(install(tf)).toBe(installed);
      expect(installed!.gpu.device).toBe(device);
      expect(await openGpuOn(tf)).toBe(installed!.gpu);
      await compare(installed!);
      expect(installed!.counts().taken).toEqual({ FusedDepthwiseConv2D: 2 });
    });
  });

  test('leaves everything to TensorFlow.js when the device is lost', async () => {
    await onOther(made, async (device) => {
      using installed = install(tf);
      runCase(CASE).dispose();
      device.destroy();
      await device.lost;
      runCase(CASE).dispose();
      expect(installed.counts()).toMatchObject({
        taken: { FusedDepthwiseConv2D: 1 },
        left: { 'the gpu is destroyed, or its device lost': 1 },
      });
      expect(await rejectionOf(openGpuOn(tf))).toBe(
        "openGpuOn: TensorFlow.js's device was lost (destroyed), and it opens no other; remove and register its backend again, or reload the page",
      );
    });
  });

  test('puts TensorFlow.js on the device of openGpu, with all that this has', async () => {
    const gpu = await openGpu();
    await useBackend('cpu');
    await registerBackendOn(tf, WebGPUBackend, gpu);
    expect(webgpu().device).toBe(gpu.device);
    expect(await openGpuOn(tf)).toBe(gpu);
    using installed = install(tf);
    expect(installed.gpu).toBe(gpu);
    await compare(installed);
    const x = tf.ones([2]);
    expect(await rejectionOf(registerBackendOn(tf, WebGPUBackend, gpu))).toBe(
      "registerBackendOn: the backend 'webgpu' of TensorFlow.js holds 1 tensors, which a new one would lose; call this before the first tensor is made, or dispose them",
    );
    x.dispose();
    expect(await rejectionOf(registerBackendOn(tf, {} as never, gpu))).toBe(
      'registerBackendOn: WebGPUBackend is [object Object]; give a function',
    );
    gpu.destroy();
    expect(await rejectionOf(registerBackendOn(tf, WebGPUBackend, gpu))).toMatch(
      /^registerBackendOn: the GPU device was lost/,
    );
  });
});
