/** Looks for a GPU before anything is measured. If there is none, it says what is missing and what to do. */
import { browserVersion } from '../browser-version';
import { adapterText, FEATURES } from '../environment';

export type Device =
  | { readonly state: 'looking' }
  | { readonly state: 'missing'; readonly what: string; readonly remedy: string; readonly browser: string }
  | FoundDevice;

export interface FoundDevice {
  readonly state: 'ready';
  readonly adapter: string;
  /** Whether the browser says that it is a CPU posing as a GPU. */
  readonly isFallback: boolean;
  readonly features: readonly string[];
  readonly browser: string;
}

/** A browser whose GPU process fails to start may never answer. */
const ANSWER_MS = 10_000;

/** Never rejects: a problem is a result, too. */
export async function lookForDevice(): Promise<Device> {
  const browser = await browserVersion();
  const missing = (what: string, remedy: string): Device => ({ state: 'missing', what, remedy, browser });
  if (!isSecureContext) {
    return missing('This address is not secure, and browsers keep WebGPU from such pages.', 'Open the page by https.');
  }
  // TypeScript types it as always present, but not every browser has it.
  const gpu = navigator.gpu as GPU | undefined;
  if (gpu === undefined)
    return missing('This browser has no WebGPU, or keeps it switched off.', remedyFor(navigator.userAgent));
  try {
    const adapter = await inTime(gpu.requestAdapter());
    if (adapter === null) {
      return missing(
        'This browser has WebGPU, but gives no adapter.',
        'Switch on hardware acceleration in its settings, update the driver of the GPU, and restart it. In Chrome chrome://gpu says why.',
      );
    }
    return {
      state: 'ready',
      adapter: adapterText(adapter.info),
      isFallback: adapter.info.isFallbackAdapter || /swiftshader|llvmpipe/i.test(adapterText(adapter.info)),
      features: FEATURES.filter((feature) => adapter.features.has(feature)),
      browser,
    };
  } catch (error) {
    return missing(
      `This browser has WebGPU, but it does not start: ${(error as Error).message}`,
      'Restart the browser.',
    );
  }
}

function remedyFor(userAgent: string): string {
  if (/firefox/i.test(userAgent)) {
    return 'Firefox has it on Windows since 141 and on Macs with Apple silicon since 145; elsewhere set dom.webgpu.enabled in about:config, or use Chrome or Edge.';
  }
  if (/android/i.test(userAgent)) return 'Chrome has it on Android 12 and later since version 121.';
  if (/safari/i.test(userAgent) && !/chrom/i.test(userAgent)) {
    return 'Safari has it since version 26; update the system, or use Chrome on a Mac.';
  }
  if (/linux/i.test(userAgent)) {
    return 'Chrome on Linux may have it behind chrome://flags/#enable-unsafe-webgpu, and needs Vulkan.';
  }
  return 'Chrome and Edge have it since version 113, Safari since 26, Firefox since 141: update the browser, or use one of these.';
}

async function inTime<T>(answer: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it did not answer in ${ANSWER_MS / 1000} s`)), ANSWER_MS);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
