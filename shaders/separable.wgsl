// Separable convolution in one dispatch: a depthwise convolution and the pointwise one after it. The tensor between the two
// stays in workgroup memory.
//
// A workgroup computes all output channels of 8 x 4 pixels. In turns of CHUNK * 4 input channels its 64 invocations first
// convolve: each four neighbouring pixels of four channels, as depthwise-tile.wgsl does. Then they mix: each adds what the
// turn's channels give to eight pixels of COLUMNS times four output channels, as pointwise.wgsl does. The input is read
// once, except for the rims of the tiles, and the intermediate is never written: where it is larger than a GPU's cache, its
// way there and back takes longer than all the arithmetic.
//
// With more output channels than 64 invocations can hold, the tiles would have to be convolved again for each part of the
// channels, and two dispatches are better. They are also better on small maps, which give too few workgroups.

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
@group(0) @binding(1) var<storage, read> x: array<V>; // [n, y, x, c / 4]
@group(0) @binding(2) var<storage, read> weights: array<V>; // [tap_y, tap_x, c / 4]
@group(0) @binding(3) var<storage, read> mix: array<V>; // [c, o / 4]
@group(0) @binding(4) var<storage, read_write> output: array<V>; // [n, y, x, o / 4]

alias V = vec4<f32>;
alias Sum = V; // what products are summed in
const WORKGROUP: u32 = 64u;
const FILTER_HEIGHT: u32 = 3u;
const FILTER_WIDTH: u32 = 3u;
const STRIDE_HEIGHT: u32 = 1u;
const STRIDE_WIDTH: u32 = 1u;
const COLUMNS: u32 = 1u;

// The workgroup's tile of pixels, and the strips that it is convolved in.
const WIDTH: u32 = 8u;
const HEIGHT: u32 = 4u;
const STRIP: u32 = 4u;
const STRIPS: u32 = WIDTH * HEIGHT / STRIP;
const CHUNK: u32 = WORKGROUP / STRIPS;
// Input columns that a strip's taps fall on.
const IN_COLUMNS: u32 = (STRIP - 1u) * STRIDE_WIDTH + FILTER_WIDTH;
// Invocations that mix the same row of the tile.
const MIXERS: u32 = WORKGROUP / HEIGHT;

var<workgroup> middle: array<Sum, WIDTH * HEIGHT * CHUNK>; // [pixel, channel / 4]

// What is done to the sums of the depthwise convolution.
alias BetweenPerChannel = u32;
fn between_per_channel(channel: u32) -> BetweenPerChannel { return channel; }
fn between_epilogue(v: V, at: u32, of_channel: BetweenPerChannel) -> V { return v; }

