/**
 * The public ops as an object: what a model is computed with, unless somebody wants to see the calls.
 *
 * @module
 */
import { add, divide, maximum, minimum, multiply, power, squaredDifference, subtract } from '../ops/binary';
import { concat } from '../ops/concat';
import { conv2d } from '../ops/conv2d';
import { conv2dTranspose } from '../ops/conv2d-transpose';
import { depthToSpace } from '../ops/depth-to-space';
import { depthwiseConv2d } from '../ops/depthwise-conv2d';
import { activate, batchNorm } from '../ops/elementwise';
import { matMul } from '../ops/mat-mul';
import { pad } from '../ops/pad';
import { pointwiseConv2d } from '../ops/pointwise-conv2d';
import { averagePool2d, maxPool2d } from '../ops/pool';
import { argMax, reduceMax, reduceMean, reduceMin, reduceSum } from '../ops/reduce';
import { reshape } from '../ops/reshape';
import { resizeBilinear, resizeNearestNeighbor } from '../ops/resize';
import { slice, split } from '../ops/slice';
import { softmax } from '../ops/softmax';
import { reverse, stridedSlice } from '../ops/strided-slice';
import { broadcastTo, tile } from '../ops/tile';
import { transpose } from '../ops/transpose';
import { abs, ceil, exp, floor, log, negate, reciprocal, round, rsqrt, sign, sqrt, square } from '../ops/unary';
import type { GraphOps } from './gpu-call';

export const publicOps: Omit<GraphOps, 'upload'> = {
  abs,
  activate,
  add,
  argMax,
  averagePool2d,
  batchNorm,
  broadcastTo,
  ceil,
  concat,
  conv2d,
  conv2dTranspose,
  depthToSpace,
  depthwiseConv2d,
  divide,
  exp,
  floor,
  log,
  matMul,
  maxPool2d,
  maximum,
  minimum,
  multiply,
  negate,
  pad,
  pointwiseConv2d,
  power,
  reciprocal,
  reduceMax,
  reduceMean,
  reduceMin,
  reduceSum,
  reshape,
  resizeBilinear,
  resizeNearestNeighbor,
  reverse,
  round,
  rsqrt,
  sign,
  slice,
  softmax,
  split,
  sqrt,
  square,
  squaredDifference,
  stridedSlice,
  subtract,
  tile,
  transpose,
};
