// Sums over any axes, or means, or products, or the largest or smallest of the terms.
//
// LANES invocations share an output: 1 where there are few terms, so that a workgroup computes 64 outputs that are
// neighbours in memory, or 64 where there are many, so that a workgroup computes one. Each lane joins every LANES-th term,
// then their results are joined pairwise.
//
// A lane joins its terms in blocks of 32, 32 blocks into one result, 32 of these into one of the next level, and so on. So
// of n terms none goes through more than 33 d + log2(LANES) additions, where d is the logarithm of n / LANES to base 32,
// rounded up; a sum is off by at most that many times 2^-24 of the sum of its terms' magnitudes. In one long sum it would
// be n / LANES times: adding 0.1 that way 2^20 times gave 16 too little.

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
const BLOCK: u32 = 32u;
const LEVELS: u32 = 6u;

const_assert WORKGROUP % LANES == 0u && (LANES & (LANES - 1u)) == 0u;

var<workgroup> partials: array<V, WORKGROUP>;

// What is done to each element before it is a term; `at` is its place in x.
alias BetweenPerChannel = u32;
fn between_epilogue(v: V, at: u32, of_channel: BetweenPerChannel) -> V { return v; }

fn term_at(at: u32) -> V { return between_epilogue(x[at], at, 0u); }

// The three parts of a reduction: the start, given any of its terms; the step; and the final result.
fn start(term: V) -> V { return V(0.0); }
fn join(left: V, right: V) -> V { return left + right; }
fn finish(v: V) -> V { return v; }

// The place in x where the terms of an output begin.
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

// The distance of a term from that place.
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
  let nothing = start(term_at(first));
  var levels: array<V, LEVELS>;
  // @unroll
  for (var level = 0u; level < LEVELS; level++) {
    levels[level] = nothing;
  }
  var blocks = 0u;
  for (var begin = lane; begin < terms; begin += BLOCK * LANES) {
    var full = nothing;
    let end = min(begin + BLOCK * LANES, terms);
    for (var term = begin; term < end; term += LANES) {
      full = join(full, term_at(first + term_place(term)));
    }
    // Like the digits of a number that is counted up: a level that has all of its 32 is carried to the next one.
    blocks++;
    var rest = blocks;
    var carries = true;
    // @unroll
    for (var level = 0u; level < LEVELS; level++) {
      if (carries) {
        full = join(levels[level], full);
        carries = level + 1u < LEVELS && rest % BLOCK == 0u;
        rest /= BLOCK;
        levels[level] = select(full, nothing, carries);
      }
    }
  }
  var joined = levels[0];
  // @unroll
  for (var level = 1u; level < LEVELS; level++) {
    joined = join(joined, levels[level]);
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
