// Rows of mean 0 and variance 1: from each element the mean of its row is subtracted, and the difference is divided by the
// root of the row's variance plus epsilon. A row is all elements along some axes, so this serves layer norm and instance
// norm; the epilogue scales and shifts.
//
// LANES invocations share a row: 1 where there are few terms, so that a workgroup computes 64 rows, or more where there are
// many. Each goes through its terms three times: for a mean; for the error of that mean and the squares of the differences;
// and for the output. So a mean that is large beside the deviation cancels nothing: the differences from it are exact, and
// their mean tells how far float32 was off.
//
// A lane sums in blocks of `span` terms, and then adds the blocks: of n terms none goes through more than span + n / (LANES
// * span) + log2(LANES) additions.

struct Rows {
  rows: u32,
  terms: u32,
  span: u32,
  channels: u32,
  inner: u32, // elements of a channel that are neighbours
  size: f32, // elements of a row: a term may be four of them
  epsilon: f32,
  kept_sizes: array<vec4<u32>, 2>, // of the axes along which the rows lie, innermost first
  kept_strides: array<vec4<u32>, 2>,
  term_sizes: array<vec4<u32>, 2>, // of the axes of a row, innermost first
  term_strides: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<uniform> p: Rows;
@group(0) @binding(1) var<storage, read> x: array<V>;
@group(0) @binding(2) var<storage, read_write> output: array<V>; // as x

alias V = f32;
const WORKGROUP: u32 = 64u;
const LANES: u32 = 1u;
const KEPT_RANK: u32 = 8u;
const TERM_RANK: u32 = 8u;

const_assert WORKGROUP % LANES == 0u && (LANES & (LANES - 1u)) == 0u;

var<workgroup> partials: array<V, WORKGROUP>;
var<workgroup> partial_squares: array<V, WORKGROUP>;

// The total of a vector: the sum of its lanes if they belong to one row, or the vector itself if each belongs to another row.
fn total(v: V) -> V { return v; }

alias PerChannel = u32;
fn per_channel(channel: u32) -> PerChannel { return channel; }
fn epilogue(v: V, at: u32, of_channel: PerChannel) -> V { return v; }

// The place in x where a row begins.
fn row_place(index: u32) -> u32 {
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
  let row = ((group.y * groups.x + group.x) * WORKGROUP + invocation) / LANES;
  let lane = invocation % LANES;
  // Surplus invocations see an empty row instead of returning: a barrier needs all of them.
  let terms = select(0u, p.terms, row < p.rows);
  let first = row_place(row);

  var mean = V(0.0);
  var correction = V(0.0);
  var variance = V(0.0);
  for (var round = 0u; round < 2u; round++) {
    var sum = V(0.0);
    var squares = V(0.0);
    for (var begin = lane; begin < terms; begin += p.span * LANES) {
      var part = V(0.0);
      var part_squares = V(0.0);
      let end = min(begin + p.span * LANES, terms);
      for (var term = begin; term < end; term += LANES) {
        let difference = x[first + term_place(term)] - mean;
        part += difference;
        part_squares += difference * difference;
      }
      sum += part;
      squares += part_squares;
    }
    if (LANES > 1u) {
      partials[invocation] = sum;
      partial_squares[invocation] = squares;
      for (var span = LANES / 2u; span > 0u; span /= 2u) {
        workgroupBarrier();
        if (lane < span) {
          partials[invocation] += partials[invocation + span];
          partial_squares[invocation] += partial_squares[invocation + span];
        }
      }
      workgroupBarrier();
      sum = partials[invocation - lane];
      squares = partial_squares[invocation - lane];
      workgroupBarrier();
    }
    let average = total(sum) / p.size;
    if (round == 0u) {
      mean = average;
    } else {
      correction = average;
      variance = total(squares) / p.size - average * average;
    }
  }
  // If all elements are equal, rounding may give a negative number. A NaN is not below 0, and stays.
  variance = select(variance, V(0.0), variance < V(0.0));
  let factor = V(1.0) / sqrt(variance + p.epsilon);

  for (var term = lane; term < terms; term += LANES) {
    let at = first + term_place(term);
    let v = (x[at] - mean - correction) * factor;
    output[at] = epilogue(v, at, per_channel(at / p.inner % p.channels));
  }
}
