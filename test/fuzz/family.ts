/**
 * A family of cases as the generators make it. A program takes time to compile, and depends on filter, strides, dilations, layout
 * and epilogue. Sizes are uniforms and cost nothing. So a family is one program with several sizes.
 *
 * Every number is valid by itself, whatever the others are. cases-of.ts derives the rest of a case from them, so that a failure
 * shrinks number by number, and never turns into a different failure.
 */
import type { GroupedMethod } from '../../src/index';
import type { ConvOp, EpilogueCase, SourceName } from './case';
import type { Pick } from './run';

/** For both axes. */
export type Pair = readonly [height: number, width: number];
type Sides = readonly [top: number, bottom: number, left: number, right: number];

/** The values that shape a program, and the numbers that make several cases of it. */
export interface Family {
  readonly program: Program;
  readonly sizes: readonly Sizes[];
  /** Kernels and tiles to try in turn, besides those that the rule takes. */
  readonly picks: readonly Pick[];
}

/** A call, and the kernel that it aims at. Without an aim, the rarer kernels would hardly ever be reached. */
export interface Aim {
  readonly op: ConvOp;
  readonly kernel?: string;
}

export interface Program {
  readonly aim: Aim;
  /** Whether the case meets all needs of the kernel that it aims at; otherwise another kernel may have to serve. */
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
  /** Whether halves are packed in words even if the device does not need that. */
  readonly isPacked: boolean;
}

export interface Sizes {
  readonly batch: number;
  /** Rows and columns of the output, before they are reduced to what the reference can compute in time. */
  readonly out: Pair;
  /** Inputs at the end of an axis that no output needs. */
  readonly rest: Pair;
  /** Input and output channels, per group if there are several. */
  readonly channels: number;
  readonly outs: number;
  readonly groups: number;
  readonly padding: 'same' | 'valid' | 'SAME' | 'VALID' | number | Sides;
  readonly seed: number;
}
