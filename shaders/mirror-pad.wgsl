// Padding with the tensor's own elements: those next to an edge in reverse, with the edge's own (symmetric) or without it
// (reflect), or the edge's own again and again (edge).
//
// A workgroup computes 64 outputs that are neighbours in memory. The host merges neighbouring axes without padding, so RANK is 4
// for the usual padding of height and width, with vectors of channels.

struct Padding {
  count: u32,
  output_sizes: array<vec4<u32>, 2>, // innermost axis first
  x_sizes: array<vec4<u32>, 2>,
  before: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<uniform> p: Padding;
@group(0) @binding(1) var<storage, read> x: array<V>;
@group(0) @binding(2) var<storage, read_write> output: array<V>;

alias V = f32;
const WORKGROUP: u32 = 64u;
const RANK: u32 = 8u;
// IS_EDGE repeats the edge. Otherwise the mirror is the edge itself (IS_REFLECT), or the line beside it.
const IS_EDGE: bool = false;
const IS_REFLECT: bool = true;

// The place of x whose element stands at a place that may lie before or after x.
fn source(place: i32, size: i32) -> i32 {
  if (IS_EDGE) {
    return clamp(place, 0, size - 1);
  }
  let own = select(0, 1, IS_REFLECT);
  let low = select(place, own - 1 - place, place < 0);
  return select(low, 2 * size - 1 - own - low, low >= size);
}

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
  var rest = at;
  var x_at = 0u;
  var x_stride = 1u;
  // @unroll
  for (var axis = 0u; axis < RANK; axis++) {
    let output_size = p.output_sizes[axis / 4u][axis % 4u];
    let x_size = p.x_sizes[axis / 4u][axis % 4u];
    let place = rest % output_size - p.before[axis / 4u][axis % 4u];
    rest /= output_size;
    x_at += u32(source(i32(place), i32(x_size))) * x_stride;
    x_stride *= x_size;
  }
  output[at] = x[x_at];
}
