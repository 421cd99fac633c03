// Pointwise (1x1) convolution, channels last and multiples of four: register tiles whose filter is staged in workgroup
// memory.
//
// A workgroup of 4 rows of 16 invocations computes 4 * TILE_PIXELS pixels times 16 columns of four channels. For each block
// of 16 input channels it first loads their part of the filter, each word once, and then an invocation multiplies it with
// its TILE_PIXELS pixels. The pixels are not staged: the 16 invocations of a row load the same word, which a cache serves as
// fast, and staged they would take as much of the workgroup memory's bandwidth again. The first indices of `staged` are
// constants, so that an address is computed once, and a row of it is 256 bytes: no two invocations meet in a bank.
//
// Model (`npm run isa`), navi21 and gfx1100: 0.84 and 0.61 of the time of pointwise/tile at 56x56x128->128, 0.94 and 1.06 of
// pointwise/split's at 28x28x256->256, and 1.5 times it at 14x14, where invocations are few and wait at the barriers.

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
const COLUMNS: u32 = 16u;
const ROWS: u32 = WORKGROUP / COLUMNS;
const SKIPS_PIXELS: bool = false;
const TILE_PIXELS: u32 = 4u;

var<workgroup> staged: array<array<array<Sum, COLUMNS>, 4>, ROWS>; // [c / 4, c % 4, o / 4]: a block of the filter

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
  let blocks = (columns + COLUMNS - 1u) / COLUMNS;
  let index = workgroup.y * workgroups.x + workgroup.x;
  let row = lane / COLUMNS;
  let own = lane % COLUMNS;
  let first_pixel = index / blocks * (ROWS * TILE_PIXELS) + row;
  let column = index % blocks * COLUMNS + own;

  // Past the last pixel or column the last one is computed again, and not stored: no invocation returns before a barrier.
  var pixel_at: array<u32, TILE_PIXELS>;
  // @unroll
  for (var m = 0u; m < TILE_PIXELS; m++) {
    pixel_at[m] = input_pixel(min(first_pixel + m * ROWS, pixels - 1u)) * depth;
  }
  let weights_at = row * columns + min(column, columns - 1u);

  var sums: array<Sum, TILE_PIXELS>;
  for (var k = 0u; k < depth; k += ROWS) {
    workgroupBarrier();
    // @unroll
    for (var i = 0u; i < ROWS; i++) {
      staged[i][row][own] = Sum(weights[weights_at + (k + i) * 4u * columns]);
    }
    workgroupBarrier();
    // @unroll
    for (var u = 0u; u < ROWS; u++) {
      var rows: array<Sum, TILE_PIXELS>;
      // @unroll
      for (var m = 0u; m < TILE_PIXELS; m++) {
        rows[m] = Sum(x[pixel_at[m] + k + u]);
      }
      // @unroll
      for (var i = 0u; i < 4u; i++) {
        let weight = staged[u][i][own];
        // @unroll
        for (var m = 0u; m < TILE_PIXELS; m++) {
          sums[m] += rows[m][i] * weight;
        }
      }
    }
    // @flush
  }
  // @flush

  let of_channel = per_channel(min(column, columns - 1u));
  // @unroll
  for (var m = 0u; m < TILE_PIXELS; m++) {
    let pixel = first_pixel + m * ROWS;
    if (pixel < pixels && column < columns) {
      let at = pixel * columns + column;
      output[at] = epilogue(V(sums[m]), at, of_channel);
    }
  }
}
