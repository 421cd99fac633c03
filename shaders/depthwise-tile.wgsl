// Depthwise convolution by register tiles of neighbouring outputs.
//
// One invocation computes TILE_WIDTH x TILE_HEIGHT pixels of LANES output channels. It reads each input row that the tile
// needs once, and adds it to every output row that has a tap there: a 4x4 tile of a 3x3 filter loads 36 pixels and 9
// weights for 16 outputs, where one output at a time would load 144 of each. The number of words loaded per multiply-add
// limits this op.
//
// The lanes are four channels at once where the multiplier allows it: a pixel's four channels for multiplier 1, two of
// them twice for 2, one of them four times for 4, 8, ...; otherwise, and with channels second, one channel. A workgroup
// computes 64 tiles that are neighbours in memory: along the channels first, or along x where the channels are second.
//
// Padding is a clamped index and a select: branches around loads break them apart on every compiler measured, and a mask
// to multiply with would turn an infinity at the clamped place into NaN.

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
  stride_height: u32,
  stride_width: u32,
  dilation_height: u32,
  dilation_width: u32,
  step_height: u32,
  step_width: u32,
  tiles_x: u32,
  tiles_y: u32,
}

@group(0) @binding(0) var<uniform> p: Problem;
@group(0) @binding(1) var<storage, read> x: array<X>; // [n, y, x, c / X_LANES], or [n, c, y, x]
@group(0) @binding(2) var<storage, read> weights: array<V>; // [tap_y, tap_x, o / LANES]
@group(0) @binding(3) var<storage, read_write> output: array<V>; // [n, y, x, o / LANES], or [n, o, y, x]

alias V = vec4<f32>;
alias X = vec4<f32>;
alias Sum = V; // what products are summed in
const LANES: u32 = 4u;
const X_LANES: u32 = 4u;
const CHANNELS_LAST: bool = true;
const WORKGROUP: u32 = 64u;
const FILTER_HEIGHT: u32 = 3u;
const FILTER_WIDTH: u32 = 3u;
const TILE_WIDTH: u32 = 4u;
const TILE_HEIGHT: u32 = 2u;

// The outputs of a tile lie p.step apart, so that with dilation, too, their taps fall on the same inputs. They are then HOP
// inputs apart, counted in dilations. So all dilations share one program.
const HOP_HEIGHT: u32 = 1u;
const HOP_WIDTH: u32 = 1u;

// Input rows and columns that the tile's taps fall on.
const IN_ROWS: u32 = (TILE_HEIGHT - 1u) * HOP_HEIGHT + FILTER_HEIGHT;
const IN_COLUMNS: u32 = (TILE_WIDTH - 1u) * HOP_WIDTH + FILTER_WIDTH;

// What the epilogue reads once per channel, and what it does to a sum.
alias PerChannel = u32;
fn per_channel(channel: u32) -> PerChannel { return channel; }
fn epilogue(v: V, at: u32, of_channel: PerChannel) -> V { return v; }

// The channels of a pixel, one for each output lane.
fn spread(pixel: X) -> V { return pixel; }

// First output of a tile. Tiles begin at each of the `step` first places, and then where those end.
fn origin(index: u32, step: u32, tile: u32) -> u32 {
  if (step == 1u) {
    return index * tile;
  }
  return index / step * step * tile + index % step;
}

// The last place at or before `end` that is a multiple of `step` away from `first`.
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
  // @unroll
  for (var i = 0u; i < IN_COLUMNS; i++) {
    let column = in_x + i * p.dilation_width;
    inside[i] = column < p.in_width;
    column_at[i] = x_at + select(0u, column * x_stride, inside[i]);
  }

  var sums: array<Sum, TILE_WIDTH * TILE_HEIGHT>;
  var taps: array<Sum, FILTER_HEIGHT * FILTER_WIDTH>;
  // @unroll
  for (var r = 0u; r < IN_ROWS; r++) {
    let row = in_y + r * p.dilation_height;
    let row_inside = row < p.in_height;
    let row_at = select(0u, row * p.in_width * x_stride, row_inside);
    var pixels: array<Sum, IN_COLUMNS>;
    // @unroll
    for (var i = 0u; i < IN_COLUMNS; i++) {
      pixels[i] = select(Sum(0.0), Sum(spread(x[row_at + column_at[i]])), inside[i] & row_inside);
    }
    // Each row of the filter is loaded when the first row of outputs needs it, and kept for the others.
    // @unroll
    for (var tap = r * FILTER_WIDTH; tap < min((r + 1u) * FILTER_WIDTH, FILTER_HEIGHT * FILTER_WIDTH); tap++) {
      taps[tap] = Sum(weights[tap * channels + c]);
    }
    // The output rows that have a tap on input row r: tap r - ty * HOP_HEIGHT.
    // @unroll
    for (var ty = (max(r, FILTER_HEIGHT - 1u) - (FILTER_HEIGHT - 1u) + HOP_HEIGHT - 1u) / HOP_HEIGHT; ty < min(r / HOP_HEIGHT + 1u, TILE_HEIGHT); ty++) {
      // @unroll
      for (var tap_x = 0u; tap_x < FILTER_WIDTH; tap_x++) {
        // @unroll
        for (var tx = 0u; tx < TILE_WIDTH; tx++) {
          sums[ty * TILE_WIDTH + tx] += pixels[tx * HOP_WIDTH + tap_x] * taps[(r - ty * HOP_HEIGHT) * FILTER_WIDTH + tap_x];
        }
      }
    }
    // @flush if FILTER_HEIGHT * FILTER_WIDTH > 64u
  }
  // @flush

  // Sums beyond the edges go to the last row or column, whose own sums then overwrite them: the tile is stored from the
  // last to the first.
  let last_x = last(out_x, p.step_width, p.out_width - 1u);
  let last_y = last(out_y, p.step_height, p.out_height - 1u);
  let of_channel = per_channel(c);
  // @unroll
  for (var j = 1u; j < TILE_HEIGHT + 1u; j++) {
    let out_row = output_at + min(out_y + (TILE_HEIGHT - j) * p.step_height, last_y) * p.out_width * output_stride;
    // @unroll
    for (var i = 1u; i < TILE_WIDTH + 1u; i++) {
      let at = out_row + min(out_x + (TILE_WIDTH - i) * p.step_width, last_x) * output_stride;
      output[at] = epilogue(V(sums[(TILE_HEIGHT - j) * TILE_WIDTH + TILE_WIDTH - i]), at, of_channel);
    }
  }
}
