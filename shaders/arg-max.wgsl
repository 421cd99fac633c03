// The place of the largest or the smallest element along one axis: its index as a number, the first index if several are
// equal. NaN is not larger than anything, and nothing is larger than a NaN at the start of a row, as in TensorFlow.js.
//
// LANES invocations share a row: 1 where rows are short, so that a workgroup computes 64 rows, or 64 where they are long,
// so that a workgroup computes one.

struct Rows {
  rows: u32,
  size: u32, // elements of a row
  inner: u32, // elements from one of them to the next
}

@group(0) @binding(0) var<uniform> p: Rows;
@group(0) @binding(1) var<storage, read> x: array<V>; // [outer, size, inner]
@group(0) @binding(2) var<storage, read_write> output: array<V>; // [outer, inner]

alias V = f32;
const WORKGROUP: u32 = 64u;
const LANES: u32 = 1u;

const_assert WORKGROUP % LANES == 0u && (LANES & (LANES - 1u)) == 0u;

// The value, or `otherwise` where v is NaN.
fn unless_nan(v: V, value: V, otherwise: V) -> V { return value; }

// The value to compare: for the smallest, the sign is changed and the largest is found.
fn compared(v: V) -> V { return v; }

var<workgroup> values: array<V, WORKGROUP>;
var<workgroup> places: array<V, WORKGROUP>;

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
  let first = select(0u, row / p.inner * p.size * p.inner + row % p.inner, row < p.rows);

  // Every lane begins with the first element of the row, because comparing it again changes nothing.
  let begin = compared(x[first]);
  let start = unless_nan(begin, begin, V(0.0));
  var largest = start;
  var place = V(0.0);
  for (var i = lane; i < size; i += LANES) {
    let term = compared(x[first + i * p.inner]);
    let v = unless_nan(term, term, start);
    place = select(place, V(f32(i)), v > largest);
    largest = max(largest, v);
  }
  if (LANES > 1u) {
    values[invocation] = largest;
    places[invocation] = place;
    for (var span = LANES / 2u; span > 0u; span /= 2u) {
      workgroupBarrier();
      if (lane < span) {
        let other = values[invocation + span];
        let there = places[invocation + span];
        let is_before = (other > largest) | ((other == largest) & (there < place));
        place = select(place, there, is_before);
        largest = max(largest, other);
        values[invocation] = largest;
        places[invocation] = place;
      }
    }
  }
  if (lane == 0u && row < p.rows) {
    output[row] = unless_nan(begin, place, V(0.0));
  }
}
