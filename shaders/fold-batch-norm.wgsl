// Folds an inference batch norm, and a bias before it, into one multiply-add per output:
// (v + bias - mean) * scale / sqrt(variance + epsilon) + offset  =  v * gain + shift.
//
// An invocation computes gain and shift of one channel. The shift is what an epilogue of bias and norm makes of 0.

struct Problem {
  channels: u32,
}

@group(0) @binding(0) var<uniform> p: Problem;
@group(0) @binding(1) var<storage, read_write> output: array<f32>; // [gain or shift, c]

alias V = f32;
const WORKGROUP: u32 = 64u;

// What the epilogue reads once per channel, its factor, and what it does to a sum.
alias PerChannel = u32;
fn per_channel(channel: u32) -> PerChannel { return channel; }
fn gain(of_channel: PerChannel) -> V { return 1.0; }
fn epilogue(v: V, at: u32, of_channel: PerChannel) -> V { return v; }

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
  let of_channel = per_channel(c);
  output[c] = gain(of_channel);
  output[p.channels + c] = epilogue(0.0, c, of_channel);
}
