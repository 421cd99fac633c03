/** Times one model of an app under TensorFlow.js, with its own kernels and with this library's, in turns. */
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import { install, type InstallCounts } from '../../src/tfjs';
import { trafficOf, type Traffic } from '../../test/support/tfjs-census';
import type { InstallModel } from './models';

/** The measurements of one side. */
interface Side {
  /** Milliseconds of the first run, including compilation. */
  readonly first: number;
  /** Milliseconds of each round, until all outputs are read. */
  readonly ms: readonly number[];
  /** The part of these milliseconds in which the call occupied the page's thread. */
  readonly blocked: readonly number[];
  readonly traffic: Traffic;
}

export interface Race {
  readonly theirs: Side;
  readonly ours: Side;
  /** The largest difference between the two, as a share of the largest number. */
  readonly difference: number;
  readonly counts: InstallCounts;
}

type Values = readonly Float32Array[];

/** @param budgetMs for the rounds */
export async function race({ artifacts, input, outputs, x }: InstallModel, budgetMs: number): Promise<Race> {
  const model = await loadGraphModel(tf.io.fromMemory(artifacts));
  const fed = tf.tensor(x.values, [...x.shape], x.dtype);
  const sides = [side(), side()];
  const results: Values[] = [];
  let installed: ReturnType<typeof install> | undefined;

  const run = async (
    at: number,
  ): Promise<{ readonly values: Values; readonly ms: number; readonly blocked: number }> => {
    const start = performance.now();
    const made = model.execute({ [input]: fed }, [...outputs]);
    const blocked = performance.now() - start;
    const tensors = Array.isArray(made) ? made : [made];
    const values = await Promise.all(tensors.map((tensor) => tensor.data<'float32'>()));
    const ms = performance.now() - start;
    tf.dispose(tensors);
    results[at] = values;
    return { values, ms, blocked };
  };

  try {
    sides[0].first = (await run(0)).ms;
    const theirs = NAMES.map((name) => tf.getKernel(name, 'webgpu'));
    installed = install(tf);
    const ours = NAMES.map((name) => tf.getKernel(name, 'webgpu'));
    // This does not use uninstall, which would forget what it knows of the calls.
    const put = (kernels: readonly tf.KernelConfig[]): void => {
      for (const kernel of kernels) {
        tf.unregisterKernel(kernel.kernelName, 'webgpu');
        tf.registerKernel(kernel);
      }
    };
    sides[1].first = (await run(1)).ms;
    const difference = differenceOf(results[0], results[1]);
    const counts = installed.counts();
    const end = performance.now() + budgetMs;
    for (let round = 0; round < 3 || performance.now() < end; round++) {
      for (const at of round % 2 === 0 ? [0, 1] : [1, 0]) {
        put(at === 0 ? theirs : ours);
        const { ms, blocked } = await run(at);
        sides[at].ms.push(ms);
        sides[at].blocked.push(blocked);
      }
    }
    for (const [at, kernels] of [theirs, ours].entries()) {
      put(kernels);
      sides[at].traffic = await trafficOf(() => run(at));
    }
    return { theirs: sides[0], ours: sides[1], difference, counts };
  } finally {
    installed?.uninstall();
    fed.dispose();
    model.dispose();
  }
}

const NAMES = ['Conv2D', 'FusedConv2D', 'DepthwiseConv2dNative', 'FusedDepthwiseConv2D'];

function side(): { first: number; ms: number[]; blocked: number[]; traffic: Traffic } {
  return { first: 0, ms: [], blocked: [], traffic: { submits: 0, dispatches: 0, maps: 0, compilations: 0 } };
}

function differenceOf(expected: Values, actual: Values): number {
  let [largest, difference] = [0, 0];
  for (const [k, values] of expected.entries()) {
    for (const [i, value] of values.entries()) {
      largest = Math.max(largest, Math.abs(value));
      const off = Math.abs(value - actual[k][i]);
      // NaN must not count as no difference.
      if (!(off <= difference)) difference = off;
    }
  }
  return difference / largest;
}
