/** Runs a random network in three ways: call by call, as a program without fusing, and as one with fusing. */
import { sizeOf } from '../../src/conv/check';
import { compile, type Gpu, type InputForms, type Program, type Tensor } from '../../src/index';
import { withGpu } from '../support/gpu';
import { preferring } from '../support/preferring';
import { generator } from '../support/random';
import { boundsOf, evaluate, printNetwork, pruned, upload, valuesOf, type Network } from './network';
import { convolutionPair, convolutions } from './network-convs';
import { newGrower } from './network-grower';
import { others } from './network-ops';

/** The result of a comparison. */
export interface Compared {
  /** The differences, in words; none if all is well. */
  readonly failure?: string;
  /** Dispatches of the program without fusing, and with it. */
  readonly dispatches: readonly [plain: number, fused: number];
  /** The kernels of the fused program. */
  readonly kernels: readonly string[];
  /** The largest error, as a multiple of its bound. */
  readonly worst: number;
  /** The loosest bound, as a multiple of the largest number that it applies to. */
  readonly loosest: number;
}

/** The network of a seed; the same on devices of the same features. */
export function networkOf(gpu: Gpu, seed: number): Network {
  const { next, isMixed } = { next: generator(seed ^ 0x5eed), isMixed: seed % 2 === 0 };
  const g = newGrower(gpu, seed, isMixed);
  try {
    const channels = g.among([1, 3, 4, 4, 8]);
    for (let inputs = g.once(4) ? 2 : 1; inputs > 0; inputs--) {
      const dtype = isMixed && g.once(2) ? 'f16' : 'f32';
      g.offer(g.leaf([1, 2 + g.pick(4), 2 + g.pick(4), channels], { kind: 'input', scale: 1, dtype }));
    }
    for (let calls = 2 + g.pick(8); calls > 0; calls--) {
      const make = g.once(4) ? convolutionPair : g.among(g.once(3) ? convolutions : others);
      const made = g.attempt(() => make(g));
      if (made !== undefined) g.offer(made);
    }
    const last = g.offered[g.offered.length - 1].index;
    const more = Array.from({ length: Math.floor(next() * 3) }, () => {
      // Weights, and values computed from them, are outputs now and then.
      if (next() < 0.2) return Math.floor(next() * g.nodes.length);
      return g.offered[Math.floor(next() * g.offered.length)].index;
    });
    return pruned({ seed, nodes: [...g.nodes], outputs: [last, ...more] });
  } finally {
    g.dispose();
  }
}

/** Runs a network the three ways. */
export async function compareNetwork(gpu: Gpu, network: Network): Promise<Compared> {
  const { nodes, outputs } = network;
  const inputs = nodes.flatMap((node, index) => (node.kind === 'input' ? [{ node, index }] : []));
  const forms = Object.fromEntries(inputs.map(({ node: { shape, dtype }, index }) => [`v${index}`, { shape, dtype }]));
  const feeds = Object.fromEntries(inputs.map(({ node, index }) => [`v${index}`, valuesOf(node)]));
  const values = evaluate(nodes, (leaf) => upload(gpu, leaf));
  const compiled = (fuse: boolean): Promise<Program<InputForms, readonly Tensor[]>> =>
    compile(
      gpu,
      forms,
      (given) => {
        const traced = evaluate(nodes, ({ kind }, index) => (kind === 'input' ? given[`v${index}`] : values[index]));
        return outputs.map((index) => traced[index]);
      },
      { fuse },
    );
  const programs = await Promise.allSettled([
    compiled(false),
    // Every other network compiles as on a device whose measurements favour every possible fusion.
    network.seed % 4 < 2 ? compiled(true) : preferring(gpu, /\/fused$/, network.seed, () => compiled(true)),
  ]);
  const read = await readAll(values);
  // The programs must keep their weights alive themselves.
  for (const value of values) value.dispose();
  // The numbers that the calls gave bound the sizes more tightly than the worst case does.
  const bounds = boundsOf(nodes, (bound, index) => {
    const largest = read[index].reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    return { ...bound, max: Math.min(bound.max, largest + bound.error) };
  });
  const failures: string[] = [];
  const dispatches: number[] = [];
  let kernels: readonly string[] = [];
  let worst = 0;
  for (const [i, settled] of programs.entries()) {
    const way = i === 0 ? 'without fusing' : 'fused';
    if (settled.status === 'rejected') {
      failures.push(`${way}: compile rejects: ${(settled.reason as Error).message}`);
      continue;
    }
    using program = settled.value;
    dispatches[i] = program.dispatches.run;
    kernels = program.explain().map(({ kernel }) => kernel);
    try {
      const results = program.run(feeds);
      const actual = await readAll(results);
      for (const result of results) result.dispose();
      for (const [j, index] of outputs.entries()) {
        // Without fusing, a program makes the same calls.
        const bound = i === 0 ? 0 : 2 * bounds[index].error;
        const { text, multiple } = difference(actual[j], read[index], nodes[index].shape, bound);
        worst = Math.max(worst, multiple);
        if (text !== undefined) failures.push(`${way}: v${index} ${text}`);
      }
    } catch (error) {
      failures.push(`${way}: a run rejects: ${(error as Error).message}`);
    }
  }
  const loosest = Math.max(
    ...outputs.map((index) => (2 * bounds[index].error) / Math.max(bounds[index].max, 2 ** -14)),
  );
  const failure = failures.length === 0 ? undefined : failures.join('\n');
  return { failure, dispatches: [dispatches[0] ?? 0, dispatches[1] ?? 0], kernels, worst, loosest };
}

