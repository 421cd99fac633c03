/**
 * Twin of shaders/expand.wgsl: a pointwise convolution and the depthwise one after it, in one dispatch; and the same in two.
 *
 * @module
 */
import shader from '../../shaders/expand.wgsl';
import { summary } from '../conv/problem';
import type { Tile } from '../step';
import type { Chain } from './chain';
import { problemUniforms } from './conv-step';
import { flatStep, WORKGROUP } from './flat-step';
import type { Kernel, Target } from './kernel';
import type { Operation } from './operation';
import { inTwo, isSimple, pairOperation, type ConvPair, type Order } from './pair';

const ORDER: Order = ['pointwise', 'depthwise'];

/** Width and height of the patches that tiles are made for. */
const PATCHES = [
  [16, 12],
  [16, 8],
  [16, 16],
  [8, 8],
] as const;

/** Pixels of the largest patch. */
const LARGEST = 256;

/** No side of a filter may be larger: it has to fit on the smallest patch. */
const FILTER_LIMIT = 8;

/** In words of four channels. */
const COLUMNS = [4, 2] as const;

/** Words of workgroup memory that every device has, and padding words that keep neighbouring channels in different banks. */
const MEMORY = { most: 1024, between: 2 } as const;

/** Words of a pixel that are loaded together: a line of most caches. */
const CHUNK = 8;

/** How many of the best tiles are worth trying: each is a program to compile. */
const TILES_LIMIT = 4;

/** Workgroups that every device takes in one direction. */
const GRID = 65_535;

/**
 * What an invocation costs beside its multiply-adds, on RDNA2 and RDNA3 in the model: starting and ending it costs as much
 * as this many more words of its pixel, and loading a word costs as much as this many more columns.
 */
const COST = { words: 6, columns: 2 } as const;

/**
 * Words that may be loaded in vain for each pixel of the map: because it is under the rims of several tiles, or by
 * invocations that have no pixel. Beyond this limit two dispatches are as fast or faster, on RDNA2 and RDNA3 in the model.
 * The limit is lower where all cores are busy: with this many times the invocations that the device wants.
 */
const WASTE_LIMIT = { idle: 12, busy: 6, times: 2 } as const;

export const expandFused: Kernel<ConvPair> = {
  name: 'expand/fused',
  why: 'the input has few channels, so the intermediate, which has more, stays in workgroup memory instead of going to DRAM and back',
  wgsl: shader.code,
  supports: (pair) => {
    const { depthwise: d } = pair;
    const isFlat = Math.max(d.batch * d.outHeight, d.outWidth, d.outChannels / 4) <= GRID;
    return isSimple(pair) && isFlat && Math.max(d.filterHeight, d.filterWidth) <= FILTER_LIMIT;
  },
  suits(pair, target) {
    const { profile } = target;
    if (!profile.workgroupMemory || profile.cpu) return false;
    const { batch, inHeight, inWidth } = pair.depthwise;
    const { tiles, slices, workgroup } = layoutOf(pair, tilesOf(pair, target)[0]);
    const { idle, busy, times } = WASTE_LIMIT;
    const isBusy = tiles * slices * workgroup > times * profile.invocations;
    const pixels = batch * inHeight * inWidth;
    return (tiles * workgroup - pixels) * wordsOf(pair) <= (isBusy ? busy : idle) * pixels;
  },
  tiles: tilesOf,
  step(pair, tile, end, target) {
    const { depthwise: d, pointwise: w } = pair;
    const { rows, columns, slices, workgroup, strip } = layoutOf(pair, tile);
    const words = wordsOf(pair);
    let chunk = Math.min(words, CHUNK);
    while (words % chunk !== 0) chunk--;
    const step = flatStep(target, {
      kernel: 'expand/fused',
      shader,
      tile,
      sizes: `${Object.values(tile).join('x')} ${summaryOf(pair)}`,
      knobs: {
        FILTER_HEIGHT: d.filterHeight,
        FILTER_WIDTH: d.filterWidth,
        STRIDE_HEIGHT: d.strideHeight,
        STRIDE_WIDTH: d.strideWidth,
        MIXED_WIDTH: columns.mixed,
        STRIP: strip,
        CHUNK: chunk,
      },
      between: pair.between,
      epilogue: end,
      uniforms: { ...problemUniforms(d), in_channels: w.inChannels, tiles_y: rows.tiles },
      invocations: workgroup,
      workgroup,
    });
    // Slices come first, so that workgroups that read the same pixels run side by side.
    return { ...step, grid: [slices, columns.tiles, rows.tiles * d.batch] };
  },
};

