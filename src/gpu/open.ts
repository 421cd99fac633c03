/**
 * Opens adapter and device: asks the adapter for what it can really do, and says what is missing where there is no WebGPU.
 *
 * @module
 */
import { check, show } from '../conv/check';
import type { Limits, Target } from '../kernels/kernel';
import { loadKernelsForCpu } from '../kernels/late';
import { profileOf, type Profile } from '../kernels/profile';

/** Which device to open. */
export interface DeviceOptions {
  /** Which of several GPUs; default `'high-performance'`. */
  readonly powerPreference?: GPUPowerPreference;
  /** A device of the app's, TensorFlow.js's or ONNX Runtime's, to share buffers with. */
  readonly device?: GPUDevice;
  /**
   * Stops waiting for a new device; `openGpu` then rejects with the signal's reason. It ends no device that is open.
   *
   * @example
   * ```ts
   * const gpu = await openGpu({ signal: AbortSignal.timeout(2000) });
   * ```
   */
  readonly signal?: AbortSignal;
}

/** Milliseconds that the browser has to give an adapter, and then a device. It takes a few milliseconds, or never does. */
const PATIENCE = 10_000;

/** Features asked for where the adapter has them: for `profile`, for shaders of the app's own, for `conv2d/quad`. */
const WANTED: readonly GPUFeatureName[] = ['timestamp-query', 'shader-f16', 'subgroups'];

/** Limits worth more than their default: a layer of a large image exceeds the default binding size. */
const RAISED = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  // A separate limit in compatibility mode only; `draw` needs it.
  'maxStorageBuffersInFragmentStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupsPerDimension',
] as const;

/**
 * The given device, or a new one with the adapter's own limits. Also loads the kernels for this kind of device.
 *
 * @throws if the device is none, there is no WebGPU or no adapter, or the browser does not answer; the message says what is
 *   missing and what to do
 */
export async function openDevice(options: DeviceOptions): Promise<GPUDevice> {
  const device = await deviceOf(options);
  await loadKernelsFor(device);
  return device;
}

/**
 * Loads the kernels that only this kind of device uses.
 *
 * @returns whether there are kernels now that were not there before
 */
export async function loadKernelsFor(device: GPUDevice): Promise<boolean> {
  return profileOfDevice(device).cpu && loadKernelsForCpu();
}

/** The given device, or a new one with the adapter's own limits. */
async function deviceOf({ device, powerPreference = 'high-performance', signal }: DeviceOptions): Promise<GPUDevice> {
  signal?.throwIfAborted();
  if (device !== undefined) {
    // Test its members: a device of another window is no instance of this window's GPUDevice.
    check(
      typeof device === 'object' && device !== null && 'createBindGroup' in device,
      () => `openGpu: device is ${show(device)}; give a GPUDevice, or leave it out`,
    );
    return device;
  }
  const gpu = (globalThis.navigator as Navigator | undefined)?.gpu;
  if (gpu === undefined) {
    throw new Error(
      globalThis.isSecureContext === false
        ? 'openGpu: WebGPU needs a secure context; serve the page over https or from localhost'
        : 'openGpu: this browser has no WebGPU (navigator.gpu is missing); use Chrome or Edge 113, Safari 26, Firefox 141 or later',
    );
  }
  const ask = async (featureLevel: string): Promise<GPUAdapter | null> =>
    answer('adapter', gpu.requestAdapter({ powerPreference, featureLevel }), signal);
  // Phones without Vulkan have OpenGL ES, which is WebGPU's compatibility mode; no kernel needs more.
  const adapter = (await ask('core')) ?? (await ask('compatibility'));
  if (adapter === null) {
    throw new Error(
      'openGpu: WebGPU gives no adapter; update the graphics driver, look at chrome://gpu, or on a machine ' +
        'with no GPU start Chromium with --enable-unsafe-webgpu --use-webgpu-adapter=swiftshader',
    );
  }
  const requiredLimits: Record<string, number> = {};
  for (const name of RAISED) {
    const most = adapter.limits[name];
    // Some browsers do not know this limit.
    if (most !== undefined) requiredLimits[name] = most;
  }
  const opening = adapter.requestDevice({
    label: 'depthwise',
    requiredFeatures: WANTED.filter((feature) => adapter.features.has(feature)),
    requiredLimits,
  });
  try {
    return await answer('device', opening, signal);
  } catch (error) {
    // Destroy a device that comes too late: nobody uses it.
    opening.then((late) => late.destroy()).catch(() => {});
    throw error;
  }
}

/** What the browser gives, if it does so in time and nobody aborts. */
function answer<T>(what: string, asked: Promise<T>, signal?: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal?.reason as Error);
    const giveUp = (): void =>
      reject(
        new Error(
          `openGpu: the browser has given no ${what} for ${PATIENCE / 1000} s; restart it, update the graphics driver and ` +
            'look at chrome://gpu, or start Chromium with --use-webgpu-adapter=swiftshader where there is no GPU',
        ),
      );
    const timer = setTimeout(giveUp, PATIENCE);
    signal?.addEventListener('abort', abort);
    if (signal?.aborted === true) abort();
    const settle = (): void => {
      clearTimeout(timer);
      // Remove the listener: a signal may outlive many gpus, for example one that lives as long as the page.
      signal?.removeEventListener('abort', abort);
    };
    void asked.then(resolve, reject).finally(settle);
  });
}

/** The limits that kernels and tensors depend on. */
const HEEDED: readonly (keyof Limits)[] = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeWorkgroupsPerDimension',
  'maxComputeInvocationsPerWorkgroup',
  'minStorageBufferOffsetAlignment',
];

/** What kernels may ask about the device. Every call asks, so the limits are copied out of the browser's object. */
export function targetOf(device: GPUDevice, quickStart = true): Target {
  const limits = Object.fromEntries(HEEDED.map((name) => [name, device.limits[name]])) as Record<keyof Limits, number>;
  return { limits, profile: profileOfDevice(device), features: device.features, quickStart };
}

function profileOfDevice({ adapterInfo }: GPUDevice): Profile {
  return profileOf(adapterInfo, globalThis.navigator?.userAgent);
}