// What the epilogue reads once per channel, and what it does to a sum.
alias PerChannel = u32;
fn per_channel(channel: u32) -> PerChannel { return channel; }
fn epilogue(v: V, at: u32, of_channel: PerChannel) -> V { return v; }

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let in_channels = p.in_channels / 4u;
  let columns = p.out_channels / 4u;
  let tiles_x = (p.out_width + WIDTH - 1u) / WIDTH;
  let tiles_y = (p.out_height + HEIGHT - 1u) / HEIGHT;
  let tile = workgroup.y * workgroups.x + workgroup.x;
  let n = tile / (tiles_x * tiles_y);
  if (n >= p.batch) {
    return;
  }
  let tile_x = tile % tiles_x * WIDTH;
  let tile_y = tile / tiles_x % tiles_y * HEIGHT;

  // The invocation's strip. Left of or above the image the unsigned difference wraps to a huge number: outside, like the
  // right and the bottom.
  let strip = lane / CHUNK;
  let strip_x = strip % (WIDTH / STRIP) * STRIP;
  let strip_y = strip / (WIDTH / STRIP);
  let in_x = (tile_x + strip_x) * STRIDE_WIDTH - p.pad_left;
  let in_y = (tile_y + strip_y) * STRIDE_HEIGHT - p.pad_top;
  let x_at = n * p.in_height * p.in_width * in_channels;
  var inside: array<bool, IN_COLUMNS>;
  var column_at: array<u32, IN_COLUMNS>;
  // @unroll
  for (var i = 0u; i < IN_COLUMNS; i++) {
    let column = in_x + i;
    inside[i] = column < p.in_width;
    column_at[i] = x_at + select(0u, column * in_channels, inside[i]);
  }

  // The output channels that the invocation mixes; past the last one it mixes the last one again.
  let row = lane / MIXERS;
  var out_column: array<u32, COLUMNS>;
  // @unroll
  for (var j = 0u; j < COLUMNS; j++) {
    out_column[j] = min(lane % MIXERS + j * MIXERS, columns - 1u);
  }

  var sums: array<Sum, WIDTH * COLUMNS>;
  for (var first = 0u; first < in_channels; first += CHUNK) {
    let c = min(first + lane % CHUNK, in_channels - 1u);
    var strip_sums = array<Sum, STRIP>();
    // @unroll
    for (var tap_y = 0u; tap_y < FILTER_HEIGHT; tap_y++) {
      let in_row = in_y + tap_y;
      let row_inside = in_row < p.in_height;
      let row_at = c + select(0u, in_row * p.in_width * in_channels, row_inside);
      var pixels: array<Sum, IN_COLUMNS>;
      // @unroll
      for (var i = 0u; i < IN_COLUMNS; i++) {
        pixels[i] = select(Sum(0.0), Sum(x[row_at + column_at[i]]), inside[i] & row_inside);
      }
      // @unroll
      for (var tap_x = 0u; tap_x < FILTER_WIDTH; tap_x++) {
        let tap = Sum(weights[(tap_y * FILTER_WIDTH + tap_x) * in_channels + c]);
        // @unroll
        for (var tx = 0u; tx < STRIP; tx++) {
          strip_sums[tx] += pixels[tx * STRIDE_WIDTH + tap_x] * tap;
        }
      }
    }
    let between_channel = between_per_channel(c);
    // @unroll
    for (var tx = 0u; tx < STRIP; tx++) {
      let at = ((n * p.out_height + tile_y + strip_y) * p.out_width + tile_x + strip_x + tx) * in_channels + c;
      middle[(strip * STRIP + tx) * CHUNK + lane % CHUNK] = Sum(between_epilogue(V(strip_sums[tx]), at, between_channel));
    }
    workgroupBarrier();

    for (var k = 0u; k < min(CHUNK, in_channels - first); k++) {
      var rows: array<Sum, WIDTH>;
      // @unroll
      for (var m = 0u; m < WIDTH; m++) {
        rows[m] = middle[(row * WIDTH + m) * CHUNK + k];
      }
      // @unroll
      for (var i = 0u; i < 4u; i++) {
        // @unroll
        for (var j = 0u; j < COLUMNS; j++) {
          let weight = Sum(mix[((first + k) * 4u + i) * columns + out_column[j]]);
          // @unroll
          for (var m = 0u; m < WIDTH; m++) {
            sums[m * COLUMNS + j] += rows[m][i] * weight;
          }
        }
      }
      // @flush if k % 4u == 3u
    }
    workgroupBarrier();
  }
  // @flush

  let out_y = tile_y + row;
  // @unroll
  for (var j = 0u; j < COLUMNS; j++) {
    let of_channel = per_channel(out_column[j]);
    // @unroll
    for (var m = 0u; m < WIDTH; m++) {
      if (out_y < p.out_height && tile_x + m < p.out_width && lane % MIXERS + j * MIXERS < columns) {
        let at = ((n * p.out_height + out_y) * p.out_width + tile_x + m) * columns + out_column[j];
        output[at] = epilogue(V(sums[m * COLUMNS + j]), at, of_channel);
      }
    }
  }
}
