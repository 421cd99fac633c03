// Strided copy: every element of a box of up to eight axes, from its place in x to its place in the output. Slice, split,
// transpose and concat are strided copies with other strides and offsets.
//
// A workgroup copies 64 elements that are neighbours in the order of the box. The host merges the axes that can be walked
// as one, so RANK is mostly 1 or 2, and copies vec4s where the innermost axis allows it.

struct Copy {
  count: u32,
  x_offset: u32,
  output_offset: u32,
  sizes: array<vec4<u32>, 2>, // of the box, innermost axis first
  x_strides: array<vec4<u32>, 2>,
  output_strides: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<uniform> p: Copy;
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
  let element = (group.y * groups.x + group.x) * WORKGROUP + lane;
  if (element >= p.count) {
    return;
  }
  var rest = element;
  var x_at = p.x_offset;
  var output_at = p.output_offset;
  // @unroll
  for (var axis = 0u; axis < RANK; axis++) {
    let size = p.sizes[axis / 4u][axis % 4u];
    let place = rest % size;
    rest /= size;
    x_at += place * p.x_strides[axis / 4u][axis % 4u];
    output_at += place * p.output_strides[axis / 4u][axis % 4u];
  }
  output[output_at] = x[x_at];
}
