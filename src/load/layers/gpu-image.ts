/**
 * Pooling, padding, cropping and resizing, of images and of sequences; channels last.
 *
 * @module
 * @see https://keras.io/api/layers/pooling_layers/
 */
import { check, describe, show } from '../../conv/check';
import { pad } from '../../ops/pad';
import { averagePool2d, maxPool2d } from '../../ops/pool';
import { reduceMax, reduceMean } from '../../ops/reduce';
import { reshape } from '../../ops/reshape';
import { resizeBilinear, resizeNearestNeighbor } from '../../ops/resize';
import { slice } from '../../ops/slice';
import type { Tensor } from '../../tensor/tensor';
import type { GpuCall, GpuOp } from '../dialect';
import { reduced } from '../gpu-ordered';
import type { GraphNode } from '../node';
import { pairOf } from './gpu-conv';

type Rank = 1 | 2;

/** By class. */
export const IMAGE_LAYERS: Readonly<Record<string, GpuOp>> = {
  MaxPooling1D: pooling(1, maxPool2d),
  MaxPooling2D: pooling(2, maxPool2d),
  AveragePooling1D: pooling(1, averagePool2d),
  AveragePooling2D: pooling(2, averagePool2d),
  GlobalAveragePooling1D: overall(1, reduceMean),
  GlobalAveragePooling2D: overall(2, reduceMean),
  GlobalMaxPooling1D: overall(1, reduceMax),
  GlobalMaxPooling2D: overall(2, reduceMax),
  ZeroPadding1D: padding(1),
  ZeroPadding2D: padding(2),
  Cropping1D: cropping(1),
  Cropping2D: cropping(2),
  UpSampling1D: { run: (call) => repeated(call, [sizesOf(call.node, 'size', 1)?.[0] ?? 2]) },
  UpSampling2D: { refuses: refusesInterpolation, run: upSampling },
  Resizing: {
    refuses: (node) =>
      node.attributes.flag('crop_to_aspect_ratio', false)
        ? 'its crop_to_aspect_ratio is true'
        : refusesInterpolation(node),
    // As in Keras; TensorFlow.js has the layer, but cannot call it.
    run: (call) =>
      resized(call, call.node.attributes.integer('height', 0), call.node.attributes.integer('width', 0), true),
  },
  CenterCrop: { run: centerCrop },
};

function pooling(rank: Rank, pool: typeof maxPool2d): GpuOp {
  return {
    run(call) {
      const { node, scratch } = call;
      const windowSize = pairOf(node, 'pool_size', rank) ?? (rank === 2 ? [2, 2] : [1, 2]);
      const strides = pairOf(node, 'strides', rank) ?? windowSize;
      const rule = node.attributes.text('padding', 'valid').toUpperCase();
      check(rule === 'SAME' || rule === 'VALID', () => `its padding is ${show(rule)}; it is 'same' or 'valid'`);
      const x = call.tensor(0);
      checkRank(x.shape, rank);
      const options = { windowSize, strides, padding: rule } as const;
      if (rank === 2) return pool(x, options);
      const [batch, width, channels] = x.shape;
      const y = scratch(pool(scratch(reshape(x, [batch, 1, width, channels])), options));
      return reshape(y, [batch, y.shape[2], channels]);
    },
  };
}

function overall(rank: Rank, reduce: typeof reduceMean): GpuOp {
  return {
    run(call) {
      checkRank(call.shape(0), rank);
      return reduced(call, rank === 2 ? [1, 2] : [1], call.node.attributes.flag('keepdims', false), reduce);
    },
  };
}

function padding(rank: Rank): GpuOp {
  return {
    run(call) {
      const { node, tensor } = call;
      checkRank(tensor(0).shape, rank);
      return pad(tensor(0), [[0, 0], ...edgesOf(node, 'padding', rank), [0, 0]]);
    },
  };
}

