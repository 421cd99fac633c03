// Softmax along one axis: exp(x - m) / sum of exp(x - m), where m is the largest of the row, so that no exponential exceeds
// 1 and that of the largest is not 0. A row that has a NaN, or whose largest is an infinity, is NaN throughout, as in
// TensorFlow. Or the logarithm of the softmax: x - m minus the logarithm of that sum.
//
// LANES invocations share a row: 1 where rows are short, so that a workgroup computes 64 rows, or 64 where they are long,
// so that a workgroup computes one.

struct Rows {
  rows: u32,
  size: u32, // elements of a row
  inner: u32, // elements from one of them to the next
}

@group(0) @binding(0) var<uniform> p: Rows;
@group(0) @binding(1) var<storage, read> x: array<f32>; // [outer, size, inner]
@group(0) @binding(2) var<storage, read_write> output: array<f32>; // as x

alias V = f32;
const WORKGROUP: u32 = 64u;
const LANES: u32 = 1u;
const BLOCK: u32 = 32u;
const LEVELS: u32 = 6u;

const_assert WORKGROUP % LANES == 0u && (LANES & (LANES - 1u)) == 0u;

// The larger of two; NaN if either is NaN.
fn larger(left: V, right: V) -> V { return max(left, right); }

// The result for an element, by how far it is below the largest.
fn finish(distance: f32, sum: f32) -> f32 { return exp(distance) / sum; }

var<workgroup> partials: array<f32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) invocation: u32,
) {
  let row = ((group.y * groups.x + group.x) * WORKGROUP + invocation) / LANES;
  let lane = invocation % LANES;
  let leader = invocation - lane;
  // Surplus invocations see an empty row instead of returning: a barrier needs all of them.
  let size = select(0u, p.size, row < p.rows);
  let first = select(0u, row / p.inner * p.size * p.inner + row % p.inner, row < p.rows);

  var largest = x[first];
  for (var i = lane; i < size; i += LANES) {
    largest = larger(largest, x[first + i * p.inner]);
  }
  if (LANES > 1u) {
    partials[invocation] = largest;
    for (var span = LANES / 2u; span > 0u; span /= 2u) {
      workgroupBarrier();
      if (lane < span) {
        partials[invocation] = larger(partials[invocation], partials[invocation + span]);
      }
    }
    workgroupBarrier();
    largest = partials[leader];
    workgroupBarrier();
  }

  // Summed in blocks of blocks, so that the sum of a long row is as exact as that of a short one: see reduce.wgsl.
  var levels: array<f32, LEVELS>;
  var blocks = 0u;
  for (var begin = lane; begin < size; begin += BLOCK * LANES) {
    var full = 0.0;
    let end = min(begin + BLOCK * LANES, size);
    for (var i = begin; i < end; i += LANES) {
      full += exp(x[first + i * p.inner] - largest);
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
        levels[level] = select(full, 0.0, carries);
      }
    }
  }
  var sum = levels[0];
  // @unroll
  for (var level = 1u; level < LEVELS; level++) {
    sum += levels[level];
  }
  if (LANES > 1u) {
    partials[invocation] = sum;
    for (var span = LANES / 2u; span > 0u; span /= 2u) {
      workgroupBarrier();
      if (lane < span) {
        partials[invocation] += partials[invocation + span];
      }
    }
    workgroupBarrier();
    sum = partials[leader];
  }

  // The bits of an infinity plus one are those of NaN.
  let bits = bitcast<u32>(largest);
  let is_finite = (bits & 0x7f800000u) != 0x7f800000u;
  for (var i = lane; i < size; i += LANES) {
    let at = first + i * p.inner;
    output[at] = select(bitcast<f32>(bits | 0x400000u), finish(x[at] - largest, sum), is_finite);
  }
}
