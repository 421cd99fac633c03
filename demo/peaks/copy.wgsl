// A workgroup copies EACH runs of 256 vectors. Neighbouring invocations copy neighbours, so this is what memory gives at most.

override EACH: u32 = 4u;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> output: array<vec4f>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) invocation: u32,
) {
  let first = (workgroup.x + workgroup.y * workgroups.x) * EACH * 256u + invocation;
  for (var i = 0u; i < EACH; i++) {
    output[first + i * 256u] = x[first + i * 256u];
  }
}
