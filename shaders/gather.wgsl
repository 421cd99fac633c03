// Gathers runs of x at places that another tensor gives: DEPTH whole numbers for each place, for DEPTH neighbouring axes.
// The axes before them are blocks, the axes after them a run. A number below 0 counts from the end; a place outside gives
// 0, and NaN gives NaN.
//
// A workgroup computes 64 outputs that are neighbours in memory, as vectors where a run consists of vectors. If one block
// is bound in parts, each part fills the outputs that it holds, and the first part also those that lie outside.

struct Places {
  count: u32, // of the output
  inner: u32, // elements of a run
  picks: u32, // runs that the indices give for a block
  per_list: u32, // consecutive blocks that share the same indices
  first_block: u32, // first bound block, among those that the indices cover
  first_pick: u32,
  first: u32, // the bound runs of a block: the first one, and how many
  held: u32,
  sizes: array<vec4<u32>, 2>, // of the indexed axes
}

@group(0) @binding(0) var<uniform> p: Places;
@group(0) @binding(1) var<storage, read> x: array<V>; // [block, ...sizes, inner]
@group(0) @binding(2) var<storage, read> indices: array<f32>; // [block / per_list, pick, DEPTH]
@group(0) @binding(3) var<storage, read_write> output: array<V>; // [block, pick, inner]

alias V = f32;
const WORKGROUP: u32 = 64u;
const DEPTH: u32 = 1u;

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
  let run = at / p.inner;
  let block_at = run / p.picks;
  let list = (p.first_block + block_at) / p.per_list;
  let told_at = (list * p.picks + p.first_pick + run % p.picks) * DEPTH;
  var place = 0u;
  var is_inside = true;
  var is_told = true;
  var none = 0.0;
  // @unroll
  for (var axis = 0u; axis < DEPTH; axis++) {
    let told = indices[told_at + axis];
    let size = i32(p.sizes[axis / 4u][axis % 4u]);
    // Tests the bits, because a compiler may assume that there is no NaN.
    if ((bitcast<u32>(told) & 0x7fffffffu) > 0x7f800000u) {
      is_told = false;
      none = told;
    }
    let whole = i32(clamp(told, -2e9, 2e9));
    let own = whole + select(0, size, whole < 0);
    is_inside = is_inside && own >= 0 && own < size;
    place = place * u32(size) + u32(own);
  }
  let held_at = place - p.first;
  let is_held = is_inside && held_at < p.held;
  if (!is_held && (is_inside || p.first > 0u)) {
    return;
  }
  let source_at = select(0u, (block_at * p.held + held_at) * p.inner + at % p.inner, is_held);
  output[at] = select(V(none), x[source_at], is_held && is_told);
}
