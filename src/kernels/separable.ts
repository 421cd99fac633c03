/**
 * Twin of shaders/separable.wgsl: a depthwise convolution and the pointwise one after it, in one dispatch; and the same in two.
 *
 * @module
 */
import shader from '../../shaders/separable.wgsl';
import { summary, type ConvProblem } from '../conv/problem';
import { outputShape } from '../conv/window';
import { chainOf, type Chain } from './chain';
import { multiplyAdds, outputs, problemUniforms } from './conv-step';
import { depthwise, pointwise } from './convolutions';
import type { DType } from './dtype';
import { epilogueCode, operandsOf, type Epilogue } from './epilogue';
import { flatStep, WORKGROUP } from './flat-step';
import type { Kernel } from './kernel';
import type { Operation } from './operation';

/** Two convolutions one after the other, the first depthwise, the second pointwise. */
export interface SeparablePair {
  readonly depthwise: ConvProblem;
  readonly pointwise: ConvProblem;
  /** What is done to the sums of the first. */
  readonly between: Epilogue;
  /** Type of the result of that, where it is stored and not the type of x. */
  readonly middle?: DType;
}

/** Pixels of a workgroup, and of the strips that they are convolved in. */
const TILE = { WIDTH: 8, HEIGHT: 4, STRIP: 4 } as const;

/** Output channels of the 16 invocations that mix one row of the tile, four each. */
const MIXED = 64;

/** Two columns of eight pixels are all that registers hold. */
const COLUMNS_LIMIT = 2;

/** Taps that are unrolled; five rows of five leave room for the sums. */
const TAPS_LIMIT = 25;

/** Storage buffers that every device binds, and those of the shader itself. */
const BUFFERS = { most: 8, own: 4 } as const;

/** In front of the names of what is read between the two. */
const BETWEEN = 'between_';

export const separableFused: Kernel<SeparablePair> = {
  name: 'separable/fused',
  why: 'the map is large and the outputs are few, so the intermediate stays in workgroup memory instead of going to DRAM and back',
  wgsl: shader.code,
  supports: ({ depthwise: d, pointwise: w }) =>
    d.dataFormat === 'NHWC' &&
    d.inChannels === d.outChannels &&
    d.inChannels % 4 === 0 &&
    w.outChannels % 4 === 0 &&
    columnsOf(w) <= COLUMNS_LIMIT &&
    d.filterHeight * d.filterWidth <= TAPS_LIMIT &&
    d.strideWidth <= 2 &&
    d.dilationHeight * d.dilationWidth === 1,
  suits: ({ depthwise: d }, { profile }) =>
    profile.workgroupMemory && !profile.cpu && workgroupsOf(d) * WORKGROUP >= profile.invocations,
  tiles: () => [{}],
  step({ depthwise: d, pointwise: w, between }, _tile, end, target) {
    const first = shader.bindings.length;
    const inner = epilogueCode(first, between, BETWEEN);
    const outer = epilogueCode(first + inner.bindings.length, end);
    return flatStep(target, {
      kernel: 'separable/fused',
      shader,
      sizes: `${summary(d)} ->${w.outChannels}`,
      knobs: {
        ...TILE,
        FILTER_HEIGHT: d.filterHeight,
        FILTER_WIDTH: d.filterWidth,
        STRIDE_HEIGHT: d.strideHeight,
        STRIDE_WIDTH: d.strideWidth,
        COLUMNS: columnsOf(w),
      },
      aliases: { ...inner.aliases, ...outer.aliases },
      slots: { ...inner.slots, ...outer.slots },
      bindings: [...inner.bindings, ...outer.bindings],
      uniforms: { ...problemUniforms(d), out_channels: w.outChannels },
      invocations: workgroupsOf(d) * WORKGROUP,
    });
  },
};

/** The one and then the other, by the kernels of each. */
export const separableInTwo: Chain<SeparablePair> = /* @__PURE__ */ chainOf(
  {
    name: 'separable/two-dispatches',
    why: 'two dispatches: the intermediate is small, or fusing would cost more in workgroup memory than its way saves',
    get wgsl() {
      return [depthwise, pointwise].flatMap(({ kernels }) => kernels.map(({ wgsl }) => wgsl)).join('');
    },
    supports: () => true,
    tiles: () => [{}],
  },
  (pair, end) => ({
    middles: { middle: { shape: outputShape(pair.depthwise), dtype: pair.middle } },
    links: [
      {
        operation: depthwise,
        problem: pair.depthwise,
        inputs: { x: 'x', weights: 'weights' },
        epilogue: pair.between,
        operands: operandsOf(pair.between).map((name) => `${BETWEEN}${name}`),
        output: 'middle',
      },
      {
        operation: pointwise,
        problem: pair.pointwise,
        inputs: { x: 'middle', weights: 'mix' },
        epilogue: end,
        operands: operandsOf(end),
        output: 'output',
      },
    ],
  }),
);

/** The kind of both. Inputs are `x`, `weights`, `mix` (the pointwise filter), and what is read between; see {@link betweenInputs}. */
export const SEPARABLE = 'separable';

function separableBy(name: string, kernels: Operation<SeparablePair>['kernels']): Operation<SeparablePair> {
  return {
    kind: SEPARABLE,
    name,
    kernels,
    summary: (pair) => `${summary(pair.depthwise)} ->${pair.pointwise.outChannels}`,
    multiplyAdds: (pair) => multiplyAdds(pair.depthwise) + multiplyAdds(pair.pointwise),
    channels: ({ pointwise: w }) => ({ size: outputs(w), channels: w.outChannels, inner: 1 }),
  };
}

export const separable: Operation<SeparablePair> = /* @__PURE__ */ separableBy('separable', [
  separableFused,
  separableInTwo,
]);

/** By the method `'fused'`. */
export const separableByFused: Operation<SeparablePair> = /* @__PURE__ */ separableBy('separable/fused', [
  separableFused,
]);

/**
 * Whether one dispatch computes a pair.
 *
 * @param operands tensors that its two epilogues read
 */
export function pairFits(first: ConvProblem, second: ConvProblem, operands: number): boolean {
  const pair = { depthwise: first, pointwise: second, between: [] };
  return separableFused.supports(pair) && BUFFERS.own + operands <= BUFFERS.most;
}

/** What the epilogue between the two reads, as inputs. */
export function betweenInputs<T>({ between }: SeparablePair, operands: readonly T[]): Record<string, T> {
  return Object.fromEntries(operandsOf(between).map((name, i) => [`${BETWEEN}${name}`, operands[i]]));
}

function columnsOf(w: ConvProblem): number {
  return Math.ceil(w.outChannels / MIXED);
}

function workgroupsOf(d: ConvProblem): number {
  return d.batch * Math.ceil(d.outHeight / TILE.HEIGHT) * Math.ceil(d.outWidth / TILE.WIDTH);
}
