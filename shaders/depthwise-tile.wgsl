// Depthwise convolution, multiplier 1, channels last and a multiple of four: a register tile of neighbouring outputs.
//
// One invocation computes TILE_WIDTH x TILE_HEIGHT pixels of four channels. It reads each input row that the tile needs
// once, and adds it to every output row that has a tap there: a 4x4 tile of a 3x3 filter loads 36 pixels for 16 outputs,
// where one output at a time would load 144. Words loaded per multiply-add are what this op is short of.
//
// A workgroup computes 64 such tiles, neighbours along the channels first, so that loads coalesce.
// Padding is a clamped index and a select: branches around loads break them apart on every compiler measured, and a mask
// to multiply with would turn an infinity at the clamped place into NaN.

struct Problem {
  batch: u32,
  in_height: u32,
  in_width: u32,
  out_height: u32,
  out_width: u32,
  out_channels: u32,
  pad_top: u32,
  pad_left: u32,
}

@group(0) @binding(0) var<uniform> p: Problem;
@group(0) @binding(1) var<storage, read> x: array<V>; // [n, y, x, c / 4]
@group(0) @binding(2) var<storage, read> weights: array<V>; // [tap_y, tap_x, c / 4]
@group(0) @binding(3) var<storage, read_write> output: array<V>; // [n, y, x, c / 4]

alias V = vec4<f32>;
const LANES: u32 = 4u;
const WORKGROUP: u32 = 64u;
const FILTER_HEIGHT: u32 = 3u;
const FILTER_WIDTH: u32 = 3u;
const STRIDE_HEIGHT: u32 = 1u;
const STRIDE_WIDTH: u32 = 1u;
const DILATION_HEIGHT: u32 = 1u;
const DILATION_WIDTH: u32 = 1u;
const TILE_WIDTH: u32 = 4u;
const TILE_HEIGHT: u32 = 2u;

// The outputs of a tile lie STEP apart, so that with dilation, too, their taps fall on the same inputs; then they are HOP
// inputs apart, counted in dilations.
const STEP_HEIGHT: u32 = 1u;
const STEP_WIDTH: u32 = 1u;
const HOP_HEIGHT: u32 = STEP_HEIGHT * STRIDE_HEIGHT / DILATION_HEIGHT;
const HOP_WIDTH: u32 = STEP_WIDTH * STRIDE_WIDTH / DILATION_WIDTH;
const_assert STEP_HEIGHT * STRIDE_HEIGHT % DILATION_HEIGHT == 0u && STEP_WIDTH * STRIDE_WIDTH % DILATION_WIDTH == 0u;

// Input rows and columns that the tile's taps fall on.
const IN_ROWS: u32 = (TILE_HEIGHT - 1u) * HOP_HEIGHT + FILTER_HEIGHT;
const IN_COLUMNS: u32 = (TILE_WIDTH - 1u) * HOP_WIDTH + FILTER_WIDTH;

fn epilogue(v: V, at: u32, channel: u32) -> V { return v; }

// Tiles along an axis of `size` outputs: as many for each of the STEP places to begin.
fn tiles(size: u32, step: u32, tile: u32) -> u32 {
  return (size + step * tile - 1u) / (step * tile) * step;
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
  let c = tile % channels;
  let column = tile / channels;
  let row = column / tiles_x;
  let out_x = origin(column % tiles_x, STEP_WIDTH, TILE_WIDTH);
  let out_y = origin(row % tiles_y, STEP_HEIGHT, TILE_HEIGHT);
  let n = row / tiles_y;
  if (n >= p.batch) {
    return;
  }

  // Left of or above the image the unsigned difference wraps to a huge number: outside, like the right and the bottom.
  let in_x = out_x * STRIDE_WIDTH - p.pad_left;
  let in_y = out_y * STRIDE_HEIGHT - p.pad_top;
  var inside: array<bool, IN_COLUMNS>;
  var column_at: array<u32, IN_COLUMNS>;
  // @unroll
  for (var i = 0u; i < IN_COLUMNS; i++) {
    let column_x = in_x + i * DILATION_WIDTH;
    inside[i] = column_x < p.in_width;
    column_at[i] = select(0u, column_x * channels, inside[i]) + c;
  }

  var sums: array<V, TILE_WIDTH * TILE_HEIGHT>;
  // @unroll
  for (var r = 0u; r < IN_ROWS; r++) {
    let y = in_y + r * DILATION_HEIGHT;
    let row_inside = y < p.in_height;
    let row_at = (n * p.in_height + select(0u, y, row_inside)) * p.in_width * channels;
    var pixels: array<V, IN_COLUMNS>;
    // @unroll
    for (var i = 0u; i < IN_COLUMNS; i++) {
      pixels[i] = select(V(0.0), x[row_at + column_at[i]], inside[i] && row_inside);
    }
    // The output rows that have a tap on input row r: tap r - ty * HOP_HEIGHT.
    // @unroll
    for (var ty = (max(r, FILTER_HEIGHT - 1u) - (FILTER_HEIGHT - 1u) + HOP_HEIGHT - 1u) / HOP_HEIGHT; ty < min(r / HOP_HEIGHT + 1u, TILE_HEIGHT); ty++) {
      // @unroll
      for (var tap_x = 0u; tap_x < FILTER_WIDTH; tap_x++) {
        let weight = weights[((r - ty * HOP_HEIGHT) * FILTER_WIDTH + tap_x) * channels + c];
        // @unroll
        for (var tx = 0u; tx < TILE_WIDTH; tx++) {
          sums[ty * TILE_WIDTH + tx] += pixels[tx * HOP_WIDTH + tap_x] * weight;
        }
      }
    }
  }

  // @unroll
  for (var ty = 0u; ty < TILE_HEIGHT; ty++) {
    // @unroll
    for (var tx = 0u; tx < TILE_WIDTH; tx++) {
      let tile_y = out_y + ty * STEP_HEIGHT;
      let tile_x = out_x + tx * STEP_WIDTH;
      if (tile_y < p.out_height && tile_x < p.out_width) {
        let at = ((n * p.out_height + tile_y) * p.out_width + tile_x) * channels + c;
        output[at] = epilogue(sums[ty * TILE_WIDTH + tx], at, c);
      }
    }
  }
}
