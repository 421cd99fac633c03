// Depthwise convolution by strips that run down the image: each input row is loaded once.
//
// One invocation computes TILE_WIDTH neighbouring pixels of one output channel, in TILE_HEIGHT rows of outputs, one after
// another. It keeps the rows under the filter in registers: from one row of outputs to the next they move up, and only the
// new rows are loaded. That is 1.3 words per output for a 3x3 filter and a strip of seven, where the 4x4 tile of
// depthwise-tile.wgsl takes 2.8. The loop over the rows is a real one, so the program is a quarter of the tile's and
// compiles in a fraction of its time. It lacks parallelism, so it is for CPU adapters, or for large maps.
//
// A CPU adapter puts four invocations, neighbours along the channels, into one vector register: vectors of channels would
// need four registers for each, and are no faster. Padding is as in depthwise-tile.wgsl. A workgroup computes 64 strips
// that are neighbours in memory: along the channels first, or along x where the channels are second.

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
@group(0) @binding(1) var<storage, read> x: array<V>; // [n, y, x, c], or [n, c, y, x]
@group(0) @binding(2) var<storage, read> weights: array<V>; // [tap_y, tap_x, o]
@group(0) @binding(3) var<storage, read_write> output: array<V>; // [n, y, x, o], or [n, o, y, x]

alias V = f32;
alias Sum = V; // what products are summed in
const CHANNELS_LAST: bool = true;
const WORKGROUP: u32 = 64u;
const FILTER_HEIGHT: u32 = 3u;
const FILTER_WIDTH: u32 = 3u;
const TILE_WIDTH: u32 = 7u;
const TILE_HEIGHT: u32 = 28u;

// The outputs of a tile lie p.step apart, so that with dilation, too, their taps fall on the same inputs. They are then HOP
// inputs apart, counted in dilations. So all dilations share one program.
const HOP_HEIGHT: u32 = 1u;
const HOP_WIDTH: u32 = 1u;

// Input columns that a strip's taps fall on, and how many of the rows under the filter stay under it for the next row.
const IN_COLUMNS: u32 = (TILE_WIDTH - 1u) * HOP_WIDTH + FILTER_WIDTH;
const KEPT_ROWS: u32 = FILTER_HEIGHT - min(HOP_HEIGHT, FILTER_HEIGHT);
const NEW_ROWS: u32 = FILTER_HEIGHT - KEPT_ROWS;

// What the epilogue reads once per channel, and what it does to a sum.
alias PerChannel = u32;
fn per_channel(channel: u32) -> PerChannel { return channel; }
fn epilogue(v: V, at: u32, of_channel: PerChannel) -> V { return v; }

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
  let channels = p.out_channels;
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

  // The input channel, and strides of x and of the output.
  let in_c = c / (channels / p.in_channels);
  let in_channels = p.in_channels;
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

  // Sums beyond the right edge go to the last column, where that column's own sum follows them: stored from right to left.
  let last_x = last(out_x, p.step_width, p.out_width - 1u);
  var out_at: array<u32, TILE_WIDTH>;
  // @unroll
  for (var tx = 0u; tx < TILE_WIDTH; tx++) {
    out_at[tx] = output_at + min(out_x + tx * p.step_width, last_x) * output_stride;
  }

  let of_channel = per_channel(c);
  var taps: array<Sum, FILTER_HEIGHT * FILTER_WIDTH>;
  // @unroll
  for (var tap = 0u; tap < FILTER_HEIGHT * FILTER_WIDTH; tap++) {
    taps[tap] = Sum(weights[tap * channels + c]);
  }

  // The rows under the filter, except the first NEW_ROWS: as if a row of outputs above had been computed.
  var window: array<Sum, FILTER_HEIGHT * IN_COLUMNS>;
  // @unroll
  for (var r = 0u; r < KEPT_ROWS; r++) {
    let row = in_y + r * p.dilation_height;
    let row_inside = row < p.in_height;
    let row_at = select(0u, row * p.in_width * x_stride, row_inside);
    // @unroll
    for (var i = 0u; i < IN_COLUMNS; i++) {
      window[(NEW_ROWS + r) * IN_COLUMNS + i] = select(Sum(0.0), Sum(x[row_at + column_at[i]]), inside[i] & row_inside);
    }
  }

  for (var ty = 0u; ty < TILE_HEIGHT; ty++) {
    let tile_y = out_y + ty * p.step_height;
    if (tile_y >= p.out_height) {
      break;
    }
    // @unroll
    for (var i = 0u; i < KEPT_ROWS * IN_COLUMNS; i++) {
      window[i] = window[i + NEW_ROWS * IN_COLUMNS];
    }
    // @unroll
    for (var r = KEPT_ROWS; r < FILTER_HEIGHT; r++) {
      let row = in_y + (ty * HOP_HEIGHT + r) * p.dilation_height;
      let row_inside = row < p.in_height;
      let row_at = select(0u, row * p.in_width * x_stride, row_inside);
      // @unroll
      for (var i = 0u; i < IN_COLUMNS; i++) {
        window[r * IN_COLUMNS + i] = select(Sum(0.0), Sum(x[row_at + column_at[i]]), inside[i] & row_inside);
      }
    }
    // The zeros are written out: otherwise the sums of the row before are still there (seen in Chromium 156, SwiftShader).
    var sums = array<Sum, TILE_WIDTH>();
    // @unroll
    for (var tap_y = 0u; tap_y < FILTER_HEIGHT; tap_y++) {
      // @unroll
      for (var tap_x = 0u; tap_x < FILTER_WIDTH; tap_x++) {
        // @unroll
        for (var tx = 0u; tx < TILE_WIDTH; tx++) {
          sums[tx] += window[tap_y * IN_COLUMNS + tx * HOP_WIDTH + tap_x] * taps[tap_y * FILTER_WIDTH + tap_x];
        }
      }
    }
    let out_row = tile_y * p.out_width * output_stride;
    // @unroll
    for (var i = 1u; i < TILE_WIDTH + 1u; i++) {
      let at = out_row + out_at[TILE_WIDTH - i];
      output[at] = epilogue(V(sums[TILE_WIDTH - i]), at, of_channel);
    }
  }
}
