/** Runs a case on a GPU: by the op, as a user calls it, or by one kernel with one tile. */
import type { ConvProblem } from '../../src/conv/problem';
import {
  conv2d,
  depthwiseConv2d,
  explain,
  groupedConv2d,
  pointwiseConv2d,
  separableConv2d,
  type Gpu,
  type Tensor,
} from '../../src/index';
import { canRun, type Kernel, type Target } from '../../src/kernels/kernel';
import { profileOf } from '../../src/kernels/profile';
import { asDepthwise } from '../../src/ops/conv2d';
import { convolve } from '../../src/ops/convolve';
import type { Tile } from '../../src/step';
import { allKernels } from '../../src/tune/self-test';
import { convolutionBy } from '../support/question';
import { AMD, SWIFTSHADER } from '../support/target';
import { callOf, problemsOf, type Call, type ConvCase, type Source } from './case';
import { numbersOf } from './numbers';

/** The functions in a form that a table can hold. The case gives the arguments. */
type AnyOp = (...args: unknown[]) => Tensor;
const OPS = { conv2d, depthwiseConv2d, groupedConv2d, pointwiseConv2d, separableConv2d } as unknown as Readonly<
  Record<ConvCase['op'], AnyOp>
>;

/** The function of that name. */
export function callOp(op: ConvCase['op'], args: readonly unknown[], options: unknown): Tensor {
  return OPS[op](...args, options);
}

/** The device to imitate; fields that are absent are taken from the real device. */
export interface As {
  readonly rule?: 'cpu' | 'gpu';
  readonly isPacked?: boolean;
}

/** Calls `fn` as on a device with another default rule, or without shader-f16. */
export function asOn<T>(gpu: Gpu, { rule, isPacked }: As, fn: () => T): T {
  const { context } = gpu;
  const { target } = context;
  const profile = rule === undefined ? target.profile : profileOf(rule === 'cpu' ? SWIFTSHADER : AMD);
  const features = new Set([...target.features].filter((name) => !isPacked || name !== 'shader-f16'));
  Object.assign(context, { target: { ...target, profile, features } });
  try {
    return fn();
  } finally {
    Object.assign(context, { target });
  }
}

/** Uploads the tensors of a case while `fn` queues calls with them, by the case's rule. */
export function withTensors<T>(gpu: Gpu, c: ConvCase, fn: (call: Call<Tensor>) => T): T {
  const tensors: Tensor[] = [];
  const upload = (source: Source): Tensor => {
    const tensor = gpu.tensor(numbersOf(source), source.shape, { dtype: source.dtype });
    tensors.push(tensor);
    return tensor;
  };
  try {
    return asOn(gpu, c, () => fn(callOf(c, upload)));
  } finally {
    for (const tensor of tensors) tensor.dispose();
  }
}

/**
 * Queues the call.
 *
 * @param kernels the kernels that a variant may name
 * @returns the output, which is the caller's to dispose
 */
export function runCase(gpu: Gpu, c: ConvCase, kernels: readonly Kernel[] = allKernels): Tensor {
  return withTensors(gpu, c, ({ args, options }) => {
    if (c.variant === undefined) return callOp(c.op, args, options);
    const { kernel: name, tile } = c.variant;
    const kernel = kernels.find((k) => k.name === name);
    if (kernel === undefined) throw new Error(`there is no kernel ${name}`);
    const only = { ...kernel, suits: () => true, tiles: () => [tile] };
    const operation = convolutionBy(`${name} ${JSON.stringify(tile)}`, [only]);
    const [x, filter] = args;
    return convolve(operation, problemFor(kernel, problemsOf(c)[0]), x, filter, options);
  });
}

/** The kernel and tile that served the last of several steps. */
export function servedBy(output: Tensor): string {
  const step = explain(output).steps.at(-1);
  return step === undefined ? 'nothing' : `${step.kernel} ${JSON.stringify(step.tile)}`;
}

/** Some kernels accept the problem only in its depthwise form. */
function problemFor(kernel: Kernel, p: ConvProblem): ConvProblem {
  return kernel.supports(p) ? p : asDepthwise(p);
}

/** Picks a kernel and a tile, however many there are. */
export interface Pick {
  /** The kernel, if it computes the case. */
  readonly kernel?: string;
  /** Picks another kernel if that one does not compute the case. */
  readonly other: number;
  readonly tile: number;
}

/**
 * The case with a kernel and a tile picked from those that can compute it. The tiles are those that the kernel offers on a CPU
 * adapter and on a GPU, in the same order for all sizes, so that a pick mostly means one program.
 */
export function variantOf(c: ConvCase, pick: Pick, target: Target): ConvCase | undefined {
  const [problem, second] = problemsOf(c);
  if (second !== undefined) return undefined;
  const kernels = allKernels.filter((k) => canRun(k, problemFor(k, problem), target));
  const kernel = kernels.find(({ name }) => name === pick.kernel) ?? kernels[pick.other % kernels.length];
  const tiles = tilesOf(kernel, problemFor(kernel, problem), target);
  return { ...c, method: undefined, variant: { kernel: kernel.name, tile: tiles[pick.tile % tiles.length] } };
}

/** All tiles of a kernel by either rule, in a fixed order. */
function tilesOf(kernel: Kernel, p: ConvProblem, target: Target): readonly Tile[] {
  const tiles = [AMD, SWIFTSHADER].flatMap((info) => kernel.tiles(p, { ...target, profile: profileOf(info) }));
  const byText = new Map(tiles.map((tile) => [JSON.stringify(tile), tile]));
  return [...byText.keys()].toSorted().map((text) => byText.get(text) as Tile);
}
