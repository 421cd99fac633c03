/** What two more kernels look like once they are specialised, small enough to read: a change of either shows in review. */
import { expect, test } from 'vitest';
import { groupedProblem, pointwiseProblem } from '../../src/conv/problem';
import { fusedReshapeSum } from '../../src/kernels/grouped';
import type { Target } from '../../src/kernels/kernel';
import { pointwiseTile } from '../../src/kernels/pointwise';

const target: Target = {
  cpu: false,
  limits: { maxBufferSize: 2 ** 30, maxStorageBufferBindingSize: 2 ** 30, maxComputeWorkgroupsPerDimension: 65_535 },
};

/** From `main` on, where the loops were. */
function body(wgsl: string): string {
  return wgsl.slice(wgsl.indexOf('@compute'));
}

test('the pointwise tile of 2 pixels, with a bias', () => {
  const p = pointwiseProblem('pointwiseConv2d', [1, 2, 3, 8], [8, 4]);
  const step = pointwiseTile.step(p, { TILE_PIXELS: 2, TILE_COLUMNS: 1 }, [{ kind: 'bias' }], target);
  expect(step.label).toBe('pointwise/tile 2x1 1x2x3x8->4 k1x1');
  expect([step.grid, [...step.uniforms]]).toEqual([
    [1, 1, 1],
    [1, 2, 3, 8, 2, 3, 4, 0],
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

      // Past the last pixel or column the tile computes the last one again, and does not store it.
      var pixel_at: array<u32, TILE_PIXELS>;
      { const m = 0u;
        pixel_at[0] = input_pixel(min(first_pixel + m, pixels - 1u)) * depth;
      }
      { const m = 1u;
        pixel_at[1] = input_pixel(min(first_pixel + m, pixels - 1u)) * depth;
      }
      var column_at: array<u32, TILE_COLUMNS>;
      { const j = 0u;
        column_at[0] = min(first_column + j * tiles, columns - 1u);
      }

      var sums: array<V, TILE_PIXELS * TILE_COLUMNS>;
      for (var k = 0u; k < depth; k++) {
        var rows: array<V, TILE_PIXELS>;
        rows[0] = x[pixel_at[0] + k];
        rows[1] = x[pixel_at[1] + k];
        { const i = 0u;
          let weights_at = (k * 4u + i) * columns;
          {
            let weight = weights[weights_at + column_at[0]];
            sums[0] += rows[0][0] * weight;
            sums[1] += rows[1][0] * weight;
          }
        }
        { const i = 1u;
          let weights_at = (k * 4u + i) * columns;
          {
            let weight = weights[weights_at + column_at[0]];
            sums[0] += rows[0][1] * weight;
            sums[1] += rows[1][1] * weight;
          }
        }
        { const i = 2u;
          let weights_at = (k * 4u + i) * columns;
          {
            let weight = weights[weights_at + column_at[0]];
            sums[0] += rows[0][2] * weight;
            sums[1] += rows[1][2] * weight;
          }
        }
        { const i = 3u;
          let weights_at = (k * 4u + i) * columns;
          {
            let weight = weights[weights_at + column_at[0]];
            sums[0] += rows[0][3] * weight;
            sums[1] += rows[1][3] * weight;
          }
        }
      }

      { const m = 0u;
        { const j = 0u;
          if (first_pixel + m < pixels && first_column + j * tiles < columns) {
            let at = (first_pixel + m) * columns + column_at[0];
            output[at] = epilogue(sums[0], at, column_at[0]);
          }
        }
      }
      { const m = 1u;
        { const j = 0u;
          if (first_pixel + m < pixels && first_column + j * tiles < columns) {
            let at = (first_pixel + m) * columns + column_at[0];
            output[at] = epilogue(sums[1], at, column_at[0]);
          }
        }
      }
    }

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
      let tiles_x = tiles(p.out_width, STEP_WIDTH, TILE_WIDTH);
      let tiles_y = tiles(p.out_height, STEP_HEIGHT, TILE_HEIGHT);
      let tile = (workgroup.y * workgroups.x + workgroup.x) * WORKGROUP + lane;
      let n = tile / (channels * tiles_x * tiles_y);
      if (n >= p.batch) {
        return;
      }
      var c = tile % channels;
      var place = tile / channels % (tiles_x * tiles_y);
      if (!CHANNELS_LAST) {
        c = tile / (tiles_x * tiles_y) % channels;
        place = tile % (tiles_x * tiles_y);
      }
      let out_x = origin(place % tiles_x, STEP_WIDTH, TILE_WIDTH);
      let out_y = origin(place / tiles_x, STEP_HEIGHT, TILE_HEIGHT);
      let group = c * LANES / (p.out_channels / p.groups);

      // Strides of x.
      let x_stride = select(1u, p.in_channels / MEMBERS, CHANNELS_LAST);
      let channel_stride = select(p.in_height * p.in_width, 1u, CHANNELS_LAST);
      let x_at = n * p.in_height * p.in_width * p.in_channels / MEMBERS;

      // Left of or above the image the unsigned difference wraps to a huge number: outside, like the right and the bottom.
      let in_x = out_x * STRIDE_WIDTH - p.pad_left;
      let in_y = out_y * STRIDE_HEIGHT - p.pad_top;
      var inside: array<bool, IN_COLUMNS>;
      var column_at: array<u32, IN_COLUMNS>;
      { const i = 0u;
        let column = in_x + i * DILATION_WIDTH;
        inside[0] = column < p.in_width;
        column_at[0] = x_at + select(0u, column * x_stride, inside[0]);
      }

      var sums: array<Sum, TILE_WIDTH * TILE_HEIGHT>;
      for (var member = 0u; member < p.in_channels / p.groups; member += MEMBERS) {
        let channel_at = input_channel(group, member) / MEMBERS * channel_stride;
        var taps: array<Taps, FILTER_HEIGHT * FILTER_WIDTH>;
        { const r = 0u;
          let row = in_y + r * DILATION_HEIGHT;
          let row_inside = row < p.in_height;
          let row_at = channel_at + select(0u, row * p.in_width * x_stride, row_inside);
          var pixels: array<X, IN_COLUMNS>;
          pixels[0] = select(X(), x[row_at + column_at[0]], inside[0] && row_inside);
          // Each row of the filter is loaded when the first row of outputs needs it, and kept for the others.
          { const tap = 0u;
            taps[0] = load_taps(tap, group, member, c * LANES);
          }
          // The output rows that have a tap on input row r: tap r - ty * HOP_HEIGHT.
          sums[0] += taps[0] * pixels[0];
        }
      }

      { const ty = 0u;
        { const tx = 0u;
          let tile_y = out_y + ty * STEP_HEIGHT;
          let tile_x = out_x + tx * STEP_WIDTH;
          if (tile_y < p.out_height && tile_x < p.out_width) {
            store(sums[0], n, tile_y, tile_x, c);
          }
        }
      }
    }
    "
  `);
});
