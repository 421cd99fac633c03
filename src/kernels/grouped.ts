/**
 * Twin of shaders/grouped.wgsl: one program under three names, by the form of the filter and the number of groups.
 *
 * @module
 */
import shader from '../../shaders/grouped.wgsl';
import type { ConvProblem } from '../conv/problem';
import { vectorType } from './axes';
import { addOneByOne, convStep } from './conv-step';
import { bodySize, rankedTiles, tileInvocations, tileKnobs, tileUniforms } from './image-tile';
import type { Kernel } from './kernel';

/** The largest `bodySize` of a tile. */
const BODY_LIMIT = 300;

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
    wgsl: shader.code,
    why,
    supports: (p) => takes(p) && bodySize(p, { TILE_WIDTH: 1, TILE_HEIGHT: 1 }) <= BODY_LIMIT,
    tiles: (p, target) => {
      const [single, wide] = [1, 4].map((MEMBERS) =>
        rankedTiles(p, target, TILES, [{ LANES: lanes(p), MEMBERS }], BODY_LIMIT),
      );
      if (!readsVectors(p)) return single;
      // A GPU loads four members as fast as one. A CPU adapter gains nothing from matrices, and compiles them longer.
      return target.profile.cpu ? [...single, ...wide] : [...wide, ...single];
    },
    step: (p, tile, epilogue, target) =>
      convStep(p, epilogue, target, {
        kernel: name,
        shader,
        tile,
        knobs: {
          ...tileKnobs(p, tile),
          STRIDED_GROUPS: p.grouping === 'strided',
          DEPTHWISE_FORM: p.filterForm === 'depthwise',
          CHANNELS_LAST: p.dataFormat === 'NHWC',
        },
        aliases: {
          W: vectorType(tile.LANES),
          V: vectorType(p.dataFormat === 'NHWC' ? tile.LANES : 1),
          X: vectorType(tile.MEMBERS),
          Taps: tile.MEMBERS === 4 ? 'mat4x4<f32>' : vectorType(tile.LANES),
        },
        slots: {
          ...(tile.MEMBERS === 4 && {
            load_taps: { body: LOAD_MATRIX },
            add_products: addOneByOne((i) => `taps[${i}] * pixel[${i}]`),
          }),
          ...(p.dataFormat === 'NCHW' && { store: { body: storePlanes(tile.LANES) } }),
        },
        uniforms: tileUniforms(p, tile),
        invocations: tileInvocations(p, tile),
      }),
  };
}

/** Four output channels at once where all four lie in one group. */
function lanes(p: ConvProblem): number {
  return (p.outChannels / p.groups) % 4 === 0 ? 4 : 1;
}

/** Whether four members of a group are neighbours in memory, so that one load gets them all. */
export function readsVectors(p: ConvProblem): boolean {
  const width = p.inChannels / p.groups;
  return (
    lanes(p) === 4 && p.dataFormat === 'NHWC' && width % 4 === 0 && (p.grouping === 'contiguous' || p.groups === 1)
  );
}

/** The columns of the matrix are the input channels. */
const LOAD_MATRIX = `return Taps(${[0, 1, 2, 3].map((i) => `Sum(weights[weight_index(tap, group, member + ${i}u, o) / LANES])`).join(', ')});`;

/** Stores each lane of a sum in its own plane. */
function storePlanes(count: number): string {
  const stores = Array.from({ length: count }, (_, lane) => {
    const value = count === 1 ? 'V(sum)' : `V(sum[${lane}])`;
    return `output[at + ${lane}u * plane] = epilogue(${value}, at + ${lane}u * plane, per_channel(c * LANES + ${lane}u));`;
  });
  return `let plane = p.out_height * p.out_width; let at = (n * p.out_channels + c * LANES) * plane + y * p.out_width + x; ${stores.join(' ')}`;
}
