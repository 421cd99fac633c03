// A function of every element: the epilogue of the convolutions, by itself. It serves batch norm and the activations.
//
// A workgroup computes 64 elements that are neighbours in memory.

struct Sizes {
  count: u32,
  channels: u32,
  inner: u32, // elements of a channel that are neighbours: 1 for channels last, height * width for NCHW
}

@group(0) @binding(0) var<uniform> p: Sizes;
@group(0) @binding(1) var<storage, read> x: array<V>;
@group(0) @binding(2) var<storage, read_write> output: array<V>; // as x

alias V = f32;
const WORKGROUP: u32 = 64u;

// What the epilogue reads once per channel, and what it does to a sum.
alias PerChannel = u32;
fn per_channel(channel: u32) -> PerChannel { return channel; }
fn epilogue(v: V, at: u32, of_channel: PerChannel) -> V { return v; }

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
  output[at] = epilogue(x[at], at, per_channel(at / p.inner % p.channels));
}
