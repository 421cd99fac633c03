// The second step of a convolution by Winograd's algorithm (src/kernels/winograd.ts): tiles of 6x6 pixels, B^T d B.
//
// One invocation transforms the pixels under one tile of 4x4 outputs, in one channel, along y and then along x. A workgroup
// has neighbouring channels.

struct Problem {
  batch: u32,
  in_height: u32,
  in_width: u32,
  in_channels: u32,
  pad_top: u32,
  pad_left: u32,
  tiles_x: u32,
  tiles_y: u32,
}

@group(0) @binding(0) var<uniform> p: Problem;
@group(0) @binding(1) var<storage, read> x: array<V>; // [n, y, x, c]
@group(0) @binding(2) var<storage, read_write> output: array<V>; // [n, tile_y, tile_x, place, c], places row by row

alias V = f32;
const WORKGROUP: u32 = 64u;

// B^T along one axis. All but 4.25 are powers of two, so that only additions round.
fn spread(v: array<V, 6>) -> array<V, 6> {
  let even_near = v[4] - 4.0 * v[2];
  let odd_near = 0.5 * v[3] - 2.0 * v[1];
  let even_far = v[4] - 0.25 * v[2];
  let odd_far = 2.0 * v[3] - 0.5 * v[1];
  return array<V, 6>(
    v[0] - 4.25 * v[2] + v[4],
    even_near + odd_near,
    even_near - odd_near,
    even_far + odd_far,
    even_far - odd_far,
    v[1] - 4.25 * v[3] + v[5],
  );
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let at = (workgroup.y * workgroups.x + workgroup.x) * WORKGROUP + lane;
  let tile = at / p.in_channels;
  let n = tile / (p.tiles_x * p.tiles_y);
  if (n >= p.batch) {
    return;
  }
  let c = at % p.in_channels;
  // Left of or above the image the unsigned difference wraps to a huge number: outside, like the right and the bottom.
  let in_x = tile % p.tiles_x * 4u - p.pad_left;
  let in_y = tile / p.tiles_x % p.tiles_y * 4u - p.pad_top;
  let x_at = n * p.in_height * p.in_width * p.in_channels + c;
  let stride = p.in_width * p.in_channels;
  var row_inside: array<bool, 6>;
  var row_at: array<u32, 6>;
  // @unroll
  for (var i = 0u; i < 6u; i++) {
    row_inside[i] = in_y + i < p.in_height;
    row_at[i] = x_at + select(0u, (in_y + i) * stride, row_inside[i]);
  }
  var places: array<V, 36>; // [place_y, x]
  // @unroll
  for (var j = 0u; j < 6u; j++) {
    let column = in_x + j;
    let inside = column < p.in_width;
    let column_at = select(0u, column * p.in_channels, inside);
    var pixels: array<V, 6>;
    // @unroll
    for (var i = 0u; i < 6u; i++) {
      pixels[i] = select(V(), x[row_at[i] + column_at], inside & row_inside[i]);
    }
    let spread_y = spread(pixels);
    // @unroll
    for (var i = 0u; i < 6u; i++) {
      places[i * 6u + j] = spread_y[i];
    }
  }
  let first = tile * 36u * p.in_channels + c;
  // @unroll
  for (var i = 0u; i < 6u; i++) {
    let spread_x = spread(array<V, 6>(places[i * 6u], places[i * 6u + 1u], places[i * 6u + 2u], places[i * 6u + 3u], places[i * 6u + 4u], places[i * 6u + 5u]));
    // @unroll
    for (var j = 0u; j < 6u; j++) {
      output[first + (i * 6u + j) * p.in_channels] = spread_x[j];
    }
  }
}
