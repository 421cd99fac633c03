/**
 * What a node computed on the GPU may use: the public ops, its inputs, and tensors of its own that are freed after it.
 *
 * @module
 */
import type { add, divide, maximum, minimum, multiply, power, squaredDifference, subtract } from '../ops/binary';
import type { concat } from '../ops/concat';
import type { conv2d } from '../ops/conv2d';
import type { conv2dTranspose } from '../ops/conv2d-transpose';
import type { depthToSpace } from '../ops/depth-to-space';
import type { depthwiseConv2d } from '../ops/depthwise-conv2d';
import type { activate, batchNorm } from '../ops/elementwise';
import type { matMul } from '../ops/mat-mul';
import type { pad } from '../ops/pad';
import type { pointwiseConv2d } from '../ops/pointwise-conv2d';
import type { averagePool2d, maxPool2d } from '../ops/pool';
import type { argMax, reduceMax, reduceMean, reduceMin, reduceSum } from '../ops/reduce';
import type { reshape } from '../ops/reshape';
import type { resizeBilinear, resizeNearestNeighbor } from '../ops/resize';
import type { slice, split } from '../ops/slice';
import type { softmax } from '../ops/softmax';
import type { reverse, stridedSlice } from '../ops/strided-slice';
import type { broadcastTo, tile } from '../ops/tile';
import type { transpose } from '../ops/transpose';
import type { abs, ceil, exp, floor, log, negate, reciprocal, round, rsqrt, sign, sqrt, square } from '../ops/unary';
import type { Tensor } from '../tensor/tensor';
import type { HostValue } from './host-value';
import type { GraphNode } from './topology';

/** The public ops that nodes are computed with, and how numbers become tensors. */
export interface GraphOps {
  readonly abs: typeof abs;
  readonly activate: typeof activate;
  readonly add: typeof add;
  readonly argMax: typeof argMax;
  readonly averagePool2d: typeof averagePool2d;
  readonly batchNorm: typeof batchNorm;
  readonly broadcastTo: typeof broadcastTo;
  readonly ceil: typeof ceil;
  readonly concat: typeof concat;
  readonly conv2d: typeof conv2d;
  readonly conv2dTranspose: typeof conv2dTranspose;
  readonly depthToSpace: typeof depthToSpace;
  readonly depthwiseConv2d: typeof depthwiseConv2d;
  readonly divide: typeof divide;
  readonly exp: typeof exp;
  readonly floor: typeof floor;
  readonly log: typeof log;
  readonly matMul: typeof matMul;
  readonly maxPool2d: typeof maxPool2d;
  readonly maximum: typeof maximum;
  readonly minimum: typeof minimum;
  readonly multiply: typeof multiply;
  readonly negate: typeof negate;
  readonly pad: typeof pad;
  readonly pointwiseConv2d: typeof pointwiseConv2d;
  readonly power: typeof power;
  readonly reciprocal: typeof reciprocal;
  readonly reduceMax: typeof reduceMax;
  readonly reduceMean: typeof reduceMean;
  readonly reduceMin: typeof reduceMin;
  readonly reduceSum: typeof reduceSum;
  readonly reshape: typeof reshape;
  readonly resizeBilinear: typeof resizeBilinear;
  readonly resizeNearestNeighbor: typeof resizeNearestNeighbor;
  readonly reverse: typeof reverse;
  readonly round: typeof round;
  readonly rsqrt: typeof rsqrt;
  readonly sign: typeof sign;
  readonly slice: typeof slice;
  readonly softmax: typeof softmax;
  readonly split: typeof split;
  readonly sqrt: typeof sqrt;
  readonly square: typeof square;
  readonly squaredDifference: typeof squaredDifference;
  readonly stridedSlice: typeof stridedSlice;
  readonly subtract: typeof subtract;
  readonly tile: typeof tile;
  readonly transpose: typeof transpose;
  /** A tensor of numbers; of a constant always the same one, which is not the caller's to dispose. */
  readonly upload: (value: HostValue) => Tensor;
}

/** One node about to be computed. */
export interface GpuCall {
  readonly node: GraphNode;
  readonly ops: GraphOps;
  /** How many inputs it has. */
  readonly count: number;
  readonly shape: (input: number) => readonly number[];
  /** An input as a tensor; numbers are uploaded. */
  readonly tensor: (input: number) => Tensor;
  /** An input that is on the CPU, as the op's `host` promises. */
  readonly host: (input: number) => HostValue;
  /** The single number that such an input is. */
  readonly number: (input: number) => number;
  /** The number that an input is, if it is a single finite one on the CPU; an operator takes it as it is. */
  readonly scalar: (input: number) => number | undefined;
  /** Has a tensor freed after the node, and gives it back. */
  readonly scratch: (tensor: Tensor) => Tensor;
}

/** How the nodes of an op are computed on the GPU. */
export interface GpuOp {
  /** Which inputs must be known before the GPU runs, such as shapes and axes; negative ones count from the end. */
  readonly host?: readonly number[];
  /** Why a node of the op cannot be computed there, if so. */
  readonly refuses?: (node: GraphNode) => string | undefined;
  /** Gives new tensors, which are the caller's. Errors say what is wrong; the caller names the node. */
  readonly run: (call: GpuCall) => Tensor | readonly Tensor[];
}
