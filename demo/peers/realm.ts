/**
 * One library in a realm of its own, so that no library meets another's globals. A realm is a frame of the page or a process, so
 * its arguments and results are plain data.
 */
import { median } from 'simple-statistics';
import { gpuClock, type GpuClock } from '../gpu-clock/clock';
import type { Kernels } from '../kernels-of';
import type { Layer } from '../layer';
import type { FedModel, ModelOutputs, ModelProgram } from '../models/fed-model';
import { modelOf, modelOfLayer } from '../networks/model';
import type { Network } from '../networks/network';
import { problemOf } from '../problem';
import { timed } from '../timing';
import type { ContenderName, Plan, Prepared, Strategy, Unsupported } from './strategy';
import type { GpuWatch } from './watch-gpu';

/** Takes one task at a time: entered, timed, and left. */
export interface Realm {
  readonly enterLayer: (layer: Layer) => Promise<Entered | Unsupported>;
  readonly enterNetwork: (network: Network) => Promise<Entered | Unsupported>;
  readonly enterModel: (model: FedModel) => Promise<Entered<ModelOutputs> | Unsupported>;
  /** Runs the task this many times, then waits once. */
  readonly time: (calls: number) => Promise<Timed>;
  /** Milliseconds of a run by the GPU's own clock; undefined if that is not known. */
  readonly gpuMs: () => Promise<number | undefined>;
  /** Frees the task; returns the errors that nobody caught meanwhile. */
  readonly leave: () => Promise<readonly string[]>;
}

/** An open realm of a library, in a frame or in a process. */
export interface OpenRealm extends Realm {
  /** The bytes that a page fetches for what the library has done so far; undefined if that is not known. */
  shipped?(): number | undefined;
  close(): void;
}

/** Opens a realm; rejects if the library does not load or start. */
export type RealmOpener = (name: ContenderName) => Promise<OpenRealm>;

/** A task that was prepared and run twice. */
export interface Entered<R = Float32Array> {
  /** Preparing, the first run, and waiting for it. */
  readonly firstMs: number;
  /** Milliseconds of the second run. */
  readonly knownMs: number;
  /** Of the second run. */
  readonly dispatches: number;
  readonly submits: number;
  /** Since the library started. */
  readonly peakBytes: number;
  readonly devices: number;
  /** How it is computed, if that is not one call for one layer. */
  readonly how?: string;
  /** The program that a model was compiled to. */
  readonly program?: ModelProgram;
  /** The kernels that computed it, if it is ours. */
  readonly kernels?: Kernels;
  readonly output: R;
  /** The errors that nobody caught. */
  readonly errors: readonly string[];
}

export interface Timed {
  readonly ms: number;
  /** Median of the runs: how long each kept the thread busy, or waited for what the library awaits itself. */
  readonly hostMs: number;
}

/** The task that is under way. */
interface Running {
  readonly prepared: Prepared<unknown>;
  /** Whether each run is submitted by itself, as in an app that waits for every result. */
  readonly oneByOne: boolean;
  clock?: GpuClock;
}

export function realmOf(strategy: Strategy, gpu: GpuWatch): Realm {
  let running: Running | undefined;

  async function enter<R>(planned: Plan<R> | Unsupported, oneByOne: boolean): Promise<Entered<R> | Unsupported> {
    if ('unsupported' in planned) return planned;
    const start = performance.now();
    const prepared = await planned.prepare();
    running = { prepared, oneByOne };
    await timed(prepared);
    const firstMs = performance.now() - start;
    await prepared.settle?.();

    const before = { dispatches: gpu.dispatches(), submits: gpu.submits() };
    const knownMs = await timed(prepared);
    const dispatches = gpu.dispatches() - before.dispatches;
    const submits = gpu.submits() - before.submits;
    const peakBytes = gpu.peakBytes();
    const output = await prepared.read();
    const { how } = planned;
    const { program } = prepared;
    const counts = { dispatches, submits, peakBytes, devices: gpu.devices() };
    const kernels = prepared.kernels?.();
    return { firstMs, knownMs, ...counts, how, program, kernels, output, errors: gpu.errors() };
  }

  function current(): Running {
    if (running === undefined) throw new Error('no task was entered');
    return running;
  }

  return {
    enterLayer: async (layer) => {
      const problem = problemOf(layer);
      return enter(strategy.planLayer?.(problem) ?? strategy.plan(modelOfLayer(problem)), false);
    },
    enterNetwork: async (network) => enter(strategy.plan(modelOf(network)), true),
    enterModel: async (model) =>
      enter(strategy.planModel?.(model) ?? { unsupported: `it reads no ${model.format} models` }, true),
    async time(calls) {
      const { prepared, oneByOne } = current();
      const hostMs: number[] = [];
      const run = async (): Promise<void> => {
        const start = performance.now();
        const under = prepared.run();
        if (under !== undefined) await under;
        if (oneByOne) prepared.submit?.();
        hostMs.push(performance.now() - start);
      };
      const ms = await timed({ run, sync: () => prepared.sync() }, calls);
      return { ms, hostMs: calls === 0 ? 0 : median(hostMs) };
    },
    async gpuMs() {
      const task = current();
      const device = gpu.device();
      task.clock ??= device && gpuClock(device, task.prepared);
      return task.clock?.ms();
    },
    async leave() {
      const left = running;
      running = undefined;
      left?.prepared.dispose();
      await left?.clock?.release();
      return gpu.errors();
    },
  };
}
