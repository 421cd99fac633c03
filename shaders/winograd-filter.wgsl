// The first step of a convolution by Winograd's algorithm (src/kernels/winograd.ts): 3x3 filters to 6x6, G g G^T.
//
// One invocation transforms the filter from one input channel to one output channel, along y and then along x.

struct Problem {
  in_channels: u32,
  out_channels: u32,
}

@group(0) @binding(0) var<uniform> p: Problem;
@group(0) @binding(1) var<storage, read> weights: array<V>; // [ty, tx, c, o]
@group(0) @binding(2) var<storage, read_write> output: array<V>; // [c, place, o], places row by row

alias V = f32;
const WORKGROUP: u32 = 64u;

// G along one axis: the filter as a polynomial, at the points 0, 1/2, -1/2, 2, -2 and infinity, over the products of their
// differences.
fn spread(a: V, b: V, c: V) -> array<V, 6> {
  let near = (a + 0.25 * c) * (-1.0 / 1.875);
  let far = (a + 4.0 * c) * (1.0 / 30.0);
  return array<V, 6>(a, near - b * (0.5 / 1.875), near + b * (0.5 / 1.875), far + b * (2.0 / 30.0), far - b * (2.0 / 30.0), c);
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let at = (workgroup.y * workgroups.x + workgroup.x) * WORKGROUP + lane;
  let filters = p.in_channels * p.out_channels;
  if (at >= filters) {
    return;
  }
  var rows: array<V, 18>; // [place_y, tx]
  // @unroll
  for (var j = 0u; j < 3u; j++) {
    let spread_y = spread(weights[at + j * filters], weights[at + (3u + j) * filters], weights[at + (6u + j) * filters]);
    // @unroll
    for (var i = 0u; i < 6u; i++) {
      rows[i * 3u + j] = spread_y[i];
    }
  }
  let first = at / p.out_channels * 36u * p.out_channels + at % p.out_channels;
  // @unroll
  for (var i = 0u; i < 6u; i++) {
    let spread_x = spread(rows[i * 3u], rows[i * 3u + 1u], rows[i * 3u + 2u]);
    // @unroll
    for (var j = 0u; j < 6u; j++) {
      output[first + (i * 6u + j) * p.out_channels] = spread_x[j];
    }
  }
}
