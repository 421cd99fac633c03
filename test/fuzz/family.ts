/**
 * A family of cases as the generators make it. A program is what costs time to compile: filter, strides, dilations, layout,
 * epilogue. Sizes are uniforms and cost none. So a family is one program and several sizes of it.
 *
 * Every number is valid by itself, whatever the others are; what a case needs beyond that is worked out from them, in
 * cases-of.ts. So a failure shrinks number by number, and never to something else that is wrong.
 */
import type { GroupedMethod } from '../../src/index';
import type { ConvOp, EpilogueCase, SourceName } from './case';
import type { Pick } from './run';

/** For both axes. */
export type Pair = readonly [height: number, width: number];
type Sides = readonly [top: number, bottom: number, left: number, right: number];

/** What shapes a program, and the numbers that make several cases of it. */
export interface Family {
  readonly program: Program;
  readonly sizes: readonly Sizes[];
  /** Kernels and tiles to try besides the one that the rule takes, by turns. */
  readonly picks: readonly Pick[];
}

/** A call, and the kernel that it is meant for: without it the rarer kernels would hardly ever be met. */
export interface Aim {
  readonly op: ConvOp;
  readonly kernel?: string;
}

export interface Program {
  readonly aim: Aim;
  /** Whether all that the kernel of the aim asks for is given; else another may have to serve. */
  readonly isOnAim: boolean;
  readonly rule: 'cpu' | 'gpu';
  readonly filter: Pair;
  readonly strides: Pair;
  readonly dilations: Pair;
  /** Whether the dilation is given by its other name. */
  readonly isRate: boolean;
  readonly isChannelsFirst: boolean;
  /** Whether channels come in multiples of four, which some kernels ask for. */
  readonly inFours: boolean;
  readonly multiplier: number;
  readonly isStrided: boolean;
  readonly isDepthwiseForm: boolean;
  readonly groupedMethod: GroupedMethod;
  readonly isTwoDispatches: boolean;
  readonly epilogue: EpilogueCase;
  readonly between: EpilogueCase;
  /** The tensors that are stored as float16, of those that there are. */
  readonly halves: readonly SourceName[];
  /** Whether products are summed in float16, where the device can. */
  readonly isSummedInHalves: boolean;
  /** Whether halves are packed in words, where the device could do without. */
  readonly isPacked: boolean;
}

export interface Sizes {
  readonly batch: number;
  /** Rows and columns of the output, before they are cut to what the reference computes in time. */
  readonly out: Pair;
  /** Inputs at the end of an axis that no output needs. */
  readonly rest: Pair;
  /** Input and output channels, of each group where there are several. */
  readonly channels: number;
  readonly outs: number;
  readonly groups: number;
  readonly padding: 'same' | 'valid' | 'SAME' | 'VALID' | number | Sides;
  readonly seed: number;
}
