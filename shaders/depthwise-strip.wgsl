// Depthwise convolution by strips that run down the image: each input row is loaded once.
//
// One invocation computes TILE_WIDTH neighbouring pixels of LANES output channels in one row of outputs after another,
// TILE_HEIGHT of them. It keeps the rows under the filter in registers: from one row of outputs to the next they move up,
// and only the rows that come in are loaded, 1.5 words per output for a 3x3 filter and a strip of four, where the 4x4 tile
// of depthwise-tile.wgsl takes 2.8. The loop over the rows is a real one, so the program is a quarter of the tile's and
// compiles in a fraction of its time. What it lacks is parallelism: that is for CPU adapters, or for large maps.
//
// The lanes are as in depthwise-tile.wgsl, and so is padding. A workgroup computes 64 strips that are neighbours in memory.

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
}

@group(0) @binding(0) var<uniform> p: Problem;
@group(0) @binding(1) var<storage, read> x: array<X>; // [n, y, x, c / X_LANES], or [n, c, y, x]
@group(0) @binding(2) var<storage, read> weights: array<V>; // [tap_y, tap_x, o / LANES]
@group(0) @binding(3) var<storage, read_write> output: array<V>; // [n, y, x, o / LANES], or [n, o, y, x]

alias V = vec4<f32>;
alias X = vec4<f32>;
const LANES: u32 = 4u;
const X_LANES: u32 = 4u;
const MULTIPLIER: u32 = 1u;
const CHANNELS_LAST: bool = true;
const WORKGROUP: u32 = 64u;
const FILTER_HEIGHT: u32 = 3u;
const FILTER_WIDTH: u32 = 3u;
const STRIDE_HEIGHT: u32 = 1u;
const STRIDE_WIDTH: u32 = 1u;
const DILATION_HEIGHT: u32 = 1u;
const DILATION_WIDTH: u32 = 1u;
const TILE_WIDTH: u32 = 4u;
const TILE_HEIGHT: u32 = 16u;

// The outputs of a tile lie STEP apart, so that with dilation, too, their taps fall on the same inputs; then they are HOP
// inputs apart, counted in dilations.
const STEP_HEIGHT: u32 = 1u;
const STEP_WIDTH: u32 = 1u;
const HOP_HEIGHT: u32 = STEP_HEIGHT * STRIDE_HEIGHT / DILATION_HEIGHT;
const HOP_WIDTH: u32 = STEP_WIDTH * STRIDE_WIDTH / DILATION_WIDTH;
const_assert STEP_HEIGHT * STRIDE_HEIGHT % DILATION_HEIGHT == 0u && STEP_WIDTH * STRIDE_WIDTH % DILATION_WIDTH == 0u;

// Input columns that a strip's taps fall on, and how many of the rows under the filter stay under it for the next row.
const IN_COLUMNS: u32 = (TILE_WIDTH - 1u) * HOP_WIDTH + FILTER_WIDTH;
const KEPT_ROWS: u32 = FILTER_HEIGHT - min(HOP_HEIGHT, FILTER_HEIGHT);
const NEW_ROWS: u32 = FILTER_HEIGHT - KEPT_ROWS;

fn epilogue(v: V, at: u32, channel: u32) -> V { return v; }

// The channels of a pixel, one for each output lane.
fn spread(pixel: X) -> V { return pixel; }

// Tiles along an axis of `size` outputs: one for each of the STEP places to begin, of which the last have less room.
fn tiles(size: u32, step: u32, tile: u32) -> u32 {
  return size / (step * tile) * step + min(size % (step * tile), step);
}

