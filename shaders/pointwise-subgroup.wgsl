// Pointwise (1x1) convolution, channels last and multiples of four: register tiles whose pixels are shared in the subgroup.
//
// A workgroup computes TILE_PIXELS pixels times WORKGROUP columns of four channels. All its invocations need the same words
// of x: of every 16 input channels, each loads four, by its place among four neighbours in the subgroup, and broadcasts
// bring it the others. So x takes a quarter of the loads, and the filter, whose words nobody shares, takes the rest.
// Nothing is assumed about which invocations form a subgroup, or in which order; only that each has the first four of its
// places filled.
//
// Model (`npm run isa`), navi21 and gfx1100: 1.1 and 0.8 of the default's time at 56x56x64->256, 1.3 to 4 times it at the
// other layers of 128 channels and more, because on RDNA four words take four instructions to broadcast. It is for GPUs that read a
// neighbour's register for nothing, such as Intel's.

enable subgroups;

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
  @builtin(subgroup_invocation_id) place: u32,
) {
  let pixels = p.batch * p.out_height * p.out_width;
  let depth = p.in_channels / 4u;
  let columns = p.out_channels / 4u;
  let blocks = (columns + WORKGROUP - 1u) / WORKGROUP;
  let index = workgroup.y * workgroups.x + workgroup.x;
  let first_pixel = index / blocks * TILE_PIXELS;
  let column = index % blocks * WORKGROUP + lane;

  // Past the last pixel or column the last one is computed again, and not stored: no invocation returns before the
  // broadcasts.
  var pixel_at: array<u32, TILE_PIXELS>;
  // @unroll
  for (var m = 0u; m < TILE_PIXELS; m++) {
    pixel_at[m] = input_pixel(min(first_pixel + m, pixels - 1u)) * depth + place % 4u;
  }
  let weights_at = min(column, columns - 1u);

  var sums: array<Sum, TILE_PIXELS>;
  for (var k = 0u; k < depth; k += 4u) {
    var taps: array<Sum, 16>;
    // @unroll
    for (var i = 0u; i < 16u; i++) {
      taps[i] = Sum(weights[weights_at + (k * 4u + i) * columns]);
    }
    // @unroll
    for (var m = 0u; m < TILE_PIXELS; m++) {
      let own = Sum(x[pixel_at[m] + k]);
      let a = subgroupBroadcast(own, 0u);
      let b = subgroupBroadcast(own, 1u);
      let c = subgroupBroadcast(own, 2u);
      let d = subgroupBroadcast(own, 3u);
      // @unroll
      for (var i = 0u; i < 4u; i++) {
        sums[m] += a[i] * taps[i];
        sums[m] += b[i] * taps[4u + i];
        sums[m] += c[i] * taps[8u + i];
        sums[m] += d[i] * taps[12u + i];
      }
    }
    // @flush
  }
  // @flush

  let of_channel = per_channel(min(column, columns - 1u));
  // @unroll
  for (var m = 0u; m < TILE_PIXELS; m++) {
    let pixel = first_pixel + m;
    if (pixel < pixels && column < columns) {
      let at = pixel * columns + column;
      output[at] = epilogue(V(sums[m]), at, of_channel);
    }
  }
}
