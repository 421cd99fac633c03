// Transposed convolution by register tiles of neighbouring outputs, for small strides and no dilation.
//
// One invocation computes TILE_WIDTH x TILE_HEIGHT pixels of LANES output channels. A tile is a multiple of the stride, so
// it has all phases: outputs that lie STRIDE apart get the same taps, from neighbouring inputs, and the outputs between
// them get the other taps. Which tap takes which input of the tile to which output is the same in every tile. So it is
// known when the program is made, and no tap without an input is visited. Each pixel and each weight is loaded once per
// tile: for stride 2 a 4x4 tile of a 3x3 filter takes 9 pixels and 9 taps for the 36 products of its 16 outputs. With a
// filter smaller than the stride some outputs get nothing, and keep their zeros.
//
// In the filter neighbouring INPUT channels are neighbours: [tap_y, tap_x, o of the group, c]. So one load gets MEMBERS
// input channels, and `Taps` has those of LANES rows: a matrix by which a pixel is multiplied, or one column of it if
// MEMBERS is 1, or one row if LANES is 1. If every input channel is a group with one output, four groups are computed at
// once, and `Taps` has their four weights.
//
// A workgroup computes 64 tiles that are neighbours in memory: along the channels first, or along x where the channels are
// second.
//
// SwiftShader, 2026-11-28, a busy machine, two runs of 9 interleaved rounds, medians: 4x4 tiles are 9 to 14 times as fast as
// the general kernel at 14x14x64->32 k3 s2, 28x28x32->16 k4 s2 and 14x14x32->32 k2 s2, 4x2 tiles 6 to 10 times, 2x2 tiles 3 to
// 6 times; with channels second, 14x14x32->32 k3 s2, 4x4 tiles 10 to 14 times. Matrices are as fast as columns there and
// compile up to three times as long.

struct Problem {
  batch: u32,
  in_height: u32,
  in_width: u32,
  in_channels: u32,
  out_height: u32,
  out_width: u32,
  out_channels: u32,
  pad_top: u32,
  pad_left: u32,
  tiles_x: u32,
  tiles_y: u32,
  groups: u32,
}

@group(0) @binding(0) var<uniform> p: Problem;
@group(0) @binding(1) var<storage, read> x: array<X>; // [n, y, x, c / MEMBERS], or [n, c, y, x]
@group(0) @binding(2) var<storage, read> weights: array<W>; // [tap_y, tap_x, o of the group, c], or [tap_y, tap_x, c, q], in vectors of W
@group(0) @binding(3) var<storage, read_write> output: array<V>; // [n, y, x, o / LANES], or [n, o, y, x]

alias V = vec4<f32>;
alias X = f32;
alias W = f32;
alias Sum = V; // what products are summed in
alias Pixel = X; // X, and the taps that go with it, as they are multiplied
alias Taps = vec4<f32>;
const LANES: u32 = 4u;
const MEMBERS: u32 = 1u;
const CHANNELS_LAST: bool = true;
const DEPTHWISE_FORM: bool = false;
const WORKGROUP: u32 = 64u;
const FILTER_HEIGHT: u32 = 3u;
const FILTER_WIDTH: u32 = 3u;
const STRIDE_HEIGHT: u32 = 2u;
const STRIDE_WIDTH: u32 = 2u;
const TILE_WIDTH: u32 = 4u; // a multiple of the stride
const TILE_HEIGHT: u32 = 2u;

// The tap by which a tile's first row of inputs meets its first row of outputs; for each row of inputs further on, the tap
// is STRIDE_HEIGHT less. The same holds along x.
const FIRST_TAP_Y: u32 = 2u;
const FIRST_TAP_X: u32 = 2u;

// Input rows and columns that reach a tile.
const IN_ROWS: u32 = (FIRST_TAP_Y + TILE_HEIGHT - 1u) / STRIDE_HEIGHT + 1u;
const IN_COLUMNS: u32 = (FIRST_TAP_X + TILE_WIDTH - 1u) / STRIDE_WIDTH + 1u;

// What the epilogue reads once per channel, and what it does to a sum.
alias PerChannel = u32;
fn per_channel(channel: u32) -> PerChannel { return channel; }
fn epilogue(v: V, at: u32, of_channel: PerChannel) -> V { return v; }

// The weights from MEMBERS input channels to LANES output channels; c and o are the first of them.
fn load_taps(tap: u32, c: u32, o: u32) -> Taps {
  let row = weight_index(tap, c, o);
  return Taps(vec4(weights[row], weights[row + p.in_channels], weights[row + 2u * p.in_channels], weights[row + 3u * p.in_channels]));
}

// The sum and the products of MEMBERS input channels.
fn add_products(sum: Sum, pixel: Pixel, taps: Taps) -> Sum { return sum + pixel * taps; }

fn weight_index(tap: u32, c: u32, o: u32) -> u32 {
  let outputs = p.out_channels / p.groups;
  if (DEPTHWISE_FORM) {
    return (tap * p.in_channels + c) * outputs + o % outputs;
  }
  return (tap * outputs + o % outputs) * p.in_channels + c;
}

