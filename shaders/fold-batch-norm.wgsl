// Folds an inference batch norm, and a bias before it, into one multiply-add per output:
// (v + bias - mean) * scale / sqrt(variance + epsilon) + offset  =  v * gain + shift.
//
// An invocation computes gain and shift of one channel. For an input that was not given, any tensor is bound in its place.

struct Problem {
  channels: u32,
  has_bias: u32,
  has_scale: u32,
  has_offset: u32,
  epsilon: f32,
}

@group(0) @binding(0) var<uniform> p: Problem;
@group(0) @binding(1) var<storage, read> mean: array<f32>; // [c]
@group(0) @binding(2) var<storage, read> variance: array<f32>; // [c]
@group(0) @binding(3) var<storage, read> bias: array<f32>; // [c]
@group(0) @binding(4) var<storage, read> scale: array<f32>; // [c]
@group(0) @binding(5) var<storage, read> offset: array<f32>; // [c]
@group(0) @binding(6) var<storage, read_write> output: array<f32>; // [gain or shift, c]

const WORKGROUP: u32 = 64u;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let c = (group.y * groups.x + group.x) * WORKGROUP + lane;
  if (c >= p.channels) {
    return;
  }
  let gain = select(1.0, scale[c], p.has_scale > 0u) / sqrt(variance[c] + p.epsilon);
  output[c] = gain;
  output[p.channels + c] = (select(0.0, bias[c], p.has_bias > 0u) - mean[c]) * gain + select(0.0, offset[c], p.has_offset > 0u);
}