function cropping(rank: Rank): GpuOp {
  return {
    run(call) {
      const { node, tensor } = call;
      const x = tensor(0);
      checkRank(x.shape, rank);
      const edges = edgesOf(node, 'cropping', rank);
      const sizes = edges.map(([before, after], axis) => x.shape[1 + axis] - before - after);
      return slice(x, [0, ...edges.map(([before]) => before), 0], [-1, ...sizes, -1]);
    },
  };
}

function refusesInterpolation({ attributes, op }: GraphNode): string | undefined {
  const interpolation = attributes.text('interpolation', op === 'Resizing' ? 'bilinear' : 'nearest');
  return interpolation === 'bilinear' || interpolation === 'nearest'
    ? undefined
    : `its interpolation is ${show(interpolation)}; what can be computed is 'bilinear' and 'nearest'`;
}

/** Without half a pixel's offset, as in TensorFlow.js, and in Keras until TensorFlow 2. */
function upSampling(call: GpuCall): Tensor {
  const [, height, width] = call.shape(0);
  const [rows, columns] = pairOf(call.node, 'size', 2) ?? [2, 2];
  return resized(call, height * rows, width * columns, false);
}

function resized({ node, tensor }: GpuCall, height: number, width: number, halfPixelCenters: boolean): Tensor {
  const x = tensor(0);
  checkRank(x.shape, 2);
  const kind = node.op === 'Resizing' ? 'bilinear' : 'nearest';
  const nearest = node.attributes.text('interpolation', kind) === 'nearest';
  return (nearest ? resizeNearestNeighbor : resizeBilinear)(x, [height, width], { halfPixelCenters });
}

/** Each step of a sequence several times. */
function repeated(call: GpuCall, [times]: readonly number[]): Tensor {
  const { scratch, tensor } = call;
  const x = tensor(0);
  checkRank(x.shape, 1);
  const [batch, width, channels] = x.shape;
  const image = scratch(reshape(x, [batch, 1, width, channels]));
  return reshape(scratch(resizeNearestNeighbor(image, [1, width * times])), [batch, width * times, channels]);
}

function centerCrop({ node: { attributes }, tensor }: GpuCall): Tensor {
  const x = tensor(0);
  checkRank(x.shape, 2);
  const sizes = [attributes.integer('height', 0), attributes.integer('width', 0)];
  const [, ...image] = x.shape;
  check(
    sizes.every((size, axis) => size >= 1 && size <= image[axis]),
    () => `it crops ${describe(sizes)} out of ${describe(x.shape)}, which is smaller`,
  );
  const begin = sizes.map((size, axis) => Math.floor((image[axis] - size) / 2));
  return slice(x, [0, ...begin, 0], [-1, ...sizes, -1]);
}

function checkRank(shape: readonly number[], rank: Rank): void {
  check(shape.length === rank + 2, () => `its input is ${describe(shape)} but must have ${rank + 2} axes`);
}

function sizesOf({ attributes }: GraphNode, name: string, most: number): readonly number[] | undefined {
  const list = attributes.integers(name);
  check(
    list === undefined || (list.length >= 1 && list.length <= most),
    () => `its ${name} is ${show(list)}; give 1 to ${most} whole numbers`,
  );
  return list;
}

/** What is added to or taken off each end of each axis: one number for all, one per axis, or two per axis. */
function edgesOf(node: GraphNode, name: string, rank: Rank): readonly (readonly [number, number])[] {
  const list = sizesOf(node, name, 2 * rank) ?? [1];
  check(
    list.length !== 3 && list.every((n) => n >= 0),
    () => `its ${name} is ${show(list)}; give a number, one per axis, or a pair per axis, each at least 0`,
  );
  if (list.length === 2 * rank) return rank === 2 ? [[list[0], list[1]], [list[2], list[3]]] : [[list[0], list[1]]]; // prettier-ignore
  return Array.from({ length: rank }, (_, axis) => {
    const n = list[axis] ?? list[0];
    return [n, n] as const;
  });
}
