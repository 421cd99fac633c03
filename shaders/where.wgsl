// One of two values for each element, by a condition: a where the condition is not 0, else b. Each of the three may be
// repeated, by NumPy's rules: along such an axis it has stride 0. Either value may be a number.
//
// A workgroup computes 64 outputs that are neighbours in memory. The host merges the axes that can be walked as one.

struct Operands {
  count: u32,
  a_number: f32,
  b_number: f32,
  sizes: array<vec4<u32>, 2>, // of the output, innermost axis first
  condition_strides: array<vec4<u32>, 2>,
  a_strides: array<vec4<u32>, 2>,
  b_strides: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<uniform> p: Operands;
@group(0) @binding(1) var<storage, read> condition: array<V>;
@group(0) @binding(2) var<storage, read> a: array<V>; // the condition again where it is a number
@group(0) @binding(3) var<storage, read> b: array<V>; // the condition again where it is a number
@group(0) @binding(4) var<storage, read_write> output: array<V>;

alias V = f32;
const WORKGROUP: u32 = 64u;
const RANK: u32 = 8u;
const A_IS_NUMBER: bool = false;
const B_IS_NUMBER: bool = false;

fn chosen(told: V, left: V, right: V) -> V { return select(right, left, told != V(0.0)); }

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
  var condition_at = 0u;
  var a_at = 0u;
  var b_at = 0u;
  // @unroll
  for (var axis = 0u; axis < RANK; axis++) {
    let size = p.sizes[axis / 4u][axis % 4u];
    let place = rest % size;
    rest /= size;
    condition_at += place * p.condition_strides[axis / 4u][axis % 4u];
    a_at += place * p.a_strides[axis / 4u][axis % 4u];
    b_at += place * p.b_strides[axis / 4u][axis % 4u];
  }
  var left = V(p.a_number);
  if (!A_IS_NUMBER) {
    left = a[a_at];
  }
  var right = V(p.b_number);
  if (!B_IS_NUMBER) {
    right = b[b_at];
  }
  output[at] = chosen(condition[condition_at], left, right);
}
