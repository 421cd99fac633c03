/**
 * What a format's ops mean: a dialect is a table with a line per op, and all that differs between formats beside their
 * bytes.
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
  /** Ops that decide which others run: none is computed, and an error names them before all else that is missing. */
  readonly control?: ReadonlySet<string>;
}

/** What the nodes of one op are. */
export interface OpDefinition {
  /** How many inputs they have; those that may be left out count where a later one is given. */
  readonly inputs: readonly [least: number, most: number];
  /** How many outputs; default 1. */
  readonly outputs?: (node: GraphNode) => number;
  /** How they are computed on the GPU, and on the CPU; at least one of them. */
  readonly gpu?: GpuOp;
  readonly host?: HostOp;
  /** Whether no element is looked at: what is said of a tensor is known before it is computed. */
  readonly shapeOnly?: boolean;
  /** What an output's elements stand for; default what those of the first input do. On the GPU all are floating-point numbers. */
  readonly dtype?: (node: GraphNode, inputs: readonly HostDType[], output: number) => HostDType;
}

/**
 * Computes a node's outputs on the CPU. An input that the file leaves out is undefined. Errors say what is wrong; the caller
 * names the node.
 */
export type HostOp = (inputs: readonly HostValue[], node: GraphNode) => HostValue | readonly HostValue[];

/** What a node on the GPU gives: a tensor, or one whose axes are in another order than the node's shape has them. */
export type GpuResult = Tensor | InOrder;

/** How the nodes of an op are computed on the GPU: by calls of the public ops. */
export interface GpuOp {
  /** Which inputs must be known before the GPU runs, such as shapes and axes; negative ones count from the end. */
  readonly host?: readonly number[];
  /** In which order of axes inputs are wanted, by input; default that of their shape. */
  readonly orders?: (node: GraphNode) => readonly (OrderOf | undefined)[];
  /** Why a node cannot be computed there, if so. */
  readonly refuses?: (node: GraphNode, inputs: readonly HostDType[]) => string | undefined;
  /** Gives new tensors, which are the caller's. Errors say what is wrong; the caller names the node. */
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
  /** An input as a tensor of this order, and of at least so many axes: new ones, of size 1, come first. */
  readonly inOrder: (input: number, order: readonly number[]) => Tensor;
  /** An input as it is stored; of numbers in the order of their shape. */
  readonly stored: (input: number) => InOrder;
  /** The order in which an input's axes are stored; of numbers that of their shape. */
  readonly order: (input: number) => readonly number[];
  /** An input that is on the CPU, as the op's `host` promises. */
  readonly host: (input: number) => HostValue;
  /** The single number that such an input is. */
  readonly number: (input: number) => number;
  /** The number that an input is, if it is a single finite one on the CPU; an operator takes it as it is. */
  readonly scalar: (input: number) => number | undefined;
  /** Has a tensor freed after the node, and gives it back. */
  readonly scratch: (tensor: Tensor) => Tensor;
}
