// The last step of a convolution by Winograd's algorithm (src/kernels/winograd.ts): 6x6 sums to tiles of 4x4 outputs, A^T m A.
//
// One invocation computes the outputs of one tile in one channel, along y and then along x. A workgroup has neighbouring
// channels.

struct Problem {
  batch: u32,
  out_height: u32,
  out_width: u32,
  out_channels: u32,
  tiles_x: u32,
  tiles_y: u32,
}

@group(0) @binding(0) var<uniform> p: Problem;
@group(0) @binding(1) var<storage, read> x: array<V>; // [n, tile_y, tile_x, place, o], places row by row
@group(0) @binding(2) var<storage, read_write> output: array<V>; // [n, y, x, o]

alias V = f32;
const WORKGROUP: u32 = 64u;

// What the epilogue reads once per channel, and what it does to a sum.
alias PerChannel = u32;
fn per_channel(channel: u32) -> PerChannel { return channel; }
fn epilogue(v: V, at: u32, of_channel: PerChannel) -> V { return v; }

// A^T along one axis.
fn gather(v: array<V, 6>) -> array<V, 4> {
  let even_near = v[1] + v[2];
  let odd_near = v[1] - v[2];
  let even_far = v[3] + v[4];
  let odd_far = v[3] - v[4];
  return array<V, 4>(
    v[0] + even_near + even_far,
    0.5 * odd_near + 2.0 * odd_far,
    0.25 * even_near + 4.0 * even_far,
    0.125 * odd_near + 8.0 * odd_far + v[5],
  );
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let at = (workgroup.y * workgroups.x + workgroup.x) * WORKGROUP + lane;
  let tile = at / p.out_channels;
  let n = tile / (p.tiles_x * p.tiles_y);
  if (n >= p.batch) {
    return;
  }
  let c = at % p.out_channels;
  let first = tile * 36u * p.out_channels + c;
  var rows: array<V, 24>; // [y, place_x]
  // @unroll
  for (var j = 0u; j < 6u; j++) {
    var sums: array<V, 6>;
    // @unroll
    for (var i = 0u; i < 6u; i++) {
      sums[i] = x[first + (i * 6u + j) * p.out_channels];
    }
    let gathered = gather(sums);
    // @unroll
    for (var i = 0u; i < 4u; i++) {
      rows[i * 6u + j] = gathered[i];
    }
  }
  let out_x = tile % p.tiles_x * 4u;
  let out_y = tile / p.tiles_x % p.tiles_y * 4u;
  let of_channel = per_channel(c);
  // @unroll
  for (var i = 0u; i < 4u; i++) {
    let gathered = gather(array<V, 6>(rows[i * 6u], rows[i * 6u + 1u], rows[i * 6u + 2u], rows[i * 6u + 3u], rows[i * 6u + 4u], rows[i * 6u + 5u]));
    // @unroll
    for (var j = 0u; j < 4u; j++) {
      if (out_y + i < p.out_height && out_x + j < p.out_width) {
        let output_at = ((n * p.out_height + out_y + i) * p.out_width + out_x + j) * p.out_channels + c;
        output[output_at] = epilogue(gathered[j], output_at, of_channel);
      }
    }
  }
}
