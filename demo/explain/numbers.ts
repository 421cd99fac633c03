/** Every number that the page shows, computed by the library on the visitor's GPU. */
import {
  add,
  concat,
  conv2d,
  depthwiseConv2d,
  groupedConv2d,
  pointwiseConv2d,
  reduceSum,
  reshape,
  separableConv2d,
  split,
  type Gpu,
  type ParameterCount,
  type Tensor,
} from '../../src/index';
import type { State } from './state';

/** Reads the numbers of a tensor and disposes it. */
async function take(tensor: Tensor): Promise<readonly number[]> {
  using own = tensor;
  return [...(await own.read())];
}

function ones(gpu: Gpu, ...shape: readonly number[]): Tensor {
  return gpu.tensor(new Float32Array(shape.reduce((size, n) => size * n, 1)).fill(1), shape);
}

export type Kind = keyof ParameterCount;

/** What each kind makes of a 5 x 5 image. */
export interface Kinds {
  readonly shapes: Readonly<Record<Kind, readonly number[]>>;
  /** How many products each output sums: a filter of ones over an image of ones, read in the middle of the image. */
  readonly products: Readonly<Record<Kind, number>>;
}

export async function kinds(gpu: Gpu, { filterSize, inChannels, outChannels, padding }: State): Promise<Kinds> {
  using x = ones(gpu, 1, 5, 5, inChannels);
  using whole = ones(gpu, filterSize, filterSize, inChannels, outChannels);
  using each = ones(gpu, filterSize, filterSize, inChannels, 1);
  using mix = ones(gpu, inChannels, outChannels);
  const results: Readonly<Record<Kind, Tensor>> = {
    standard: conv2d(x, whole, { padding }),
    depthwise: depthwiseConv2d(x, each, { padding }),
    pointwise: pointwiseConv2d(x, mix),
    separable: separableConv2d(x, each, mix, { padding }),
  };
  const shapes = mapKinds(results, ({ shape }) => shape);
  const products = await Promise.all(Object.values(mapKinds(results, middleOf)));
  return {
    shapes,
    products: mapKinds(results, (_, i) => products[i]),
  };
}

function mapKinds<T>(of: Readonly<Record<Kind, Tensor>>, fn: (tensor: Tensor, i: number) => T): Record<Kind, T> {
  return Object.fromEntries(Object.entries(of).map(([kind, tensor], i) => [kind, fn(tensor, i)])) as Record<Kind, T>;
}

/** The first channel of the pixel in the middle. */
async function middleOf(image: Tensor): Promise<number> {
  const [, height, width, channels] = image.shape;
  const values = await take(image);
  return values[(Math.floor(height / 2) * width + Math.floor(width / 2)) * channels];
}

/** The worked example: an image of 4 x 4 pixels and 2 channels, and 3 x 3 filters whose taps are all equal. */
export const WORKED: {
  readonly size: number;
  /** By channel, row by row. */
  readonly planes: readonly (readonly number[])[];
  /** The tap of channel c and multiplier q, `taps[c][q]`. */
  readonly taps: readonly (readonly number[])[];
} = {
  size: 4,
  planes: [Array.from({ length: 16 }, (_, i) => (i % 4) + 1), Array.from({ length: 16 }, () => 1)],
  taps: [
    [0, 2],
    [1, 3],
  ],
};

/** Results of the worked example: 2 x 2 pixels, channels last. */
export interface Worked {
  readonly depthwise: readonly number[];
  readonly standard: readonly number[];
}

export async function worked(gpu: Gpu): Promise<Worked> {
  const { planes, taps } = WORKED;
  using img = gpu.tensor(
    planes[0].flatMap((value, i) => [value, planes[1][i]]),
    [1, 4, 4, 2],
  );
  using filter = gpu.tensor(Array.from({ length: 9 }, () => taps.flat()).flat(), [3, 3, 2, 2]);
  const [depthwise, standard] = await Promise.all([
    take(depthwiseConv2d(img, filter, { padding: 'valid' })),
    take(conv2d(img, filter, { padding: 'valid' })),
  ]);
  return { depthwise, standard };
}

/** The same channels in both groupings, by the library's function and as it is built by hand. */
export interface Groups {
  readonly contiguous: readonly number[];
  /** A convolution for each part of the channels. */
  readonly bySplit: readonly number[];
  readonly strided: readonly number[];
  /** Depthwise, then the sum over the axis of the group's members. */
  readonly byReshape: readonly number[];
  /** Depthwise, cut into two halves that are added: for groups of two members. */
  readonly byHalves?: readonly number[];
}

export async function groupings(gpu: Gpu, { groups, width }: State): Promise<Groups> {
  const channels = groups * width;
  using x = gpu.tensor(
    Array.from({ length: channels }, (_, c) => c),
    [1, 1, 1, channels],
  );
  using filter = ones(gpu, 1, 1, width, channels);
  using depthwiseForm = ones(gpu, 1, 1, channels, width);
  using each = ones(gpu, 1, 1, channels, 1);
  const [contiguous, bySplit, strided, byReshape, byHalves] = await Promise.all([
    take(groupedConv2d(x, filter, { groups, grouping: 'contiguous' })),
    take(convolveParts(x, filter, groups)),
    take(groupedConv2d(x, filter, { groups, grouping: 'strided' })),
    take(sumMembers(x, depthwiseForm, width)),
    width === 2 ? take(addHalves(x, each)) : undefined,
  ]);
  return { contiguous, bySplit, strided, byReshape, byHalves };
}

function convolveParts(x: Tensor, filter: Tensor, groups: number): Tensor {
  const [parts, filters] = [split(x, groups, -1), split(filter, groups, -1)];
  const results = parts.map((part, g) => conv2d(part, filters[g]));
  const whole = concat(results, -1);
  for (const tensor of [...parts, ...filters, ...results]) tensor.dispose();
  return whole;
}

function sumMembers(x: Tensor, filter: Tensor, width: number): Tensor {
  using products = depthwiseConv2d(x, filter);
  using apart = reshape(products, [1, 1, 1, width, -1]);
  return reduceSum(apart, 3);
}

function addHalves(x: Tensor, filter: Tensor): Tensor {
  using products = depthwiseConv2d(x, filter);
  const [low, high] = split(products, 2, -1);
  const sums = add(low, high);
  low.dispose();
  high.dispose();
  return sums;
}

/** The channels 0 to 7 in two groups, by a depthwise convolution with ones, a reshape and a sum: right, and wrong. */
export interface Transforms {
  /** 32 numbers: four products of each channel. */
  readonly products: readonly number[];
  readonly right: readonly number[];
  readonly wrong: readonly number[];
  readonly library: readonly number[];
}

export async function transforms(gpu: Gpu): Promise<Transforms> {
  using x = gpu.tensor([0, 1, 2, 3, 4, 5, 6, 7], [1, 1, 1, 8]);
  using filter = ones(gpu, 1, 1, 8, 4);
  using depthwise = depthwiseConv2d(x, filter);
  using inGroups = reshape(depthwise, [2, 4, 4]);
  using inChannels = reshape(depthwise, [8, 4]);
  const [products, right, wrong, library] = await Promise.all([
    depthwise.read().then((values) => [...values]),
    take(reduceSum(inGroups, 1)),
    take(reduceSum(inChannels, 1)),
    take(groupedConv2d(x, filter, { groups: 2 })),
  ]);
  return { products, right, wrong, library };
}
