/**
 * The demo's networks as the dispatches that the library makes of them on hardware. Nothing runs, so any `navigator.gpu` will do.
 * It is loaded through Vite, because the kernels import their shaders.
 */
import { networkCalls } from '../../demo/networks/library-calls';
import { modelOf } from '../../demo/networks/model';
import type { Network } from '../../demo/networks/network';
import { networksOf } from '../../demo/networks/networks';
import { patternOf } from '../../demo/pattern';
import { draftOf } from '../../src/graph/compile';
import type { Planned } from '../../src/graph/parts';
import * as library from '../../src/index';
import { byRule } from '../../src/kernels/choice';
import { TARGET } from './jobs';
import type { Dispatch } from './simulate';

/** A network, and its dispatches in order. */
export interface NetworkJob {
  readonly name: string;
  readonly dispatches: readonly NetworkDispatch[];
}

interface NetworkDispatch {
  /** Kernel, tile and problem. */
  readonly label: string;
  readonly kernel: string;
  readonly dispatch: Dispatch;
}

/**
 * @param filter of the networks' names
 * @param without a pattern of kernels that may not be chosen; undefined allows all
 * @throws (rejects) if no network matches
 */
export async function networkJobs(filter: string, without?: string): Promise<NetworkJob[]> {
  const networks = networksOf(patternOf(`network.*(${filter})`));
  if (networks.length === 0) throw new Error(`no network's name matches /${filter}/`);
  const gpu = await library.openGpu();
  Object.assign(gpu.context, { target: TARGET });
  if (without !== undefined) {
    const isLeftOut = patternOf(without);
    gpu.context.advise = (question) => {
      const kernels = question.kernels.filter(({ name }) => !isLeftOut.test(name));
      return byRule({ ...question, kernels }, TARGET);
    };
  }
  const jobs = networks.map((network) => ({ name: network.name, dispatches: dispatchesOf(gpu, network) }));
  gpu.destroy();
  return jobs;
}

function dispatchesOf(gpu: library.Gpu, network: Network): NetworkDispatch[] {
  const calls = networkCalls(library, gpu, modelOf(network));
  const forms = new Map([['x', { shape: network.layers[0].shape, dtype: 'f32' }] as const]);
  const draft = draftOf('isa', gpu.context, { forms, fn: ({ x }) => calls.call(x), fuse: true });
  const dispatches = draft.parts.dispatches.map(dispatchOf);
  draft.release();
  calls.dispose();
  return dispatches;
}

/** The numbers are zeros, because only the work of a kernel matters here, not its result. */
function dispatchOf({ step, operands }: Planned): NetworkDispatch {
  const { label, kernel, wgsl, grid, bindings, uniforms } = step;
  const bytes = operands.map(({ byteLength }) => byteLength);
  const left = [...bytes];
  const data = bindings.map(
    ({ binding, access }) => [binding, access === 'uniform' ? uniforms : new Uint8Array(left.shift()!)] as const,
  );
  const minimumBytes = bytes.reduce((sum, n) => sum + n, 0);
  return { label, kernel, dispatch: { code: wgsl, grid, bindings: new Map(data), minimumBytes } };
}