@compute @workgroup_size(WORKGROUP)
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
  var o = tile % channels;
  var place = tile / channels % (p.tiles_x * p.tiles_y);
  if (!CHANNELS_LAST) {
    o = tile / (p.tiles_x * p.tiles_y) % channels;
    place = tile % (p.tiles_x * p.tiles_y);
  }
  let out_x = place % p.tiles_x * TILE_WIDTH;
  let out_y = place / p.tiles_x * TILE_HEIGHT;

  // Input channels of the group.
  let members = p.in_channels / p.groups;
  let first = o * LANES / (p.out_channels / p.groups) * members;

  // Strides of x and of the output, counted in X and V.
  let x_stride = select(1u, p.in_channels / MEMBERS, CHANNELS_LAST);
  let channel_stride = select(p.in_height * p.in_width, 1u, CHANNELS_LAST);
  let x_at = n * p.in_height * p.in_width * p.in_channels / MEMBERS;
  let output_stride = select(1u, channels, CHANNELS_LAST);
  let output_at = select((n * channels + o) * p.out_height * p.out_width, n * p.out_height * p.out_width * channels + o, CHANNELS_LAST);

  // Left of or above the image the unsigned difference wraps to a huge number: outside, like the right and the bottom.
  let in_x = (out_x + p.pad_left) / STRIDE_WIDTH - FIRST_TAP_X / STRIDE_WIDTH;
  let in_y = (out_y + p.pad_top) / STRIDE_HEIGHT - FIRST_TAP_Y / STRIDE_HEIGHT;
  var inside: array<bool, IN_COLUMNS>;
  var column_at: array<u32, IN_COLUMNS>;
  // @unroll
  for (var i = 0u; i < IN_COLUMNS; i++) {
    let column = in_x + i;
    inside[i] = column < p.in_width;
    column_at[i] = x_at + select(0u, column * x_stride, inside[i]);
  }

  var sums: array<Sum, TILE_WIDTH * TILE_HEIGHT>;
  for (var member = 0u; member < members; member += MEMBERS) {
    let c = first + member;
    let channel_at = c / MEMBERS * channel_stride;
    var taps: array<Taps, FILTER_HEIGHT * FILTER_WIDTH>;
    // @unroll
    for (var r = 0u; r < IN_ROWS; r++) {
      let row = in_y + r;
      let row_inside = row < p.in_height;
      let row_at = channel_at + select(0u, row * p.in_width * x_stride, row_inside);
      var pixels: array<Pixel, IN_COLUMNS>;
      // @unroll
      for (var i = 0u; i < IN_COLUMNS; i++) {
        pixels[i] = select(Pixel(), Pixel(x[row_at + column_at[i]]), inside[i] & row_inside);
      }
      // Each row of the filter is loaded when the first row of inputs needs it, and kept for the others.
      // @unroll
      for (var tap = (max(FIRST_TAP_Y, r * STRIDE_HEIGHT) - r * STRIDE_HEIGHT) * FILTER_WIDTH; tap < min(FILTER_HEIGHT, max(FIRST_TAP_Y + STRIDE_HEIGHT, r * STRIDE_HEIGHT) - r * STRIDE_HEIGHT) * FILTER_WIDTH; tap++) {
        taps[tap] = load_taps(tap, c, o * LANES);
      }
      // The outputs that input row r, and its input i, reach.
      // @unroll
      for (var ty = max(FIRST_TAP_Y, r * STRIDE_HEIGHT) - FIRST_TAP_Y; ty < min(TILE_HEIGHT, max(FIRST_TAP_Y, FILTER_HEIGHT + r * STRIDE_HEIGHT) - FIRST_TAP_Y); ty++) {
        // @unroll
        for (var i = 0u; i < IN_COLUMNS; i++) {
          // @unroll
          for (var tx = max(FIRST_TAP_X, i * STRIDE_WIDTH) - FIRST_TAP_X; tx < min(TILE_WIDTH, max(FIRST_TAP_X, FILTER_WIDTH + i * STRIDE_WIDTH) - FIRST_TAP_X); tx++) {
            let tap = (ty + FIRST_TAP_Y - r * STRIDE_HEIGHT) * FILTER_WIDTH + tx + FIRST_TAP_X - i * STRIDE_WIDTH;
            sums[ty * TILE_WIDTH + tx] = add_products(sums[ty * TILE_WIDTH + tx], pixels[i], taps[tap]);
          }
        }
      }
      // @flush
    }
  }

  // Sums beyond the edges go to the last row or column, whose own sums then overwrite them: the tile is stored from the
  // last to the first.
  let of_channel = per_channel(o);
  // @unroll
  for (var j = 1u; j < TILE_HEIGHT + 1u; j++) {
    let out_row = output_at + min(out_y + (TILE_HEIGHT - j), p.out_height - 1u) * p.out_width * output_stride;
    // @unroll
    for (var i = 1u; i < TILE_WIDTH + 1u; i++) {
      let at = out_row + min(out_x + (TILE_WIDTH - i), p.out_width - 1u) * output_stride;
      output[at] = epilogue(V(sums[(TILE_HEIGHT - j) * TILE_WIDTH + TILE_WIDTH - i]), at, of_channel);
    }
  }
}
