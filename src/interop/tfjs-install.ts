/**
 * Replaces TensorFlow.js's own kernels by this library's.
 *
 * @module
 */
import type { KernelConfig, KernelFunc } from '@tensorflow/tfjs-core';
import { checkKind } from '../conv/check';
import { loadKernelsFor } from '../gpu/open';
import type { Gpu, JoinOptions } from '../tensor/gpu';
import { backendOf, isWebGpu, type TensorFlow } from './tfjs-backend';
import { createConvolver, type Convolver } from './tfjs-convolve';
import { checkOpenOn, gpuOn } from './tfjs-open';
import type { TfQueue } from './tfjs-queue';
import { KERNELS, type KernelAttributes, type KernelCall, type KernelName } from './tfjs-request';

/** How many calls each library has computed since {@link install}. */
export interface InstallCounts {
  /** Calls that this library computed, by the names of TensorFlow.js's kernels. */
  readonly taken: Readonly<Record<string, number>>;
  /** Calls that TensorFlow.js's own kernel computed, by the reason for that. */
  readonly left: Readonly<Record<string, number>>;
  /** Dispatches of the calls that this library computed. */
  readonly dispatches: number;
}

/** The result of {@link install}. */
export interface Installation {
  /** The gpu on the device of TensorFlow.js's present backend, as `openGpuOn` gives it. Once destroyed it takes no calls. */
  readonly gpu: Gpu;
  /**
   * `'shared'`: dispatches go into TensorFlow.js's own compute pass, and cost no submit. `'own'`: this version of TensorFlow.js
   * is not known to have such a pass, so each call is a submit of its own.
   */
  readonly pass: TfQueue['pass'];
  /** The counts so far. */
  counts(): InstallCounts;
  /**
   * Compiles every program that the calls in `fn` need, including TensorFlow.js's own, in parallel and without running anything.
   * The first real run then waits for none of them.
   *
   * @param fn runs the model once, and reads nothing
   * @throws (rejects) if `fn` throws or is asynchronous, or a program does not compile
   * @example
   * ```ts
   * await installed.prepare(() => model.predict(tf.zeros([1, 224, 224, 3])));
   * ```
   */
  prepare(fn: () => unknown): Promise<void>;
  /** Gives TensorFlow.js its own kernels back. Calling it twice does nothing. */
  uninstall(): void;
  /** What a `using` block calls: `uninstall`. */
  [Symbol.dispose](): void;
}

/** Compiles only, and runs nothing. */
const COMPILE_ONLY = 'WEBGPU_ENGINE_COMPILE_ONLY';

/** Each installation, by a kernel function that it has registered. */
const installations = new WeakMap<KernelFunc, Installation>();

/**
 * Makes TensorFlow.js compute its convolutions by this library: `Conv2D`, `DepthwiseConv2dNative` and their fused forms, with all
 * strides, paddings, dilations, multipliers, data formats and activations. Models that are already loaded use it, too. Nothing
 * else changes: tensors stay TensorFlow.js's, in its order, in its memory, with no read and no further submit.
 *
 * TensorFlow.js's own kernel computes the calls that this library does not take, and `counts().left` says how often and why:
 * tensors that are not float32, a bias or slopes that are not one per channel, tensors that do not fit into a binding of the
 * device, and all calls while tf.profile or tf.time measures. TensorFlow.js itself reports the errors of a call.
 *
 * @param tf the app's TensorFlow.js, with the backend `webgpu` ready
 * @param options onError, onLost and memoryBudget, as for {@link openGpuOn}
 * @returns the installation; if there is one already, the same as before
 * @throws if TensorFlow.js's backend is not `webgpu` or not ready, or there is no such option
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-webgpu';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { install } from 'depthwise/tfjs';
 *
 * await tf.setBackend('webgpu');
 * const installed = install(tf);
 * // ... model.predict(x) as before
 * console.log(installed.counts());
 * ```
 * @see https://js.tensorflow.org/api/latest/#registerKernel
 */
