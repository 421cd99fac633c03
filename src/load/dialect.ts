/**
 * What a format's ops mean. A dialect is a table with one line per op; beside the bytes, nothing else differs between
 * formats.
 *
 * @module
 */
import type { Tensor } from '../tensor/tensor';
import type { InOrder } from './gpu-value';
import type { HostDType, HostValue } from './host-value';
import type { GraphNode } from './node';
import type { OrderOf } from './order';

/** The ops of a format. */
export interface Dialect {
  /** As users know it: `TFLite`. */
  readonly name: string;
  /** By the file's name for it. A Map: an op's name comes from a file. */
  readonly ops: ReadonlyMap<string, OpDefinition>;
  /** Ops that decide which other ops run. None of them can be computed, and an error names them before other missing ops. */
  readonly control?: ReadonlySet<string>;
}

/** What the nodes of one op are. */
export interface OpDefinition {
  /** How many inputs they have. An input that may be left out counts if a later one is given. */
  readonly inputs: readonly [least: number, most: number];
  /** How many outputs; default 1. */
  readonly outputs?: (node: GraphNode) => number;
  /** How they are computed on the GPU, and on the CPU; at least one of them. */
  readonly gpu?: GpuOp;
  readonly host?: HostOp;
  /** Whether the op reads no element, only what is known of a tensor before it is computed. */
  readonly shapeOnly?: boolean;
  /**
   * What an output's elements stand for; the default is the type of the first input. On the GPU all are floating-point
   * numbers.
   */
  readonly dtype?: (node: GraphNode, inputs: readonly HostDType[], output: number) => HostDType;
}

/**
 * Computes a node's outputs on the CPU. An input that the file leaves out is undefined. Errors say what is wrong; the caller
 * names the node.
 */
export type HostOp = (inputs: readonly HostValue[], node: GraphNode) => HostValue | readonly HostValue[];

/** What a node on the GPU gives: a tensor, or one whose axes are in another order than in the node's shape. */
export type GpuResult = Tensor | InOrder;

/** How the nodes of an op are computed on the GPU: by calls of the public ops. */
export interface GpuOp {
  /** Which inputs must be known before the GPU runs, such as shapes and axes; negative ones count from the end. */
  readonly host?: readonly number[];
  /** The order of axes in which the op wants each input; the default is the order of its shape. */
  readonly orders?: (node: GraphNode) => readonly (OrderOf | undefined)[];
  /** Why a node cannot be computed there, if so. */
  readonly refuses?: (node: GraphNode, inputs: readonly HostDType[]) => string | undefined;
  /** Returns new tensors, which belong to the caller. Errors say what is wrong; the caller names the node. */
  readonly run: (call: GpuCall) => GpuResult | readonly GpuResult[];
}

/** One node about to be computed on the GPU. */
export interface GpuCall {
  readonly node: GraphNode;
  /** How many inputs it has. */
  readonly count: number;
  /** Whether an input is there: a file may leave it out. */
  readonly has: (input: number) => boolean;
  /** An input's shape, whatever order its axes are stored in. */
  readonly shape: (input: number) => readonly number[];
  /** An input as a tensor, in the order that the op wants; numbers are uploaded. */
  readonly tensor: (input: number) => Tensor;
  /** An input as a tensor in this order with at least so many axes; new axes, of size 1, come first. */
  readonly inOrder: (input: number, order: readonly number[]) => Tensor;
  /** An input as it is stored; numbers are in the order of their shape. */
  readonly stored: (input: number) => InOrder;
  /** The order in which an input's axes are stored; for numbers, the order of their shape. */
  readonly order: (input: number) => readonly number[];
  /** An input that is on the CPU, as the op's `host` promises. */
  readonly host: (input: number) => HostValue;
  /** The single number in such an input. */
  readonly number: (input: number) => number;
  /** The number, if an input is a single finite number on the CPU; an operator takes it as it is. */
  readonly scalar: (input: number) => number | undefined;
  /** Marks a tensor to be freed after the node, and returns it. */
  readonly scratch: (tensor: Tensor) => Tensor;
}
