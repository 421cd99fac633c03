// Pointwise (1x1) convolution of a small map: the register tiles of pointwise.wgsl, with the sum over the input channels
// split among SPLITS invocations.
//
// A map of few pixels has too few tiles to fill a GPU, and each invocation would walk all input channels alone. So a
// workgroup of 64 computes 64 / SPLITS tiles of TILE_PIXELS pixels times four channels: each of a tile's invocations sums
// its share of the input channels, and then they add the shares up, in order, through workgroup memory. This takes no
// second dispatch and no atomics, and gives the same bits every time. It is not for CPU adapters, which have few threads
// and no workgroup memory of their own.

struct Problem {
  batch: u32,
  in_height: u32,
  in_width: u32,
  in_channels: u32,
  out_height: u32,
  out_width: u32,
  out_channels: u32,
  stride_height: u32,
  stride_width: u32,
}

@group(0) @binding(0) var<uniform> p: Problem;
@group(0) @binding(1) var<storage, read> x: array<V>; // [n, y, x, c / 4]
@group(0) @binding(2) var<storage, read> weights: array<V>; // [c, o / 4]
@group(0) @binding(3) var<storage, read_write> output: array<V>; // [n, y, x, o / 4]

alias V = vec4<f32>;
alias Sum = V; // what products are summed in
const WORKGROUP: u32 = 64u;
const SKIPS_PIXELS: bool = false;
const TILE_PIXELS: u32 = 4u;
const SPLITS: u32 = 8u;
const TILES: u32 = WORKGROUP / SPLITS;
const_assert WORKGROUP % SPLITS == 0u;

var<workgroup> shares: array<V, SPLITS * TILE_PIXELS * TILES>; // [split, pixel, tile]

// What the epilogue reads once per channel, and what it does to a sum.
alias PerChannel = u32;
fn per_channel(channel: u32) -> PerChannel { return channel; }
fn epilogue(v: V, at: u32, of_channel: PerChannel) -> V { return v; }

// The input pixel under an output pixel, counted over the batch.
fn input_pixel(pixel: u32) -> u32 {
  if (!SKIPS_PIXELS) {
    return pixel;
  }
  let row = pixel / p.out_width;
  let n = row / p.out_height;
  return (n * p.in_height + row % p.out_height * p.stride_height) * p.in_width + pixel % p.out_width * p.stride_width;
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let pixels = p.batch * p.out_height * p.out_width;
  let depth = p.in_channels / 4u;
  let columns = p.out_channels / 4u;
  let split = lane / TILES;
  let first_tile = (workgroup.y * workgroups.x + workgroup.x) * TILES;
  let tile = first_tile + lane % TILES;
  let column = tile % columns;

  // Past the last pixel the tile computes the last one again, and does not store it.
  var pixel_at: array<u32, TILE_PIXELS>;
  // @unroll
  for (var m = 0u; m < TILE_PIXELS; m++) {
    pixel_at[m] = input_pixel(min(tile / columns * TILE_PIXELS + m, pixels - 1u)) * depth;
  }

  var sums: array<Sum, TILE_PIXELS>;
  // Each takes every SPLITS-th input channel, so that the invocations of a tile read neighbouring words of a pixel.
  for (var k = split; k < depth; k += SPLITS) {
    var rows: array<Sum, TILE_PIXELS>;
    // @unroll
    for (var m = 0u; m < TILE_PIXELS; m++) {
      rows[m] = Sum(x[pixel_at[m] + k]);
    }
    // @unroll
    for (var i = 0u; i < 4u; i++) {
      let weight = Sum(weights[(k * 4u + i) * columns + column]);
      // @unroll
      for (var m = 0u; m < TILE_PIXELS; m++) {
        sums[m] += rows[m][i] * weight;
      }
    }
    // @flush if k / SPLITS % 4u == 3u
  }
  // @flush
  // @unroll
  for (var m = 0u; m < TILE_PIXELS; m++) {
    shares[(split * TILE_PIXELS + m) * TILES + lane % TILES] = V(sums[m]);
  }
  workgroupBarrier();

  for (var i = lane; i < TILE_PIXELS * TILES; i += WORKGROUP) {
    var sum = V(0.0);
    // @unroll
    for (var s = 0u; s < SPLITS; s++) {
      sum += shares[s * TILE_PIXELS * TILES + i];
    }
    let done = first_tile + i % TILES;
    let pixel = done / columns * TILE_PIXELS + i / TILES;
    if (pixel < pixels) {
      let at = pixel * columns + done % columns;
      output[at] = epilogue(sum, at, per_channel(done % columns));
    }
  }
}
