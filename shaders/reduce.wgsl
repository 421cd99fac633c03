// Sums over any axes, or means, or the largest or smallest of the terms.
//
// LANES invocations share an output: 1 where there are few terms, so that a workgroup computes 64 outputs that are
// neighbours in memory, or 64 where there are many, so that a workgroup computes one. Each lane joins every LANES-th term,
// then their results are joined pairwise; float32 loses less that way than in one long sum, too.

struct Reduction {
  outputs: u32,
  terms: u32,
  kept_sizes: array<vec4<u32>, 2>, // of the axes that stay, innermost first
  kept_strides: array<vec4<u32>, 2>, // in x
  term_sizes: array<vec4<u32>, 2>, // of the axes that go, innermost first
  term_strides: array<vec4<u32>, 2>, // in x
}

@group(0) @binding(0) var<uniform> p: Reduction;
@group(0) @binding(1) var<storage, read> x: array<V>;
@group(0) @binding(2) var<storage, read_write> output: array<V>;

alias V = f32;
const WORKGROUP: u32 = 64u;
const LANES: u32 = 1u;
const KEPT_RANK: u32 = 8u;
const TERM_RANK: u32 = 8u;

const_assert WORKGROUP % LANES == 0u && (LANES & (LANES - 1u)) == 0u;

var<workgroup> partials: array<V, WORKGROUP>;

// What a reduction begins with, given any of its terms, how it goes on, and what it comes to.
fn start(term: V) -> V { return V(0.0); }
fn join(left: V, right: V) -> V { return left + right; }
fn finish(v: V) -> V { return v; }

// Where in x the terms of an output begin.
fn output_place(index: u32) -> u32 {
  var rest = index;
  var place = 0u;
  // @unroll
  for (var axis = 0u; axis < KEPT_RANK; axis++) {
    let size = p.kept_sizes[axis / 4u][axis % 4u];
    place += rest % size * p.kept_strides[axis / 4u][axis % 4u];
    rest /= size;
  }
  return place;
}

// How far from there a term lies.
fn term_place(index: u32) -> u32 {
  var rest = index;
  var place = 0u;
  // @unroll
  for (var axis = 0u; axis < TERM_RANK; axis++) {
    let size = p.term_sizes[axis / 4u][axis % 4u];
    place += rest % size * p.term_strides[axis / 4u][axis % 4u];
    rest /= size;
  }
  return place;
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) invocation: u32,
) {
  let at = ((group.y * groups.x + group.x) * WORKGROUP + invocation) / LANES;
  let lane = invocation % LANES;
  // Surplus invocations join nothing instead of returning: a barrier needs all of them.
  let terms = select(0u, p.terms, at < p.outputs);
  let first = output_place(at);
  var joined = start(x[first]);
  for (var term = lane; term < terms; term += LANES) {
    joined = join(joined, x[first + term_place(term)]);
  }
  if (LANES > 1u) {
    partials[invocation] = joined;
    for (var span = LANES / 2u; span > 0u; span /= 2u) {
      workgroupBarrier();
      if (lane < span) {
        joined = join(joined, partials[invocation + span]);
        partials[invocation] = joined;
      }
    }
  }
  if (lane == 0u && at < p.outputs) {
    output[at] = finish(joined);
  }
}
