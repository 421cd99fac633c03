// Rows of one value, with another value where an index says; a row whose index is NaN is NaN throughout.
//
// A workgroup computes 64 outputs that are neighbours in memory.

struct Rows {
  count: u32, // of the output
  depth: u32, // elements of a row
  on: f32,
  off: f32,
}

@group(0) @binding(0) var<uniform> p: Rows;
@group(0) @binding(1) var<storage, read> indices: array<f32>; // [row]
@group(0) @binding(2) var<storage, read_write> output: array<f32>; // [row, depth]

const WORKGROUP: u32 = 64u;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let at = (group.y * groups.x + group.x) * WORKGROUP + lane;
  if (at >= p.count) {
    return;
  }
  let told = indices[at / p.depth];
  // Tests the bits, because a compiler may assume that there is no NaN.
  let is_nan = (bitcast<u32>(told) & 0x7fffffffu) > 0x7f800000u;
  output[at] = select(select(p.off, p.on, told == f32(at % p.depth)), told, is_nan);
}
