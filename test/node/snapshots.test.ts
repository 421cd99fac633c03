/** Two more specialised kernels, small enough to read, so that a review shows every change of them. */
import { expect, test } from 'vitest';
import { groupedProblem, pointwiseProblem } from '../../src/conv/problem';
import { fusedReshapeSum } from '../../src/kernels/grouped';
import { pointwiseTile } from '../../src/kernels/pointwise';
import { AMD, targetFor } from '../support/target';

const target = targetFor(AMD);

/** The program from its attribute `@compute` on, where the unrolled loops are. */
function body(wgsl: string): string {
  return wgsl.slice(wgsl.indexOf('@compute'));
}

test('the pointwise tile of 2 pixels, with a bias', () => {
  const p = pointwiseProblem('pointwiseConv2d', [1, 2, 3, 8], [8, 4]);
  const step = pointwiseTile.step(p, { TILE_PIXELS: 2, TILE_COLUMNS: 1 }, [{ kind: 'bias' }], target);
  expect(step.label).toBe('pointwise/tile 2x1 1x2x3x8->4 k1x1');
  expect([step.grid, [...step.uniforms]]).toEqual([
    [1, 1, 1],
    [1, 2, 3, 8, 2, 3, 4, 1, 1, 0, 0, 0],
  ]);
  expect(body(step.wgsl)).toMatchInlineSnapshot(`
    "@compute @workgroup_size(WORKGROUP)
    fn main(
      @builtin(workgroup_id) workgroup: vec3<u32>,
      @builtin(num_workgroups) workgroups: vec3<u32>,
      @builtin(local_invocation_index) lane: u32,
    ) {
      let pixels = p.batch * p.out_height * p.out_width;
      let depth = p.in_channels / 4u;
      let columns = p.out_channels / 4u;
      let tiles = (columns + TILE_COLUMNS - 1u) / TILE_COLUMNS;
      let tile = (workgroup.y * workgroups.x + workgroup.x) * WORKGROUP + lane;
      let first_pixel = tile / tiles * TILE_PIXELS;
      let first_column = tile % tiles;
      if (first_pixel >= pixels) {
        return;
      }

      // Past the last pixel the tile computes its last one again, past the last column its first one: it stores the same sums
      // at the same place.
      var pixel_at: array<u32, TILE_PIXELS>;
      { const m = 0u;
        pixel_at[0] = input_pixel(min(first_pixel + m, pixels - 1u)) * depth;
      }
      { const m = 1u;
        pixel_at[1] = input_pixel(min(first_pixel + m, pixels - 1u)) * depth;
      }
      var column_at: array<u32, TILE_COLUMNS>;
      { const j = 0u;
        let column = first_column + j * tiles;
        column_at[0] = select(first_column, column, column < columns);
      }

      var sums: array<Sum, TILE_PIXELS * TILE_COLUMNS>;
      for (var k = 0u; k < depth; k++) {
        var rows: array<Sum, TILE_PIXELS>;
        rows[0] = Sum(x[pixel_at[0] + k]);
        rows[1] = Sum(x[pixel_at[1] + k]);
        { const i = 0u;
          let weights_at = (k * 4u + i) * columns;
          {
            let weight = Sum(weights[weights_at + column_at[0]]);
            sums[0] += rows[0][0] * weight;
            sums[1] += rows[1][0] * weight;
          }
        }
        { const i = 1u;
          let weights_at = (k * 4u + i) * columns;
          {
            let weight = Sum(weights[weights_at + column_at[0]]);
            sums[0] += rows[0][1] * weight;
            sums[1] += rows[1][1] * weight;
          }
        }
        { const i = 2u;
          let weights_at = (k * 4u + i) * columns;
          {
            let weight = Sum(weights[weights_at + column_at[0]]);
            sums[0] += rows[0][2] * weight;
            sums[1] += rows[1][2] * weight;
          }
        }
        { const i = 3u;
          let weights_at = (k * 4u + i) * columns;
          {
            let weight = Sum(weights[weights_at + column_at[0]]);
            sums[0] += rows[0][3] * weight;
            sums[1] += rows[1][3] * weight;
          }
        }
      }

      {
        let of_channel = per_channel(column_at[0]);
        { const m = 0u;
          let at = min(first_pixel + m, pixels - 1u) * columns + column_at[0];
          output[at] = epilogue(V(sums[0]), at, of_channel);
        }
        { const m = 1u;
          let at = min(first_pixel + m, pixels - 1u) * columns + column_at[0];
          output[at] = epilogue(V(sums[1]), at, of_channel);
        }
      }
    }

    struct Operands { bias: V }

    @group(0) @binding(4) var<storage, read> bias: array<V>;
    "
  `);
});

