// A pointwise convolution and the depthwise one after it in one dispatch, as inverted residuals begin. The tensor between
// the two stays in workgroup memory.
//
// A workgroup computes TILE_WIDTH x TILE_HEIGHT pixels of COLUMNS * 4 output channels. First each invocation mixes one pixel of
// the patch under the tile's taps. All of them multiply by the same weights at the same time, so that a GPU loads these once
// for a wave, and a pixel's load serves COLUMNS * 4 channels. Then each convolves a strip that runs down the tile.
//
// Pixels of the patch that lie off the map are never computed. Workgroup memory begins as zeros, which serve as the padding.
//
// The tensor between the two, which is the widest, is never written: on large maps its way to DRAM and back takes most of
// the time. The rims of the tiles are computed more than once, and the input is read once for each slice of channels, so
// this is for few input channels.
// RDNA2 in the model: 22.8 to 8.6 us for 112x112 16 to 96 with stride 2, 11.2 to 7.0 for 56x56 24 to 144, 5.0 to 4.1 for 14x14 64
// to 384; but 4.8 to 5.5 us for 7x7 160 to 960.

struct Problem {
  in_height: u32,
  in_width: u32,
  in_channels: u32,
  out_height: u32,
  out_width: u32,
  out_channels: u32,
  pad_top: u32,
  pad_left: u32,
  tiles_y: u32,
}

@group(0) @binding(0) var<uniform> p: Problem;
@group(0) @binding(1) var<storage, read> x: array<V>; // [n, y, x, i / 4]
@group(0) @binding(2) var<storage, read> mix: array<V>; // [i, c / 4]
@group(0) @binding(3) var<storage, read> weights: array<V>; // [tap_y, tap_x, c / 4]
@group(0) @binding(4) var<storage, read_write> output: array<V>; // [n, y, x, c / 4]

alias V = vec4<f32>;
alias Sum = V; // what products are summed in
const WORKGROUP: u32 = 64u;
const FILTER_HEIGHT: u32 = 3u;
const FILTER_WIDTH: u32 = 3u;
const STRIDE_HEIGHT: u32 = 1u;
const STRIDE_WIDTH: u32 = 1u;
const TILE_WIDTH: u32 = 6u;
const TILE_HEIGHT: u32 = 6u;
const COLUMNS: u32 = 4u;
const STRIP: u32 = 3u;
const CHUNK: u32 = 1u; // words of a pixel that are loaded together; divides all of them

// The input pixels under the tile's taps, and how many of a row of them lie on the map at most.
const PATCH_WIDTH: u32 = (TILE_WIDTH - 1u) * STRIDE_WIDTH + FILTER_WIDTH;
const PATCH_HEIGHT: u32 = (TILE_HEIGHT - 1u) * STRIDE_HEIGHT + FILTER_HEIGHT;
const MIXED_WIDTH: u32 = 8u;
// The distance from one channel to the next; the two extra words keep neighbouring channels in different banks.
const PITCH: u32 = PATCH_WIDTH * PATCH_HEIGHT + 2u;
// Rows of the patch under a strip.
const ROWS: u32 = (STRIP - 1u) * STRIDE_HEIGHT + FILTER_HEIGHT;

var<workgroup> middle: array<Sum, PITCH * COLUMNS>; // [channel / 4, y, x]

// What is done to the sums of the pointwise convolution.
alias BetweenPerChannel = u32;
fn between_per_channel(channel: u32) -> BetweenPerChannel { return channel; }
fn between_epilogue(v: V, at: u32, of_channel: BetweenPerChannel) -> V { return v; }

