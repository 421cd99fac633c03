/**
 * Twin of shaders/separable.wgsl: a depthwise convolution and the pointwise one after it, in one dispatch.
 *
 * @module
 */
import shader from '../../shaders/separable.wgsl';
import { summary, type ConvProblem } from '../conv/problem';
import type { Step } from '../step';
import { problemUniforms } from './conv-step';
import { epilogueCode, type Epilogue } from './epilogue';
import { flatStep, WORKGROUP } from './flat-step';
import type { Target } from './kernel';

/** Two convolutions one after the other, the first depthwise, the second pointwise. */
export interface SeparablePair {
  readonly depthwise: ConvProblem;
  readonly pointwise: ConvProblem;
  /** Tensors that the two epilogues bind. */
  readonly operands: number;
}

/** What is done to the sums of each. */
export interface SeparableEpilogues {
  readonly between: Epilogue;
  readonly end: Epilogue;
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

/** Workgroups that keep a GPU busy; small maps have fewer. */
const MIN_WORKGROUPS = 256;

export const separableFused = {
  name: 'separable/fused',
  why: 'the map is large and the outputs are few, so the intermediate stays in workgroup memory instead of going to DRAM and back',

  /** Whether the shader computes the pair right. */
  supports({ depthwise: d, pointwise: w, operands }: SeparablePair): boolean {
    return (
      d.dataFormat === 'NHWC' &&
      d.inChannels === d.outChannels &&
      d.inChannels % 4 === 0 &&
      w.outChannels % 4 === 0 &&
      columnsOf(w) <= COLUMNS_LIMIT &&
      d.filterHeight * d.filterWidth <= TAPS_LIMIT &&
      d.strideWidth <= 2 &&
      d.dilationHeight * d.dilationWidth === 1 &&
      BUFFERS.own + operands <= BUFFERS.most
    );
  },

  /** Whether it is faster than two dispatches. A CPU adapter has no workgroup memory of its own. */
  suits({ depthwise: d }: SeparablePair, target: Target): boolean {
    return !target.cpu && workgroupsOf(d) >= MIN_WORKGROUPS;
  },

  /** The dispatch; the operands of what is between are bound as `between_bias` and so on, the pointwise filter as `mix`. */
  step({ depthwise: d, pointwise: w }: SeparablePair, { between, end }: SeparableEpilogues, target: Target): Step {
    const first = shader.bindings.length;
    const inner = epilogueCode(first, between, 'between_');
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
} as const;

function columnsOf(w: ConvProblem): number {
  return Math.ceil(w.outChannels / MIXED);
}

function workgroupsOf(d: ConvProblem): number {
  return d.batch * Math.ceil(d.outHeight / TILE.HEIGHT) * Math.ceil(d.outWidth / TILE.WIDTH);
}