test('the fused reshape-sum, strided groups, one tap, one pixel', () => {
  const p = groupedProblem('groupedConv2d', [1, 2, 2, 8], [1, 1, 8, 4], { groups: 2, grouping: 'strided' });
  const step = fusedReshapeSum.step(p, { TILE_WIDTH: 1, TILE_HEIGHT: 1, LANES: 4, MEMBERS: 1 }, [], target);
  expect(step.kernel).toBe('grouped/fused-reshape-sum');
  expect(step.wgsl).toContain('const STRIDED_GROUPS: bool = true;');
  expect(step.wgsl).toContain('const DEPTHWISE_FORM: bool = true;');
  expect(body(step.wgsl)).toMatchInlineSnapshot(`
    "@compute @workgroup_size(WORKGROUP)
    fn main(
      @builtin(workgroup_id) workgroup: vec3<u32>,
      @builtin(num_workgroups) workgroups: vec3<u32>,
      @builtin(local_invocation_index) lane: u32,
    ) {
      let channels = p.out_channels / LANES;
      let tile = (workgroup.y * workgroups.x + workgroup.x) * WORKGROUP + lane;
      let n = tile / (channels * p.tiles_x * p.tiles_y);
      if (n >= p.batch) {
        return;
      }
      var c = tile % channels;
      var place = tile / channels % (p.tiles_x * p.tiles_y);
      if (!CHANNELS_LAST) {
        c = tile / (p.tiles_x * p.tiles_y) % channels;
        place = tile % (p.tiles_x * p.tiles_y);
      }
      let out_x = origin(place % p.tiles_x, p.step_width, TILE_WIDTH);
      let out_y = origin(place / p.tiles_x, p.step_height, TILE_HEIGHT);
      let group = c * LANES / (p.out_channels / p.groups);

      // Strides of x.
      let x_stride = select(1u, p.in_channels / MEMBERS, CHANNELS_LAST);
      let channel_stride = select(p.in_height * p.in_width, 1u, CHANNELS_LAST);
      let x_at = n * p.in_height * p.in_width * p.in_channels / MEMBERS;

      // Left of or above the image the unsigned difference wraps to a huge number: outside, like the right and the bottom.
      let in_x = out_x * p.stride_width - p.pad_left;
      let in_y = out_y * p.stride_height - p.pad_top;
      var inside: array<bool, IN_COLUMNS>;
      var column_at: array<u32, IN_COLUMNS>;
      { const i = 0u;
        let column = in_x + i * p.dilation_width;
        inside[0] = column < p.in_width;
        column_at[0] = x_at + select(0u, column * x_stride, inside[0]);
      }

      var sums: array<Sum, TILE_WIDTH * TILE_HEIGHT>;
      for (var member = 0u; member < p.in_channels / p.groups; member += MEMBERS) {
        let channel_at = input_channel(group, member) / MEMBERS * channel_stride;
        var taps: array<Taps, FILTER_HEIGHT * FILTER_WIDTH>;
        { const r = 0u;
          let row = in_y + r * p.dilation_height;
          let row_inside = row < p.in_height;
          let row_at = channel_at + select(0u, row * p.in_width * x_stride, row_inside);
          var pixels: array<Pixel, IN_COLUMNS>;
          pixels[0] = select(Pixel(), Pixel(x[row_at + column_at[0]]), inside[0] & row_inside);
          // Each row of the filter is loaded when the first row of outputs needs it, and kept for the others.
          { const tap = 0u;
            taps[0] = load_taps(tap, group, member, c * LANES);
          }
          // The output rows that have a tap on input row r: tap r - ty * HOP_HEIGHT.
          sums[0] = add_products(sums[0], taps[0], pixels[0]);
        }
      }

      // Sums beyond the edges go to the last row or column, whose own sums then overwrite them: the tile is stored from the
      // last to the first.
      let last_x = last(out_x, p.step_width, p.out_width - 1u);
      let last_y = last(out_y, p.step_height, p.out_height - 1u);
      { const j = 1u;
        let tile_y = min(out_y + (TILE_HEIGHT - j) * p.step_height, last_y);
        { const i = 1u;
          let tile_x = min(out_x + (TILE_WIDTH - i) * p.step_width, last_x);
          store(W(sums[0]), n, tile_y, tile_x, c);
        }
      }
    }
    "
  `);
});
