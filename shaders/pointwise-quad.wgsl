// Pointwise (1x1) convolution for CPU adapters: register tiles whose invocations share what they load, four by four.
//
// A CPU adapter runs the four invocations of a quad in one vector register, and loads for each of them alone, as many
// words as if nobody else needed the same. So the quad computes the same TILE_PIXELS pixels: each invocation loads a
// quarter of their input channels and is told the others' by quadBroadcast, which is one shuffle. A tile is TILE_PIXELS
// pixels times TILE_COLUMNS output channels, a tile row apart, so that the quad's are neighbours. Per input channel it
// loads TILE_PIXELS / 4 + TILE_COLUMNS words for TILE_PIXELS * TILE_COLUMNS multiply-adds.
//
// A GPU's caches serve a quad that loads the same words at once: there pointwise.wgsl loads them by fours.

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
@group(0) @binding(1) var<storage, read> x: array<f32>; // [n, y, x, c]
@group(0) @binding(2) var<storage, read> weights: array<f32>; // [c, o]
@group(0) @binding(3) var<storage, read_write> output: array<V>; // [n, y, x, o]

alias V = f32;
alias Sum = V; // what products are summed in
const WORKGROUP: u32 = 64u;
const SKIPS_PIXELS: bool = false;
const TILE_PIXELS: u32 = 7u;
const TILE_COLUMNS: u32 = 4u;

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

// What the four invocations of the quad hold.
fn all_of_quad(mine: Sum) -> vec4<Sum> {
  return vec4(quadBroadcast(mine, 0u), quadBroadcast(mine, 1u), quadBroadcast(mine, 2u), quadBroadcast(mine, 3u));
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let pixels = p.batch * p.out_height * p.out_width;
  // A row of tiles has whole quads.
  let tiles = (p.out_channels + 4u * TILE_COLUMNS - 1u) / (4u * TILE_COLUMNS) * 4u;
  let tile = (workgroup.y * workgroups.x + workgroup.x) * WORKGROUP + lane;
  let first_pixel = tile / tiles * TILE_PIXELS;
  let first_column = tile % tiles;

  // Nobody leaves before the quads have shared what they load: past the last pixel a tile computes that one again.
  var pixel_at: array<u32, TILE_PIXELS>;
  // @unroll
  for (var m = 0u; m < TILE_PIXELS; m++) {
    pixel_at[m] = input_pixel(min(first_pixel + m, pixels - 1u)) * p.in_channels + lane % 4u;
  }
  var column_at: array<u32, TILE_COLUMNS>;
  // @unroll
  for (var j = 0u; j < TILE_COLUMNS; j++) {
    column_at[j] = min(first_column + j * tiles, p.out_channels - 1u);
  }

  var sums: array<Sum, TILE_PIXELS * TILE_COLUMNS>;
  for (var k = 0u; k < p.in_channels; k += 4u) {
    var rows: array<vec4<Sum>, TILE_PIXELS>;
    // @unroll
    for (var m = 0u; m < TILE_PIXELS; m++) {
      rows[m] = all_of_quad(Sum(x[pixel_at[m] + k]));
    }
    // @unroll
    for (var i = 0u; i < 4u; i++) {
      let weights_at = (k + i) * p.out_channels;
      // @unroll
      for (var j = 0u; j < TILE_COLUMNS; j++) {
        let weight = Sum(weights[weights_at + column_at[j]]);
        // @unroll
        for (var m = 0u; m < TILE_PIXELS; m++) {
          sums[m * TILE_COLUMNS + j] += rows[m][i] * weight;
        }
      }
    }
  }
  if (first_pixel >= pixels || first_column >= p.out_channels) {
    return;
  }

  // Past the last column the tile stores its first one again, whose sum comes last and stays. So does the last pixel's.
  // A real loop, in which the sums move up: a store is long for a CPU's compiler, and 28 of them were half of its time.
  for (var i = 1u; i < TILE_COLUMNS + 1u; i++) {
    let last_column = first_column + (TILE_COLUMNS - i) * tiles;
    let column = select(first_column, last_column, last_column < p.out_channels);
    let of_channel = per_channel(column);
    // @unroll
    for (var m = 0u; m < TILE_PIXELS; m++) {
      let at = min(first_pixel + m, pixels - 1u) * p.out_channels + column;
      output[at] = epilogue(V(sums[m * TILE_COLUMNS + TILE_COLUMNS - 1u]), at, of_channel);
      // @unroll
      for (var j = 1u; j < TILE_COLUMNS; j++) {
        sums[m * TILE_COLUMNS + TILE_COLUMNS - j] = sums[m * TILE_COLUMNS + TILE_COLUMNS - j - 1u];
      }
    }
  }
}
