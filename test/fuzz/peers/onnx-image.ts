/** ONNX's image ops beyond those of TensorFlow, against ONNX Runtime: in its own layout, and through a file. */
import fc from 'fast-check';
import {
  averagePool2d,
  depthToSpace,
  globalAveragePool,
  globalMaxPool,
  maxPool2d,
  pad,
  resizeBicubic,
  resizeBilinear,
  resizeNearestNeighbor,
  spaceToDepth,
  type Tensor,
} from '../../../src/index';
import { fixed, float, whole } from '../../support/onnx-cases';
import { roundingsOf } from './bounds';
import { cut, from, image, pairOf, seed, shapeOf, size, type Pair } from './draws';
import { peerOp, type PeerOp } from './peer-call';

const NCHW = { dataFormat: 'NCHW' } as const;

const RESIZES = {
  linear: { fn: resizeBilinear, bound: roundingsOf(48, 1) },
  nearest: { fn: resizeNearestNeighbor, bound: undefined },
  // The weights of a cubic add up to less than 2.
  cubic: { fn: resizeBicubic, bound: roundingsOf(192, 1) },
} as const;

const grids = fc.constantFrom('asymmetric', 'half_pixel', 'pytorch_half_pixel', 'align_corners');

const roundingsTo = fc.constantFrom('round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil');

const resized = peerOp(
  'Resize',
  fc.record({
    kind: fc.constantFrom('linear', 'nearest', 'cubic'),
    mode: grids,
    nearest: roundingsTo,
    coefficient: fc.constantFrom(-0.75, -0.5),
    shape: image,
    to: pairOf(size),
    seed,
  }),
  ({ kind, mode, nearest, coefficient, shape, to, seed: s }) => {
    const own = { linear: {}, nearest: { nearestMode: nearest }, cubic: { cubicCoefficient: coefficient } }[kind];
    const { fn, bound } = RESIZES[kind];
    const options = { ...NCHW, coordinateMode: mode, ...own };
    return {
      op: fn.name,
      inputs: [{ shape }],
      seed: s,
      rest: [to, options],
      ours: ([x]) => fn(x, to, options),
      theirs: {
        onnx: {
          op: 'Resize',
          inputs: [0, null, null, whole(shape[0], shape[1], ...to)],
          opset: 19,
          attributes: {
            mode: kind,
            coordinate_transformation_mode: mode,
            ...(kind === 'nearest' && { nearest_mode: nearest }),
            ...(kind === 'cubic' && { cubic_coeff_a: float(coefficient) }),
          },
        },
      },
      ...(bound && { bound }),
    };
  },
  ['resizeBilinear', 'resizeNearestNeighbor', 'resizeBicubic'],
);

const byScales = peerOp(
  'Resize by scales',
  fc.record({
    kind: fc.constantFrom('linear', 'nearest', 'cubic'),
    mode: fc.constantFrom('asymmetric', 'half_pixel', 'pytorch_half_pixel'),
    nearest: roundingsTo,
    shape: image,
    scales: pairOf(fc.constantFrom(0.5, 0.75, 1, 1.25, 1.5, 2, 2.375, 3)),
    seed,
  }),
  ({ kind, mode, nearest, shape, scales: given, seed: s }) => {
    const scales = [0, 1].map((i) => (shape[i + 2] * given[i] < 1 ? 1 : given[i])) as unknown as Pair;
    const to = [0, 1].map((i) => Math.floor(shape[i + 2] * scales[i])) as unknown as Pair;
    const { fn, bound } = RESIZES[kind];
    const isSame = to.every((n, i) => n === shape[i + 2]) && scales.some((scale) => scale !== 1);
    const options = { ...NCHW, coordinateMode: mode, scales, ...(kind === 'nearest' && { nearestMode: nearest }) };
    return {
      op: fn.name,
      inputs: [{ shape }],
      seed: s,
      rest: [to, options],
      ours: ([x]) => fn(x, to, options),
      theirs: {
        onnx: {
          op: 'Resize',
          inputs: [0, null, fixed([4], [1, 1, ...scales])],
          opset: 13,
          attributes: {
            mode: kind,
            coordinate_transformation_mode: mode,
            ...(kind === 'nearest' && { nearest_mode: nearest }),
          },
        },
      },
      ...(bound && { bound }),
      ...(isSame && { excused: 'Resize to the same size' as const }),
    };
  },
  ['resizeBilinear', 'resizeNearestNeighbor', 'resizeBicubic'],
);

const upsampled = peerOp(
  'Upsample',
  fc.record({ shape: image, to: fc.tuple(from(1, 3), from(1, 3)), mode: fc.constantFrom('nearest', 'linear'), seed }),
  ({ shape, to, mode, seed: s }) => ({
    op: 'Upsample',
    inputs: [{ shape }],
    seed: s,
    rest: [to, mode],
    theirs: {
      onnx: { op: 'Upsample', inputs: [0, fixed([4], [1, 1, ...to])], opset: 9, attributes: { mode } },
    },
    ...(mode === 'linear' && { bound: roundingsOf(48, 1) }),
  }),
);

