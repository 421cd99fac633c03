// Grouped (or, with one group, ordinary) convolution of a small map: the register tiles of grouped.wgsl, with the sum over the
// input channels split among SPLITS invocations.
//
// A map of few pixels has too few tiles to fill a GPU, and each invocation would walk all members of its group alone. So a
// workgroup of 64 computes 64 / SPLITS tiles of pixels times four channels: each of a tile's invocations sums its share of
// the members, four at a time, and then they add the shares up, in order, through workgroup memory. This takes no second
// dispatch and no atomics, and gives the same bits every time. It needs channels last, four members and four outputs of a
// group side by side, and no dilation. It is not for CPU adapters, which have few threads and no workgroup memory of their
// own.
//
// Modelled (npm run isa, November 2026), against grouped.wgsl, RDNA2 and RDNA3: 7x7x512 dense 2.8 and 4.1 times as fast, 14x14x256
// dense 1.9 and 3.2, 14x14x432 in nine groups 1.2 and 2.2, 14x14x512 in 32 groups 1.1 and 1.5.

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
  tiles_x: u32,
  tiles_y: u32,
  groups: u32,
}

@group(0) @binding(0) var<uniform> p: Problem;
@group(0) @binding(1) var<storage, read> x: array<V>; // [n, y, x, c / 4]
@group(0) @binding(2) var<storage, read> weights: array<V>; // [ty, tx, member, o / 4], or [ty, tx, c, q / 4]
@group(0) @binding(3) var<storage, read_write> output: array<V>; // [n, y, x, o / 4]

alias V = vec4<f32>;
alias Sum = V; // what products are summed in
alias Pixel = V; // four members of a pixel, and the taps that go with them, as they are multiplied
alias Taps = mat4x4<f32>;
const DEPTHWISE_FORM: bool = false;
const WORKGROUP: u32 = 64u;
const FILTER_HEIGHT: u32 = 3u;
const FILTER_WIDTH: u32 = 3u;
const HOP_HEIGHT: u32 = 1u; // the strides
const HOP_WIDTH: u32 = 1u;
const TILE_WIDTH: u32 = 4u;
const TILE_HEIGHT: u32 = 1u;
const SPLITS: u32 = 4u;
const TILES: u32 = WORKGROUP / SPLITS;
const OUTPUTS: u32 = TILE_WIDTH * TILE_HEIGHT;
const_assert WORKGROUP % SPLITS == 0u;

// Input rows and columns that the tile's taps fall on.
const IN_ROWS: u32 = (TILE_HEIGHT - 1u) * HOP_HEIGHT + FILTER_HEIGHT;
const IN_COLUMNS: u32 = (TILE_WIDTH - 1u) * HOP_WIDTH + FILTER_WIDTH;

var<workgroup> shares: array<V, SPLITS * OUTPUTS * TILES>; // [split, output, tile]

// What the epilogue reads once per channel, and what it does to a sum.
alias PerChannel = u32;
fn per_channel(channel: u32) -> PerChannel { return channel; }
fn epilogue(v: V, at: u32, of_channel: PerChannel) -> V { return v; }

// The sum and the products of four members.
fn add_products(sum: Sum, taps: Taps, pixel: Pixel) -> Sum {
  return sum + taps[0] * pixel.x + taps[1] * pixel.y + taps[2] * pixel.z + taps[3] * pixel.w;
}

