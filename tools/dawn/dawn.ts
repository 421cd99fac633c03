/** WebGPU in Node: Dawn, of the npm package `webgpu`. */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { devDependencies as versions } from '../../package.json';
import { driverHint } from './driver';

export interface DawnOptions {
  /** A part of the adapter's name; without it, Dawn's first choice. */
  readonly adapter?: string;
  /** The default is any backend that the machine has; `'null'` accepts all commands and does nothing. */
  readonly backend?: 'null';
}

interface Dawn {
  readonly create: (options: readonly string[]) => GPU;
  readonly globals: Readonly<Record<string, unknown>>;
}

/** Dawn's switches: it counts timestamps to the nanosecond as unsafe, and enables float16 on NVIDIA only if it is asked to. */
const ENABLED = ['allow_unsafe_apis', 'vulkan_enable_f16_on_nvidia'];
const DISABLED = ['timestamp_quantization'];

/**
 * The entry of the npm package `webgpu`; NODE_PATH names other folders with packages.
 *
 * @param from the module that looks for it
 * @throws if it is not installed
 */
export function findDawn(from: string = import.meta.url): string {
  try {
    return createRequire(from).resolve('webgpu');
  } catch (cause) {
    throw new Error(`the npm package webgpu, Dawn for Node, is not installed; ${INSTALL}`, { cause });
  }
}

const INSTALL = `get it by \`npm ci\`, or \`npm install --no-save webgpu@${versions.webgpu}\``;

/**
 * Makes `navigator.gpu` and the names of WebGPU global, as a browser does.
 *
 * @throws (rejects) if the package is missing, or does not run on this machine
 */
export async function installDawn({ adapter, backend }: DawnOptions = {}): Promise<void> {
  const { create, globals } = await loadDawn();
  const options = [
    `enable-dawn-features=${ENABLED.join()}`,
    `disable-dawn-features=${DISABLED.join()}`,
    ...(adapter === undefined ? [] : [`adapter=${adapter}`]),
    ...(backend === undefined ? [] : [`backend=${backend}`]),
  ];
  // Node 21 and later have a navigator; older versions lack the fields that other libraries read from it.
  Object.assign(globalThis, globals, 'navigator' in globalThis ? {} : { navigator: { userAgent: 'Node.js' } });
  Object.defineProperty(navigator, 'gpu', { value: create(options), configurable: true });
}

async function loadDawn(): Promise<Dawn> {
  const entry = findDawn();
  try {
    return (await import(pathToFileURL(entry).href)) as Dawn;
  } catch (cause) {
    const { message } = cause as Error;
    const platform = `${process.platform} ${process.arch}`;
    const remedy = 'it has macOS, Windows, and Linux with glibc 2.34 or later, on x64 and arm64';
    throw new Error(`${entry} does not load on this machine (${platform}): ${message}; ${remedy}`, { cause });
  }
}

/**
 * The adapter that `navigator.gpu` gives.
 *
 * @throws (rejects) if there is none; the message says what was looked for, and how to get it
 */
export async function requestAdapter({ adapter: name }: DawnOptions = {}): Promise<GPUAdapter> {
  const wanted = name === undefined ? 'no adapter' : `no adapter whose name contains "${name}"`;
  let adapter: GPUAdapter | null;
  try {
    adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
  } catch (cause) {
    // If no adapter has the name, Dawn lists the available ones.
    throw new Error(`Dawn finds ${wanted}: ${(cause as Error).message}`, { cause });
  }
  if (adapter !== null) return adapter;
  throw new Error(`Dawn finds ${wanted}; ${driverHint()}`);
}
