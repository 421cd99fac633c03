// Pointwise (1x1) convolution, channels last and multiples of four: a matrix product by register tiles.
//
// The pixels are the rows of a [pixels, in] matrix, the filter is [in, out]. One invocation computes TILE_PIXELS pixels
// times TILE_COLUMNS columns of four channels: per four input channels it loads TILE_PIXELS words of x and
// 4 * TILE_COLUMNS of the filter, all vec4, for 16 * TILE_PIXELS * TILE_COLUMNS multiply-adds.
//
// A workgroup computes 64 such tiles, neighbours along the columns first. The columns of a tile lie a tile row apart, so
// that neighbouring invocations load neighbouring words.

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
const TILE_COLUMNS: u32 = 2u;

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
  let tiles = (columns + TILE_COLUMNS - 1u) / TILE_COLUMNS;
  let tile = (workgroup.y * workgroups.x + workgroup.x) * WORKGROUP + lane;
  let first_pixel = tile / tiles * TILE_PIXELS;
  let first_column = tile % tiles;
  if (first_pixel >= pixels) {
    return;
  }

  // Past the last pixel the tile computes its last one again, past the last column its first one: it stores the same sums
  // at the same place.
  var pixel_at: array<u32, TILE_PIXELS>;
  // @unroll
  for (var m = 0u; m < TILE_PIXELS; m++) {
    pixel_at[m] = input_pixel(min(first_pixel + m, pixels - 1u)) * depth;
  }
  var column_at: array<u32, TILE_COLUMNS>;
  // @unroll
  for (var j = 0u; j < TILE_COLUMNS; j++) {
    let column = first_column + j * tiles;
    column_at[j] = select(first_column, column, column < columns);
  }

  var sums: array<Sum, TILE_PIXELS * TILE_COLUMNS>;
  for (var k = 0u; k < depth; k++) {
    var rows: array<Sum, TILE_PIXELS>;
    // @unroll
    for (var m = 0u; m < TILE_PIXELS; m++) {
      rows[m] = Sum(x[pixel_at[m] + k]);
    }
    // @unroll
    for (var i = 0u; i < 4u; i++) {
      let weights_at = (k * 4u + i) * columns;
      // @unroll
      for (var j = 0u; j < TILE_COLUMNS; j++) {
        let weight = Sum(weights[weights_at + column_at[j]]);
        // @unroll
        for (var m = 0u; m < TILE_PIXELS; m++) {
          sums[m * TILE_COLUMNS + j] += rows[m][i] * weight;
        }
      }
    }
    // @flush if k % 4u == 3u
  }
  // @flush

  // @unroll
  for (var j = 0u; j < TILE_COLUMNS; j++) {
    let of_channel = per_channel(column_at[j]);
    // @unroll
    for (var m = 0u; m < TILE_PIXELS; m++) {
      let at = min(first_pixel + m, pixels - 1u) * columns + column_at[j];
      output[at] = epilogue(V(sums[m * TILE_COLUMNS + j]), at, of_channel);
    }
  }
}
