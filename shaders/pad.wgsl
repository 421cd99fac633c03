// Padding with a constant: the output is x with `before` elements in front of each axis and some behind.
//
// A workgroup computes 64 outputs that are neighbours in memory. The host merges an axis without padding into the one
// outside it, so RANK is 2 or 3 for the usual padding of height and width.

struct Padding {
  count: u32,
  value: f32,
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
  var inside = true;
  // @unroll
  for (var axis = 0u; axis < RANK; axis++) {
    let output_size = p.output_sizes[axis / 4u][axis % 4u];
    let x_size = p.x_sizes[axis / 4u][axis % 4u];
    // Before x the unsigned difference wraps to a huge number, so that one comparison serves both ends.
    let place = rest % output_size - p.before[axis / 4u][axis % 4u];
    rest /= output_size;
    inside = inside && place < x_size;
    x_at += place * x_stride;
    x_stride *= x_size;
  }
  output[at] = select(V(p.value), x[select(0u, x_at, inside)], inside);
}