// First output of a tile.
fn origin(index: u32, step: u32, tile: u32) -> u32 {
  return index / step * step * tile + index % step;
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let channels = p.out_channels / LANES;
  let tiles_x = tiles(p.out_width, STEP_WIDTH, TILE_WIDTH);
  let tiles_y = tiles(p.out_height, STEP_HEIGHT, TILE_HEIGHT);
  let tile = (group.y * groups.x + group.x) * WORKGROUP + lane;
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

  // Strides of x and of the output, counted in X and V.
  let in_c = c * LANES / MULTIPLIER / X_LANES;
  let in_channels = p.in_channels / X_LANES;
  let x_stride = select(1u, in_channels, CHANNELS_LAST);
  let x_at = select((n * in_channels + in_c) * p.in_height * p.in_width, n * p.in_height * p.in_width * in_channels + in_c, CHANNELS_LAST);
  let output_stride = select(1u, channels, CHANNELS_LAST);
  let output_at = select((n * channels + c) * p.out_height * p.out_width, n * p.out_height * p.out_width * channels + c, CHANNELS_LAST);

  // Left of or above the image the unsigned difference wraps to a huge number: outside, like the right and the bottom.
  let in_x = out_x * STRIDE_WIDTH - p.pad_left;
  let in_y = out_y * STRIDE_HEIGHT - p.pad_top;
  var inside: array<bool, IN_COLUMNS>;
  var column_at: array<u32, IN_COLUMNS>;
  // @unroll
  for (var i = 0u; i < IN_COLUMNS; i++) {
    let column = in_x + i * DILATION_WIDTH;
    inside[i] = column < p.in_width;
    column_at[i] = x_at + select(0u, column * x_stride, inside[i]);
  }

  var taps: array<V, FILTER_HEIGHT * FILTER_WIDTH>;
  // @unroll
  for (var tap = 0u; tap < FILTER_HEIGHT * FILTER_WIDTH; tap++) {
    taps[tap] = weights[tap * channels + c];
  }

  // The rows under the filter, but for the first NEW_ROWS: as if a row of outputs above had been computed.
  var window: array<V, FILTER_HEIGHT * IN_COLUMNS>;
  // @unroll
  for (var r = 0u; r < KEPT_ROWS; r++) {
    let row = in_y + r * DILATION_HEIGHT;
    let row_inside = row < p.in_height;
    let row_at = select(0u, row * p.in_width * x_stride, row_inside);
    // @unroll
    for (var i = 0u; i < IN_COLUMNS; i++) {
      window[(NEW_ROWS + r) * IN_COLUMNS + i] = select(V(0.0), spread(x[row_at + column_at[i]]), inside[i] && row_inside);
    }
  }

  for (var ty = 0u; ty < TILE_HEIGHT; ty++) {
    let tile_y = out_y + ty * STEP_HEIGHT;
    if (tile_y >= p.out_height) {
      break;
    }
    // @unroll
    for (var i = 0u; i < KEPT_ROWS * IN_COLUMNS; i++) {
      window[i] = window[i + NEW_ROWS * IN_COLUMNS];
    }
    // @unroll
    for (var r = KEPT_ROWS; r < FILTER_HEIGHT; r++) {
      let row = in_y + (ty * HOP_HEIGHT + r) * DILATION_HEIGHT;
      let row_inside = row < p.in_height;
      let row_at = select(0u, row * p.in_width * x_stride, row_inside);
      // @unroll
      for (var i = 0u; i < IN_COLUMNS; i++) {
        window[r * IN_COLUMNS + i] = select(V(0.0), spread(x[row_at + column_at[i]]), inside[i] && row_inside);
      }
    }
    // Zero in so many words: without them the sums of the row before are still there (seen in Chromium 156, SwiftShader).
    var sums = array<V, TILE_WIDTH>();
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
    // @unroll
    for (var tx = 0u; tx < TILE_WIDTH; tx++) {
      let tile_x = out_x + tx * STEP_WIDTH;
      if (tile_x < p.out_width) {
        let at = output_at + (tile_y * p.out_width + tile_x) * output_stride;
        output[at] = epilogue(sums[tx], at, c);
      }
    }
  }
}