export function install(tf: TensorFlow, options: JoinOptions = {}): Installation {
  const op = 'install';
  const present = backendOf(op, tf);
  checkOpenOn(op, options);
  const backendName = tf.getBackend();
  const names = (Object.keys(KERNELS) as KernelName[]).filter((name) => tf.getKernel(name, backendName) !== undefined);
  for (const name of names) {
    const before = installations.get(tf.getKernel(name, backendName).kernelFunc);
    if (before !== undefined) return before;
  }

  const counts = { taken: {} as Record<string, number>, left: {} as Record<string, number>, dispatches: 0 };
  const count = (of: Record<string, number>, key: string): number => (of[key] = (of[key] ?? 0) + 1);
  /** One for each backend, since an app may remove a backend and register another under its name. */
  const convolvers = new WeakMap<object, Convolver>();
  const convolverOf = (backend: object): Convolver | undefined => {
    const known = convolvers.get(backend);
    if (known !== undefined || !isWebGpu(backend)) return known;
    const made = createConvolver(tf, backend, gpuOn(backend, options).context);
    convolvers.set(backend, made);
    return made;
  };
  // Look at the backend now, so that a missing private field is known before anything is computed.
  const { pass } = convolverOf(present)!;

  let isInstalled = true;
  const replaced = names.map((name): readonly [own: KernelConfig, theirs: KernelConfig] => {
    const theirs = tf.getKernel(name, backendName);
    const kernelFunc: KernelFunc = (params) => {
      if (!isInstalled) return theirs.kernelFunc(params);
      const { inputs, attrs = {}, backend } = params;
      const convolver = convolverOf(backend);
      const isDry = tf.env().getBool(COMPILE_ONLY);
      const call = inputs as unknown as KernelCall;
      const done =
        convolver?.compute(name, call, attrs as unknown as KernelAttributes, isDry) ?? 'the backend is another';
      if (typeof done === 'string') {
        if (!isDry) count(counts.left, done);
        return theirs.kernelFunc(params);
      }
      if (!isDry) count(counts.taken, name);
      counts.dispatches += done.dispatches;
      return done.output;
    };
    const own = { ...theirs, kernelFunc };
    tf.unregisterKernel(name, backendName);
    tf.registerKernel(own);
    return [own, theirs];
  });

  const uninstall = (): void => {
    isInstalled = false;
    for (const [own, theirs] of replaced) {
      // Leave a kernel that somebody has put in our place meanwhile; it may call ours, which then calls TensorFlow.js's.
      if (tf.getKernel(own.kernelName, backendName) !== own) continue;
      tf.unregisterKernel(own.kernelName, backendName);
      tf.registerKernel(theirs);
    }
  };
  const installation: Installation = {
    get gpu() {
      return gpuOn(backendOf(op, tf), options);
    },
    pass,
    counts: () => ({ ...counts, taken: { ...counts.taken }, left: { ...counts.left } }),
    async prepare(fn) {
      checkKind('installation.prepare', 'fn', fn, 'function');
      const backend = backendOf('installation.prepare', tf);
      // Wait for the kernels that are still loading: they replace others, whose programs would be compiled for nothing.
      await loadKernelsFor(backend.device);
      const before = tf.env().getBool(COMPILE_ONLY);
      tf.env().set(COMPILE_ONLY, true);
      try {
        tf.tidy(() => {
          const result = fn();
          if (!(result instanceof Promise)) return;
          result.catch(() => {});
          throw new Error(
            'installation.prepare: the function is asynchronous but must make its calls before it returns; use model.predict or model.execute',
          );
        });
      } finally {
        tf.env().set(COMPILE_ONLY, before);
        // Wait even if `fn` failed: TensorFlow.js must not meet a program that is not compiled yet.
        await backend.checkCompileCompletionAsync();
      }
      await convolverOf(backend)?.ready();
    },
    uninstall,
    [Symbol.dispose]: uninstall,
  };
  for (const [{ kernelFunc }] of replaced) installations.set(kernelFunc, installation);
  return installation;
}
