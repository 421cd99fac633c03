/**
 * Twin of shaders/grouped.wgsl: one program under three names, by the form of the filter and the number of groups.
 *
 * @module
 */
import wgsl from '../../shaders/grouped.wgsl?raw';
import type { ConvProblem } from '../conv/problem';
import { convStep } from './conv-step';
import { bodySize, rankedTiles, tileInvocations, tileKnobs } from './image-tile';
import type { Kernel } from './kernel';

/** The largest `bodySize` of a tile. */
const BODY_LIMIT = 200;

const TILES = [
  [4, 2],
  [4, 1],
  [7, 1],
  [2, 2],
  [1, 1],
] as const;

/** Ordinary convolution. */
export const conv2dTile: Kernel = kernel(
  'conv2d/tile',
  'a register tile of pixels and channels shares every loaded pixel and weight',
  (p) => p.groups === 1,
);

/** Groups of any width, filter [kh, kw, cin / groups, cout]. */
export const groupedDirect: Kernel = kernel(
  'grouped/direct',
  'one dispatch over all groups, each output channel reading its own group only',
  (p) => p.filterForm === 'grouped' || p.groups === 1,
);

/** Depthwise, reshape and reduceSum as one sum in registers; filter [kh, kw, cin, cout / groups]. */
export const fusedReshapeSum: Kernel = kernel(
  'grouped/fused-reshape-sum',
  'the sum over the depthwise channels stays in registers, so the intermediate is never written',
  (p) => p.filterForm === 'depthwise' || p.groups === 1,
);

function kernel(name: string, why: string, takes: (p: ConvProblem) => boolean): Kernel {
  return {
    name,
    why,
    wgsl,
    supports: (p) =>
      p.dataFormat === 'NHWC' && takes(p) && bodySize(p, { TILE_WIDTH: 1, TILE_HEIGHT: 1 }) <= BODY_LIMIT,
    tiles: (p, target) => rankedTiles(p, target, TILES, lanes(p), BODY_LIMIT),
    step: (p, tile, epilogue, target) =>
      convStep(p, epilogue, target, {
        kernel: name,
        wgsl,
        tile,
        knobs: {
          ...tileKnobs(p, tile),
          STRIDED_GROUPS: p.grouping === 'strided',
          DEPTHWISE_FORM: p.filterForm === 'depthwise',
        },
        aliases: { V: tile.LANES === 4 ? 'vec4<f32>' : 'f32' },
        invocations: tileInvocations(p, tile),
      }),
  };
}

/** Four output channels at once where all four lie in one group. */
function lanes(p: ConvProblem): number {
  return (p.outChannels / p.groups) % 4 === 0 ? 4 : 1;
}