const pooled = peerOp(
  'AveragePool and MaxPool',
  fc.record({
    isMax: fc.boolean(),
    shape: image,
    window: pairOf(from(1, 5)),
    strides: pairOf(from(1, 4)),
    dilations: pairOf(from(1, 3)),
    sides: fc.tuple(from(0, 4), from(0, 4), from(0, 4), from(0, 4)),
    ceilMode: fc.boolean(),
    countIncludePad: fc.boolean(),
    seed,
  }),
  (g) => {
    const { shape, strides, ceilMode } = g;
    const dilations = [0, 1].map((i) => Math.min(g.dilations[i], shape[i + 2])) as unknown as Pair;
    const windowSize = [0, 1].map((i) =>
      Math.min(g.window[i], Math.floor((shape[i + 2] - 1) / dilations[i]) + 1),
    ) as unknown as Pair;
    // No window may lie in the padding alone, and with dilation a whole window can.
    const side = (i: number): number => (dilations[i >> 1] > 1 ? 0 : Math.min(g.sides[i], windowSize[i >> 1] - 1));
    const padding = [[side(0), side(1)], [side(2), side(3)]] as const; // prettier-ignore
    const isCounting = !g.isMax && g.countIncludePad;
    const options = { ...NCHW, windowSize, strides, dilations, padding, ceilMode, ...(isCounting && { countIncludePad: true }) }; // prettier-ignore
    return {
      op: g.isMax ? 'maxPool2d' : 'averagePool2d',
      inputs: [{ shape }],
      seed: g.seed,
      rest: [options],
      ours: ([x]) => (g.isMax ? maxPool2d : averagePool2d)(x, options),
      theirs: {
        onnx: {
          op: g.isMax ? 'MaxPool' : 'AveragePool',
          inputs: [0],
          opset: 19,
          attributes: {
            kernel_shape: windowSize,
            strides,
            dilations,
            pads: [side(0), side(2), side(1), side(3)],
            ceil_mode: Number(ceilMode),
            ...(isCounting && { count_include_pad: 1 }),
          },
        },
      },
      ...(!g.isMax && { bound: { terms: windowSize[0] * windowSize[1] + 5 } }),
    };
  },
  ['maxPool2d', 'averagePool2d'],
);

const global = peerOp(
  'GlobalAveragePool and GlobalMaxPool',
  fc.record({ isMax: fc.boolean(), shape: image, isRow: fc.boolean(), seed }),
  ({ isMax, shape: given, isRow, seed: s }) => {
    const shape = isRow ? given.slice(0, 3) : given;
    return {
      op: isMax ? 'globalMaxPool' : 'globalAveragePool',
      inputs: [{ shape }],
      seed: s,
      ...(!isRow && { ours: ([x]: readonly Tensor[]) => (isMax ? globalMaxPool : globalAveragePool)(x, NCHW) }),
      theirs: { onnx: { op: isMax ? 'GlobalMaxPool' : 'GlobalAveragePool', inputs: [0] } },
      ...(!isMax && { bound: { terms: shape.slice(2).reduce((all, n) => all * n, 1) + 5 } }),
    };
  },
  ['globalMaxPool', 'globalAveragePool'],
);

const blocks = peerOp(
  'DepthToSpace and SpaceToDepth',
  fc.record({ isSpace: fc.boolean(), sizes: fc.tuple(from(1, 3), from(1, 5), from(1, 7), from(1, 7)), block: from(1, 4), mode: fc.constantFrom('DCR', 'CRD'), seed }), // prettier-ignore
  ({ isSpace, sizes: [n, c, h, w], block, mode, seed: s }) => {
    const options = { ...NCHW, mode: isSpace ? mode : ('DCR' as const) };
    return {
      op: isSpace ? 'depthToSpace' : 'spaceToDepth',
      inputs: [{ shape: isSpace ? [n, c * block ** 2, h, w] : [n, c, h * block, w * block] }],
      seed: s,
      rest: [block, options],
      ours: ([x]) => (isSpace ? depthToSpace : spaceToDepth)(x, block, options),
      theirs: {
        onnx: {
          op: isSpace ? 'DepthToSpace' : 'SpaceToDepth',
          inputs: [0],
          attributes: { blocksize: block, ...(isSpace && { mode }) },
        },
      },
    };
  },
  ['depthToSpace', 'spaceToDepth'],
);

const padded = peerOp(
  'Pad',
  fc.record({ shape: shapeOf(1, 5), sides: fc.array(pairOf(from(0, 4)), { minLength: 5, maxLength: 5 }), mode: fc.constantFrom('constant', 'reflect', 'edge'), seed }), // prettier-ignore
  ({ shape: given, sides, mode, seed: s }) => {
    const shape = cut(given, 200);
    const paddings = shape.map((n, i): Pair => {
      const most = mode === 'reflect' ? n - 1 : 9;
      return [Math.min(sides[i][0], most), Math.min(sides[i][1], most)];
    });
    const how = mode === 'constant' ? 0.5 : mode;
    return {
      op: 'pad',
      inputs: [{ shape }],
      seed: s,
      rest: [paddings, how],
      ours: ([x]) => pad(x, paddings, how),
      theirs: {
        onnx: {
          op: 'Pad',
          inputs: [
            0,
            whole(...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)),
            ...(mode === 'constant' ? [fixed([], [0.5])] : []),
          ],
          attributes: { mode },
        },
      },
    };
  },
  ['pad'],
);

export const onnxImages: readonly PeerOp[] = [resized, byScales, upsampled, pooled, global, blocks, padded];
