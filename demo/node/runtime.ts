/** Node: every library runs in a process of its own, so that a process that hangs can be ended while the others go on. */
import { fork } from 'node:child_process';
import { tmpdir } from 'node:os';
import { devDependencies as versions } from '../../package.json';
import { shippedNow } from '../../tools/site/shipped';
import type { Layer, Method } from '../layer';
import { workOf } from '../layer';
import type { OpenRealm } from '../peers/realm';
import { shippedBytes, type Shipped } from '../peers/shipped';
import { CONTENDERS, TITLES, type ContenderName } from '../peers/strategy';
import type { Row } from '../report';
import type { Runtime } from '../runtime';
import type { Child } from './child';
import { connect, type Connection } from './messages';

export interface NodeOptions {
  /** The output of `buildChild`. */
  readonly script: string;
  /** A part of the name of an adapter. */
  readonly adapter?: string;
  /** How long a process may say nothing; the default depends on the adapter. */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 60_000;
/** A CPU takes minutes to compile and run what takes a GPU a second. */
const PATIENCE_ON_CPU_MS = 600_000;

/** How often a library is started again after one of its processes has ended. */
const MOST_RESTARTS = 3;

/** The WebAssembly that a page fetches for a library, and Node reads. */
const WASM = 'ort-wasm-simd-threaded.asyncify.wasm';
const FILES: Readonly<Partial<Record<ContenderName, readonly string[]>>> = { ort: [WASM], 'ort-nhwc': [WASM] };

const ABSENT =
  'not in Node: it loads its WebAssembly by a script element or importScripts, which are a page and a worker';

export function nodeRuntime({ script, adapter, patienceMs }: NodeOptions): Runtime {
  let patience = patienceMs ?? PATIENCE_MS;
  let ours: Connection<Child> | undefined;
  let shipped: Shipped | undefined;
  let tellError: (error: unknown) => void = () => {};

  const start = (): Connection<Child> => {
    // A library's output is not part of the table, and Mesa's drivers complain if the folder is missing.
    const env = { XDG_RUNTIME_DIR: tmpdir(), ...process.env };
    const child = fork(script, { stdio: ['ignore', 2, 2, 'ipc'], serialization: 'advanced', env });
    return connect<Child>(child, () => patience);
  };
  const openOurs = async (): Promise<Connection<Child>> => {
    if (ours !== undefined && ours.ended() === undefined) return ours;
    ours = start();
    await ours.call('openOurs', { adapter });
    return ours;
  };

  return {
    async open(onError) {
      tellError = onError;
      ours = start();
      const environment = await ours.call('openOurs', { adapter });
      patience = patienceMs ?? (environment.isFallback ? PATIENCE_ON_CPU_MS : PATIENCE_MS);
      return { ...environment, browser: `${environment.browser} (webgpu ${versions.webgpu})` };
    },
    async peaks() {
      try {
        return await (await openOurs()).call('peaks');
      } catch (error) {
        tellError(`the device's peaks are NOT MEASURED: ${(error as Error).message}`);
        return undefined;
      }
    },
    // A function cannot be sent to another process, and nothing pauses a run there.
    async runLayer(layer, { rounds, slowRounds }) {
      const race = { rounds, slowRounds };
      const rows = await rowsOf(layer, (part) => openOurs().then((child) => child.call('runLayer', part, race)));
      if (ours?.ended() === undefined) for (const error of (await ours?.call('errors')) ?? []) tellError(error);
      return rows;
    },
    contenders: CONTENDERS.filter((name) => name !== 'litert'),
    absent: [{ name: 'litert', title: TITLES.litert, ms: 0, absent: ABSENT }],
    async weigh() {
      shipped = await shippedNow();
    },
    openRealm: async (name) => ({
      ...(await realmInProcess(name, start, adapter)),
      shipped: () => shipped && shippedBytes(shipped, name, FILES[name] ?? []),
    }),
    clocksCpus: true,
    close: () => ours?.close(),
  };
}

/** The rows of all methods at once. If that ends the process, each method runs alone, so that only the failing one is missing. */
async function rowsOf(layer: Layer, run: (part: Layer) => Promise<readonly Row[]>): Promise<readonly Row[]> {
  try {
    return await run(layer);
  } catch (error) {
    if (layer.methods.length === 1) return [failedRow(layer, layer.methods[0], error as Error)];
    const rows: Row[] = [];
    for (const method of layer.methods) rows.push(...(await rowsOf({ ...layer, methods: [method] }, run)));
    return rows;
  }
}

function failedRow(layer: Layer, method: Method, { message }: Error): Row {
  const { name, family, count } = layer;
  return { layer: name, family, method, count, ...workOf(layer), ok: false, error: message };
}

/** A library's realm. If its process ends, a new one is started for the next task, a few times at most. */
async function realmInProcess(
  name: ContenderName,
  start: () => Connection<Child>,
  adapter: string | undefined,
): Promise<OpenRealm> {
  const open = async (): Promise<Connection<Child>> => {
    const child = start();
    try {
      await child.call('openRealm', name, { adapter });
    } catch (error) {
      child.close();
      throw error;
    }
    return child;
  };
  let child = await open();
  let restarts = 0;
  const alive = async (): Promise<Connection<Child>> => {
    const why = child.ended();
    if (why === undefined) return child;
    if (++restarts > MOST_RESTARTS)
      throw new Error(`it was started ${MOST_RESTARTS + 1} times, and is left out: ${why}`);
    child = await open();
    return child;
  };
  return {
    enterLayer: async (layer) => (await alive()).call('enterLayer', layer),
    enterNetwork: async (network) => (await alive()).call('enterNetwork', network),
    enterModel: async (model) => (await alive()).call('enterModel', model),
    time: (calls) => child.call('time', calls),
    gpuMs: () => child.call('gpuMs'),
    leave: () => child.call('leave'),
    close: () => child.close(),
  };
}