// What the epilogue reads once per channel, and what it does to a sum.
alias PerChannel = u32;
fn per_channel(channel: u32) -> PerChannel { return channel; }
fn epilogue(v: V, at: u32, of_channel: PerChannel) -> V { return v; }

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let depth = p.in_channels / 4u;
  let channels = p.out_channels / 4u;
  let slice = workgroup.x * COLUMNS;
  let tile_x = workgroup.y * TILE_WIDTH;
  let n = workgroup.z / p.tiles_y;
  let tile_y = workgroup.z % p.tiles_y * TILE_HEIGHT;

  // The patch, counted from above and left of the padding, and the part of it that lies on the map.
  let top = tile_y * STRIDE_HEIGHT;
  let left = tile_x * STRIDE_WIDTH;
  let first_y = max(top, p.pad_top);
  let first_x = max(left, p.pad_left);
  let end_y = min(top + PATCH_HEIGHT, p.pad_top + p.in_height);
  let end_x = min(left + PATCH_WIDTH, p.pad_left + p.in_width);

  let y = first_y + lane / MIXED_WIDTH;
  let column = first_x + lane % MIXED_WIDTH;
  let is_mixed = (y < end_y) & (column < end_x);
  let pixel = select(0u, (n * p.in_height + y - p.pad_top) * p.in_width + column - p.pad_left, is_mixed);
  var sums: array<Sum, COLUMNS>;
  for (var first = 0u; first < depth; first += CHUNK) {
    var words: array<Sum, CHUNK>;
    // @unroll
    for (var k = 0u; k < CHUNK; k++) {
      words[k] = Sum(x[pixel * depth + first + k]);
    }
    // @unroll
    for (var k = 0u; k < CHUNK; k++) {
      // @unroll
      for (var i = 0u; i < 4u; i++) {
        let weights_at = ((first + k) * 4u + i) * channels + slice;
        // @unroll
        for (var j = 0u; j < COLUMNS; j++) {
          sums[j] += words[k][i] * Sum(mix[weights_at + j]);
        }
      }
    }
    // @flush if first % 4u < CHUNK
  }
  // @flush
  if (is_mixed) {
    let place = (y - top) * PATCH_WIDTH + column - left;
    // @unroll
    for (var j = 0u; j < COLUMNS; j++) {
      let channel = min(slice + j, channels - 1u);
      let of_channel = between_per_channel(channel);
      middle[j * PITCH + place] = Sum(between_epilogue(V(sums[j]), pixel * channels + channel, of_channel));
    }
  }
  workgroupBarrier();

  let channel = slice + lane % COLUMNS;
  let strip = lane / COLUMNS;
  let strip_x = strip % TILE_WIDTH;
  let strip_y = strip / TILE_WIDTH * STRIP;
  if (channel >= channels || strip_y >= TILE_HEIGHT) {
    return;
  }
  let middle_at = lane % COLUMNS * PITCH + strip_y * STRIDE_HEIGHT * PATCH_WIDTH + strip_x * STRIDE_WIDTH;
  var outputs: array<Sum, STRIP>;
  var taps: array<Sum, FILTER_HEIGHT * FILTER_WIDTH>;
  // @unroll
  for (var r = 0u; r < ROWS; r++) {
    var pixels: array<Sum, FILTER_WIDTH>;
    // @unroll
    for (var i = 0u; i < FILTER_WIDTH; i++) {
      pixels[i] = middle[middle_at + r * PATCH_WIDTH + i];
    }
    // Each row of the filter is loaded when the first output needs it, and kept for the others.
    // @unroll
    for (var tap = r * FILTER_WIDTH; tap < min((r + 1u) * FILTER_WIDTH, FILTER_HEIGHT * FILTER_WIDTH); tap++) {
      taps[tap] = Sum(weights[tap * channels + channel]);
    }
    // The outputs that have a tap on row r: tap r - t * STRIDE_HEIGHT.
    // @unroll
    for (var t = (max(r, FILTER_HEIGHT - 1u) - (FILTER_HEIGHT - 1u) + STRIDE_HEIGHT - 1u) / STRIDE_HEIGHT; t < min(r / STRIDE_HEIGHT + 1u, STRIP); t++) {
      // @unroll
      for (var i = 0u; i < FILTER_WIDTH; i++) {
        outputs[t] += pixels[i] * taps[(r - t * STRIDE_HEIGHT) * FILTER_WIDTH + i];
      }
    }
  }

  let out_x = tile_x + strip_x;
  let out_y = tile_y + strip_y;
  let end = min(tile_y + TILE_HEIGHT, p.out_height);
  let of_channel = per_channel(channel);
  // @unroll
  for (var t = 0u; t < STRIP; t++) {
    if (out_x < p.out_width && out_y + t < end) {
      let at = ((n * p.out_height + out_y + t) * p.out_width + out_x) * channels + channel;
      output[at] = epilogue(V(outputs[t]), at, of_channel);
    }
  }
}