// The weights from four members to four outputs: the columns are the members, so that matrix times pixel is the sum over them.
fn load_taps(tap: u32, group: u32, member: u32, o: u32) -> Taps {
  let members = p.in_channels / p.groups;
  let multiplier = p.out_channels / p.groups;
  let stride = select(p.out_channels, multiplier, DEPTHWISE_FORM) / 4u;
  let at = select((tap * members + member) * stride + o, (tap * p.in_channels + group * members + member) * stride + o % stride, DEPTHWISE_FORM);
  return Taps(Sum(weights[at]), Sum(weights[at + stride]), Sum(weights[at + 2u * stride]), Sum(weights[at + 3u * stride]));
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let channels = p.out_channels / 4u;
  let places = p.tiles_x * p.tiles_y;
  let tiles = p.batch * places * channels;
  let split = lane / TILES;
  let first_tile = (workgroup.y * workgroups.x + workgroup.x) * TILES;
  // Past the last tile the invocations compute the last one again, and do not store it: all must reach the barrier.
  let tile = min(first_tile + lane % TILES, tiles - 1u);
  let c = tile % channels;
  let place = tile / channels % places;
  let group = c * 4u / (p.out_channels / p.groups);
  let members = p.in_channels / p.groups;
  let depth = p.in_channels / 4u;

  // Left of or above the image the unsigned difference wraps to a huge number: outside, like the right and the bottom.
  let in_x = place % p.tiles_x * TILE_WIDTH * p.stride_width - p.pad_left;
  let in_y = place / p.tiles_x * TILE_HEIGHT * p.stride_height - p.pad_top;
  let x_at = tile / (channels * places) * p.in_height * p.in_width * depth + group * (members / 4u);
  var inside: array<bool, IN_COLUMNS>;
  var column_at: array<u32, IN_COLUMNS>;
  // @unroll
  for (var i = 0u; i < IN_COLUMNS; i++) {
    let column = in_x + i;
    inside[i] = column < p.in_width;
    column_at[i] = x_at + select(0u, column * depth, inside[i]);
  }

  var sums: array<Sum, OUTPUTS>;
  // Each takes every SPLITS-th four of the members, so that the invocations of a tile read neighbouring words of a pixel.
  for (var member = split * 4u; member < members; member += SPLITS * 4u) {
    var taps: array<Taps, FILTER_HEIGHT * FILTER_WIDTH>;
    // @unroll
    for (var r = 0u; r < IN_ROWS; r++) {
      let row = in_y + r;
      let row_inside = row < p.in_height;
      let row_at = member / 4u + select(0u, row * p.in_width * depth, row_inside);
      var pixels: array<Pixel, IN_COLUMNS>;
      // @unroll
      for (var i = 0u; i < IN_COLUMNS; i++) {
        pixels[i] = select(Pixel(), Pixel(x[row_at + column_at[i]]), inside[i] & row_inside);
      }
      // Each row of the filter is loaded when the first row of outputs needs it, and kept for the others.
      // @unroll
      for (var tap = r * FILTER_WIDTH; tap < min((r + 1u) * FILTER_WIDTH, FILTER_HEIGHT * FILTER_WIDTH); tap++) {
        taps[tap] = load_taps(tap, group, member, c);
      }
      // The output rows that have a tap on input row r: tap r - ty * HOP_HEIGHT.
      // @unroll
      for (var ty = (max(r, FILTER_HEIGHT - 1u) - (FILTER_HEIGHT - 1u) + HOP_HEIGHT - 1u) / HOP_HEIGHT; ty < min(r / HOP_HEIGHT + 1u, TILE_HEIGHT); ty++) {
        // @unroll
        for (var tap_x = 0u; tap_x < FILTER_WIDTH; tap_x++) {
          // @unroll
          for (var tx = 0u; tx < TILE_WIDTH; tx++) {
            sums[ty * TILE_WIDTH + tx] = add_products(sums[ty * TILE_WIDTH + tx], taps[(r - ty * HOP_HEIGHT) * FILTER_WIDTH + tap_x], pixels[tx * HOP_WIDTH + tap_x]);
          }
        }
      }
      // @flush
    }
  }
  // @unroll
  for (var i = 0u; i < OUTPUTS; i++) {
    shares[(split * OUTPUTS + i) * TILES + lane % TILES] = V(sums[i]);
  }
  workgroupBarrier();

  for (var i = lane; i < OUTPUTS * TILES; i += WORKGROUP) {
    var sum = V();
    // @unroll
    for (var s = 0u; s < SPLITS; s++) {
      sum += shares[s * OUTPUTS * TILES + i];
    }
    let done = first_tile + i % TILES;
    let done_place = done / channels % places;
    let out_x = done_place % p.tiles_x * TILE_WIDTH + i / TILES % TILE_WIDTH;
    let out_y = done_place / p.tiles_x * TILE_HEIGHT + i / TILES / TILE_WIDTH;
    if (done < tiles && out_x < p.out_width && out_y < p.out_height) {
      let at = ((done / (channels * places) * p.out_height + out_y) * p.out_width + out_x) * channels + done % channels;
      output[at] = epilogue(sum, at, per_channel(done % channels));
    }
  }
}
