// An operator between two tensors, or a tensor and a number, with NumPy's broadcasting: an axis along which an operand is
// repeated has stride 0 there.
//
// A workgroup computes 64 outputs that are neighbours in memory. The host merges the axes that can be walked as one, so
// tensors of one shape have RANK 1 and a bias has RANK 2.

struct Operands {
  count: u32,
  number: f32,
  sizes: array<vec4<u32>, 2>, // of the output, innermost axis first
  a_strides: array<vec4<u32>, 2>,
  b_strides: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<uniform> p: Operands;
@group(0) @binding(1) var<storage, read> a: array<V>; // b again where the first operand is a number
@group(0) @binding(2) var<storage, read> b: array<V>; // a again where the second operand is a number
@group(0) @binding(3) var<storage, read_write> output: array<V>;

alias V = f32;
const WORKGROUP: u32 = 64u;
const RANK: u32 = 8u;
const A_IS_NUMBER: bool = false;
const B_IS_NUMBER: bool = false;

fn operate(left: V, right: V) -> V { return left + right; }

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
  var a_at = 0u;
  var b_at = 0u;
  // @unroll
  for (var axis = 0u; axis < RANK; axis++) {
    let size = p.sizes[axis / 4u][axis % 4u];
    let place = rest % size;
    rest /= size;
    a_at += place * p.a_strides[axis / 4u][axis % 4u];
    b_at += place * p.b_strides[axis / 4u][axis % 4u];
  }
  var left = V(p.number);
  if (!A_IS_NUMBER) {
    left = a[a_at];
  }
  var right = V(p.number);
  if (!B_IS_NUMBER) {
    right = b[b_at];
  }
  output[at] = operate(left, right);
}
