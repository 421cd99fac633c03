// Sums of all elements up to each one along one axis.
//
// LANES invocations share a row: 1 where rows are short, so that a workgroup computes 64 rows, or 64 where they are long,
// so that a workgroup computes one. Each lane adds up a stretch of the row, the lanes share their sums, and each lane goes
// through its stretch again.
//
// A lane adds in blocks of 32, and in blocks of these, as reduce.wgsl does: so a long sum is as exact as a short one.

struct Rows {
  rows: u32,
  size: u32, // elements of a row
  inner: u32, // elements from one of them to the next
}

@group(0) @binding(0) var<uniform> p: Rows;
@group(0) @binding(1) var<storage, read> x: array<V>; // [outer, size, inner]
@group(0) @binding(2) var<storage, read_write> output: array<V>; // as x

alias V = f32;
const WORKGROUP: u32 = 64u;
const LANES: u32 = 1u;
const BLOCK: u32 = 32u;
const LEVELS: u32 = 6u;
const IS_EXCLUSIVE: bool = false;
const IS_REVERSE: bool = false;

const_assert WORKGROUP % LANES == 0u && (LANES & (LANES - 1u)) == 0u;

var<workgroup> partials: array<V, WORKGROUP>;

// The place of an element in a row of this size, by its index in the order of the sums.
fn place_of(i: u32, size: u32) -> u32 {
  return select(i, size - 1u - i, IS_REVERSE);
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) invocation: u32,
) {
  let row = ((group.y * groups.x + group.x) * WORKGROUP + invocation) / LANES;
  let lane = invocation % LANES;
  // Surplus invocations see an empty row instead of returning: a barrier needs all of them.
  let size = select(0u, p.size, row < p.rows);
  let first = row / p.inner * p.size * p.inner + row % p.inner;
  let stretch = (size + LANES - 1u) / LANES;
  let start = min(lane * stretch, size);
  let end = min(start + stretch, size);

  var before = V(0.0);
  // The first round sums the stretch, if other lanes need the sum; the second round stores the outputs.
  for (var round = select(1u, 0u, LANES > 1u); round < 2u; round++) {
    var levels: array<V, LEVELS>;
    // @unroll
    for (var level = 0u; level < LEVELS; level++) {
      levels[level] = V(0.0);
    }
    var done = before;
    var blocks = 0u;
    for (var begin = start; begin < end; begin += BLOCK) {
      var full = V(0.0);
      for (var i = begin; i < min(begin + BLOCK, end); i++) {
        let at = first + place_of(i, size) * p.inner;
        let more = full + x[at];
        if (round == 1u) {
          output[at] = done + select(more, full, IS_EXCLUSIVE);
        }
        full = more;
      }
      blocks++;
      var rest = blocks;
      var carries = true;
      // @unroll
      for (var level = 0u; level < LEVELS; level++) {
        if (carries) {
          full += levels[level];
          carries = level + 1u < LEVELS && rest % BLOCK == 0u;
          rest /= BLOCK;
          levels[level] = select(full, V(0.0), carries);
        }
      }
      var joined = levels[0];
      // @unroll
      for (var level = 1u; level < LEVELS; level++) {
        joined += levels[level];
      }
      done = before + joined;
    }
    if (LANES > 1u && round == 0u) {
      partials[invocation] = done;
      for (var span = 1u; span < LANES; span *= 2u) {
        workgroupBarrier();
        let other = select(V(0.0), partials[max(invocation, span) - span], lane >= span);
        workgroupBarrier();
        partials[invocation] += other;
      }
      workgroupBarrier();
      before = select(V(0.0), partials[max(invocation, 1u) - 1u], lane > 0u);
    }
  }
}
