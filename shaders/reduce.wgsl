// Sums over any axes, divided by a constant (1, or the number of terms for a mean).
//
// LANES invocations share an output: 1 where the sums are short, so that a workgroup computes 64 outputs that are
// neighbours in memory, or 64 where they are long, so that a workgroup computes one. Each lane adds every LANES-th term,
// then the partial sums are added pairwise; float32 loses less that way than in one long sum, too.

struct Reduction {
  outputs: u32,
  terms: u32,
  divisor: f32,
  kept_sizes: array<vec4<u32>, 2>, // of the axes that stay, innermost first
  kept_strides: array<vec4<u32>, 2>, // in x
  term_sizes: array<vec4<u32>, 2>, // of the axes that are summed, innermost first
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

var<workgroup> partial_sums: array<V, WORKGROUP>;

// Where in x the sum of an output begins.
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
  // Surplus invocations add nothing instead of returning: a barrier needs all of them.
  let terms = select(0u, p.terms, at < p.outputs);
  let first = output_place(at);
  var sum = V(0.0);
  for (var term = lane; term < terms; term += LANES) {
    sum += x[first + term_place(term)];
  }
  if (LANES > 1u) {
    partial_sums[invocation] = sum;
    for (var span = LANES / 2u; span > 0u; span /= 2u) {
      workgroupBarrier();
      if (lane < span) {
        partial_sums[invocation] += partial_sums[invocation + span];
      }
    }
    sum = partial_sums[invocation];
  }
  if (lane == 0u && at < p.outputs) {
    output[at] = sum / p.divisor;
  }
}