/** The two convolutions one after the other, each by its own kernels. */
const expandInTwo: Chain<ConvPair> = /* @__PURE__ */ inTwo(
  'expand/two-dispatches',
  'two dispatches: the input has many channels, which each slice of the outputs would read again, or fusing would cost more in workgroup memory than its way saves',
  ORDER,
);

/** The kind. */
export const EXPAND = 'expand';

export const expand: Operation<ConvPair> = /* @__PURE__ */ pairOperation(
  { kind: EXPAND, name: 'expand', summary: summaryOf },
  ORDER,
  [expandFused, expandInTwo],
);

function summaryOf({ depthwise: d, pointwise: w }: ConvPair): string {
  return `${w.inChannels}-> ${summary(d)}`;
}

/** Words of an input pixel. */
function wordsOf({ pointwise: w }: ConvPair): number {
  return w.inChannels / 4;
}

/** The tiles that the device has room for, best first. */
function tilesOf(pair: ConvPair, target: Target): readonly Tile[] {
  const { limits, profile } = target;
  const cost = (tile: Tile): number => {
    const { tiles, slices, workgroup } = layoutOf(pair, tile);
    const each = (wordsOf(pair) + COST.words) * (tile.COLUMNS + COST.columns);
    // Cores that have finished wait for the last workgroups of others.
    const waiting = (profile.invocations * workgroup) / LARGEST;
    return each * (Math.max(tiles * slices * workgroup, profile.invocations) + waiting);
  };
  const [rows, columns] = axesOf(pair);
  return COLUMNS.flatMap((words) =>
    PATCHES.map(([width, height]): Tile => ({
      TILE_WIDTH: tileOf(columns, width),
      TILE_HEIGHT: tileOf(rows, height),
      COLUMNS: words,
    })),
  )
    .filter((tile) => {
      const { words, workgroup, strip } = layoutOf(pair, tile);
      return words <= MEMORY.most && workgroup <= limits.maxComputeInvocationsPerWorkgroup && strip < Infinity;
    })
    .toSorted((a, b) => cost(a) - cost(b))
    .slice(0, TILES_LIMIT);
}

/** How a tile divides a problem. */
function layoutOf(pair: ConvPair, { TILE_WIDTH, TILE_HEIGHT, COLUMNS: width }: Tile) {
  const { batch, outChannels } = pair.depthwise;
  const [down, across] = axesOf(pair);
  const [rows, columns] = [spanOf(down, TILE_HEIGHT), spanOf(across, TILE_WIDTH)];
  const workgroup = Math.ceil((rows.mixed * columns.mixed) / WORKGROUP) * WORKGROUP;
  return {
    rows,
    columns,
    /** Of all images. */
    tiles: batch * rows.tiles * columns.tiles,
    slices: Math.ceil(outChannels / 4 / width),
    /** One invocation for each pixel of the patch that is on the map. */
    workgroup,
    /** Outputs of each invocation. */
    strip: Math.ceil(TILE_HEIGHT / Math.floor(workgroup / (TILE_WIDTH * width))),
    /** Words of workgroup memory. */
    words: (rows.patch * columns.patch + MEMORY.between) * width,
  };
}

/** One axis of the depthwise convolution. */
interface Axis {
  readonly input: number;
  readonly output: number;
  readonly filter: number;
  readonly stride: number;
}

function axesOf({ depthwise: d }: ConvPair): readonly [rows: Axis, columns: Axis] {
  return [
    { input: d.inHeight, output: d.outHeight, filter: d.filterHeight, stride: d.strideHeight },
    { input: d.inWidth, output: d.outWidth, filter: d.filterWidth, stride: d.strideWidth },
  ];
}

/** The side of equal tiles whose patches have at most the given side; or one tile for a map that itself has no more pixels. */
function tileOf({ input, output, filter, stride }: Axis, side: number): number {
  const isWhole = input <= side && (output - 1) * stride <= side;
  const most = isWhole ? output : Math.floor((side - filter) / stride) + 1;
  return Math.ceil(output / Math.ceil(output / most));
}

/** One axis of the tiles. */
interface Span {
  /** Inputs under a tile's taps, and the most of them that are on the map. */
  readonly patch: number;
  readonly mixed: number;
  readonly tiles: number;
}

function spanOf({ input, output, filter, stride }: Axis, tile: number): Span {
  const patch = (tile - 1) * stride + filter;
  return { patch, mixed: Math.min(patch, input), tiles: Math.ceil(output / tile) };
}
