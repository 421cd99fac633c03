/**
 * The complete step of a small tile, as a reader sees it: the unrolled program with its epilogue.
 */
import { expect, test } from 'vitest';
import { depthwiseProblem } from '../../src/conv/problem';
import { activationCode } from '../../src/kernels/activation';
import { depthwiseTile } from '../../src/kernels/depthwise-tile';
import { AMD, targetFor } from '../support/target';

test('the depthwise tile 2x1 of a 1x3 filter, bias and relu6', () => {
  const target = targetFor(AMD);
  const problem = depthwiseProblem('depthwiseConv2d', [1, 4, 6, 8], [1, 3, 8, 1], { padding: 'same' });
  const epilogue = [{ kind: 'bias' }, { kind: 'activation', code: activationCode('op', 'relu6') }] as const;
  const step = depthwiseTile.step(problem, { TILE_WIDTH: 2, TILE_HEIGHT: 1, LANES: 4 }, epilogue, target);
  const { wgsl, ...rest } = step;
  expect(rest).toMatchInlineSnapshot(`
    {
      "bindings": [
        {
          "access": "uniform",
          "binding": 0,
          "name": "p",
        },
        {
          "access": "read",
          "binding": 1,
          "name": "x",
        },
        {
          "access": "read",
          "binding": 2,
          "name": "weights",
        },
        {
          "access": "read_write",
          "binding": 3,
          "name": "output",
        },
        {
          "access": "read",
          "binding": 4,
          "name": "bias",
        },
      ],
      "grid": [
        1,
        1,
        1,
      ],
      "kernel": "depthwise/tile",
      "label": "depthwise/tile 2x1x4 1x4x6x8->8 k1x3",
      "program": "depthwise/tile 2x1x4",
      "tile": {
        "LANES": 4,
        "TILE_HEIGHT": 1,
        "TILE_WIDTH": 2,
      },
      "uniforms": Uint32Array [
        1,
        4,
        6,
        8,
        4,
        6,
        8,
        0,
        1,
        1,
        1,
        1,
        1,
        1,
        1,
        3,
        4,
        0,
        0,
        0,
      ],
    }
  `);
  expect(wgsl.slice(wgsl.indexOf('const WORKGROUP'))).toMatchInlineSnapshot(`
    "const WORKGROUP: u32 = 64u;
    const FILTER_HEIGHT: u32 = 1u;
    const FILTER_WIDTH: u32 = 3u;
    const TILE_WIDTH: u32 = 2u;
    const TILE_HEIGHT: u32 = 1u;

    // The outputs of a tile lie p.step apart, so that with dilation, too, their taps fall on the same inputs. They are then HOP
    // inputs apart, counted in dilations. So all dilations share one program.
    const HOP_HEIGHT: u32 = 1u;
    const HOP_WIDTH: u32 = 1u;

    // Input rows and columns that the tile's taps fall on.
    const IN_ROWS: u32 = (TILE_HEIGHT - 1u) * HOP_HEIGHT + FILTER_HEIGHT;
    const IN_COLUMNS: u32 = (TILE_WIDTH - 1u) * HOP_WIDTH + FILTER_WIDTH;

    // What the epilogue reads once per channel, and what it does to a sum.
    alias PerChannel = Operands;
    fn per_channel(channel: u32) -> PerChannel { return Operands(bias[channel]); }
    fn epilogue(v: V, at: u32, of_channel: PerChannel) -> V { var r = v; r += of_channel.bias; r = keep_nan(r, activation1(r)); return r; }

    // The channels of a pixel, one for each output lane.
    fn spread(pixel: X) -> V { return pixel; }

    // First output of a tile. Tiles begin at each of the \`step\` first places, and then where those end.
    fn origin(index: u32, step: u32, tile: u32) -> u32 {
      if (step == 1u) {
        return index * tile;
      }
      return index / step * step * tile + index % step;
    }

    // The last place at or before \`end\` that is a multiple of \`step\` away from \`first\`.
    fn last(first: u32, step: u32, end: u32) -> u32 {
      if (step == 1u) {
        return end;
      }
      return end - (end - first) % step;
    }

    @compute @workgroup_size(WORKGROUP)
    fn main(
      @builtin(workgroup_id) group: vec3<u32>,
      @builtin(num_workgroups) groups: vec3<u32>,
      @builtin(local_invocation_index) lane: u32,
    ) {
      let channels = p.out_channels / LANES;
      let tile = (group.y * groups.x + group.x) * WORKGROUP + lane;
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

      // Strides of x and of the output, counted in X and V.
      var in_c = c * LANES / X_LANES;
      if (p.in_channels != p.out_channels) {
        in_c = c * LANES / (p.out_channels / p.in_channels) / X_LANES;
      }
      let in_channels = p.in_channels / X_LANES;
      let x_stride = select(1u, in_channels, CHANNELS_LAST);
      let x_at = select((n * in_channels + in_c) * p.in_height * p.in_width, n * p.in_height * p.in_width * in_channels + in_c, CHANNELS_LAST);
      let output_stride = select(1u, channels, CHANNELS_LAST);
      let output_at = select((n * channels + c) * p.out_height * p.out_width, n * p.out_height * p.out_width * channels + c, CHANNELS_LAST);

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
      { const i = 1u;
        let column = in_x + i * p.dilation_width;
        inside[1] = column < p.in_width;
        column_at[1] = x_at + select(0u, column * x_stride, inside[1]);
      }
      { const i = 2u;
        let column = in_x + i * p.dilation_width;
        inside[2] = column < p.in_width;
        column_at[2] = x_at + select(0u, column * x_stride, inside[2]);
      }
      { const i = 3u;
        let column = in_x + i * p.dilation_width;
        inside[3] = column < p.in_width;
        column_at[3] = x_at + select(0u, column * x_stride, inside[3]);
      }

      var sums: array<Sum, TILE_WIDTH * TILE_HEIGHT>;
      var taps: array<Sum, FILTER_HEIGHT * FILTER_WIDTH>;
      { const r = 0u;
        let row = in_y + r * p.dilation_height;
        let row_inside = row < p.in_height;
        let row_at = select(0u, row * p.in_width * x_stride, row_inside);
        var pixels: array<Sum, IN_COLUMNS>;
        pixels[0] = select(Sum(0.0), Sum(spread(x[row_at + column_at[0]])), inside[0] & row_inside);
        pixels[1] = select(Sum(0.0), Sum(spread(x[row_at + column_at[1]])), inside[1] & row_inside);
        pixels[2] = select(Sum(0.0), Sum(spread(x[row_at + column_at[2]])), inside[2] & row_inside);
        pixels[3] = select(Sum(0.0), Sum(spread(x[row_at + column_at[3]])), inside[3] & row_inside);
        // Each row of the filter is loaded when the first row of outputs needs it, and kept for the others.
        { const tap = 0u;
          taps[0] = Sum(weights[tap * channels + c]);
        }
        { const tap = 1u;
          taps[1] = Sum(weights[tap * channels + c]);
        }
        { const tap = 2u;
          taps[2] = Sum(weights[tap * channels + c]);
        }
        // The output rows that have a tap on input row r: tap r - ty * HOP_HEIGHT.
        sums[0] += pixels[0] * taps[0];
        sums[1] += pixels[1] * taps[0];
        sums[0] += pixels[1] * taps[1];
        sums[1] += pixels[2] * taps[1];
        sums[0] += pixels[2] * taps[2];
        sums[1] += pixels[3] * taps[2];
      }

      // Sums beyond the edges go to the last row or column, whose own sums then overwrite them: the tile is stored from the
      // last to the first.
      let last_x = last(out_x, p.step_width, p.out_width - 1u);
      let last_y = last(out_y, p.step_height, p.out_height - 1u);
      let of_channel = per_channel(c);
      { const j = 1u;
        let out_row = output_at + min(out_y + (TILE_HEIGHT - j) * p.step_height, last_y) * p.out_width * output_stride;
        { const i = 1u;
          let at = out_row + min(out_x + (TILE_WIDTH - i) * p.step_width, last_x) * output_stride;
          output[at] = epilogue(V(sums[1]), at, of_channel);
        }
        { const i = 2u;
          let at = out_row + min(out_x + (TILE_WIDTH - i) * p.step_width, last_x) * output_stride;
          output[at] = epilogue(V(sums[0]), at, of_channel);
        }
      }
    }

    struct Operands { bias: V }

    @group(0) @binding(4) var<storage, read> bias: array<V>;
    fn activation1(v: V) -> V { return clamp(v, V(0), V(6)); }

    alias Bits = vec4<i32>;
    fn keep_nan(v: V, result: V) -> V { return select(result, v, (bitcast<Bits>(v) & Bits(0x7fffffff)) > Bits(0x7f800000)); }
    "
  `);
});