async function readAll(tensors: readonly Tensor[]): Promise<readonly Float32Array[]> {
  return Promise.all(tensors.map(async (tensor) => Float32Array.from(await tensor.read())));
}

/** The largest error, as a multiple of its bound. */
function difference(
  actual: Float32Array,
  expected: Float32Array,
  shape: readonly number[],
  bound: number,
): { readonly text?: string; readonly multiple: number } {
  if (actual.length !== sizeOf(shape)) return { text: `has ${actual.length} elements`, multiple: Infinity };
  let [at, most, count] = [0, 0, 0];
  for (const [i, v] of actual.entries()) {
    const error = Object.is(v, expected[i]) ? 0 : Math.abs(v - expected[i]);
    // Not `error > bound`: NaN must count.
    if (!(error <= bound)) count++;
    if (!(error <= most)) [at, most] = [i, error];
  }
  const multiple = bound === 0 ? 0 : most / bound;
  if (count === 0) return { multiple };
  const text = `is ${actual[at]} at ${at} instead of ${expected[at]} +- ${bound}; ${count} of ${actual.length} differ`;
  return { text, multiple };
}

/** The failures of a network that runs alone on a device. */
export async function failureOf(network: Network): Promise<string | undefined> {
  try {
    return await withGpu({}, async (gpu) => (await compareNetwork(gpu, network)).failure);
  } catch (error) {
    return `the calls throw: ${(error as Error).message}`;
  }
}

/** The reduction stops after this time and takes the smallest network so far. */
const CUTTING_MS = 20_000;

/** The kind of a failure: a reduced network must not fail for another reason. */
function kindOf(failure: string): string {
  return failure.split('\n')[0].replaceAll(/v\d+|is \S+ at .*|\[[\d, ]*\]/g, '');
}

/** The network reduced to the failing part, and printed; undefined if it does not fail alone. */
export async function describeFailure(network: Network): Promise<string | undefined> {
  let failure = await failureOf(network);
  if (failure === undefined) return undefined;
  const kind = kindOf(failure);
  let smallest = network;
  const end = performance.now() + CUTTING_MS;
  const fails = async (candidate: Network): Promise<boolean> => {
    if (performance.now() > end) return false;
    const found = await failureOf(candidate);
    if (found === undefined || kindOf(found) !== kind) return false;
    [failure, smallest] = [found, candidate];
    return true;
  };
  // First finds the smallest network that ends in one of the nodes and still fails.
  const single = network.nodes.map((_, index) => pruned({ ...network, outputs: [index] }));
  for (const candidate of single.toSorted((a, b) => a.nodes.length - b.nodes.length)) {
    if (await fails(candidate)) break;
  }
  for (let index = smallest.nodes.length - 2; index >= 0; index--) {
    index = Math.min(index, smallest.nodes.length - 1);
    const node = smallest.nodes[index];
    if (node.kind !== 'call' || smallest.outputs.includes(index)) continue;
    const { shape, dtype, isPositive } = node;
    for (const leaf of ['input', 'weight'] as const) {
      const cut = { kind: leaf, shape, dtype, isPositive, scale: 1, seed: 7 + index } as const;
      if (await fails(pruned({ ...smallest, nodes: smallest.nodes.with(index, cut) }))) break;
    }
  }
  return `${failure}\n${printNetwork(smallest)}`;
}
