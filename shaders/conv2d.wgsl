// Convolution with any number of groups, one output per invocation. It serves every shape, layout, grouping and filter
// form, and all sizes are uniforms, so that one pipeline does for all of them. The tiled kernels are faster where they
// apply.
//
// A workgroup computes 64 outputs that are neighbours in memory; each invocation walks the taps and the input channels
// of its group.

struct Problem {
  batch: u32,
  in_height: u32,
  in_width: u32,
  in_channels: u32,
  out_height: u32,
  out_width: u32,
  out_channels: u32,
  filter_height: u32,
  filter_width: u32,
  stride_height: u32,
  stride_width: u32,
  dilation_height: u32,
  dilation_width: u32,
  pad_top: u32,
  pad_left: u32,
  groups: u32,
}

@group(0) @binding(0) var<uniform> p: Problem;
@group(0) @binding(1) var<storage, read> x: array<V>; // [n, y, x, c], or [n, c, y, x]
@group(0) @binding(2) var<storage, read> weights: array<V>; // [tap_y, tap_x, member, o], or [tap_y, tap_x, c, q]
@group(0) @binding(3) var<storage, read_write> output: array<V>; // [n, y, x, o], or [n, o, y, x]

alias V = f32;
alias Sum = V; // what products are summed in
const CHANNELS_LAST: bool = true;
const STRIDED_GROUPS: bool = false;
const DEPTHWISE_FORM: bool = false;
const WORKGROUP: u32 = 64u;

// What the epilogue reads once per channel, and what it does to a sum.
alias PerChannel = u32;
fn per_channel(channel: u32) -> PerChannel { return channel; }
fn epilogue(v: V, at: u32, of_channel: PerChannel) -> V { return v; }

// Batch, y, x and channel of an output, from its place in memory.
fn output_place(at: u32) -> vec4<u32> {
  if (CHANNELS_LAST) {
    let pixel = at / p.out_channels;
    let row = pixel / p.out_width;
    return vec4(row / p.out_height, row % p.out_height, pixel % p.out_width, at % p.out_channels);
  }
  let row = at / p.out_width;
  let plane = row / p.out_height;
  return vec4(plane / p.out_channels, row % p.out_height, at % p.out_width, plane % p.out_channels);
}

fn input_index(n: u32, y: u32, x: u32, c: u32) -> u32 {
  if (CHANNELS_LAST) {
    return ((n * p.in_height + y) * p.in_width + x) * p.in_channels + c;
  }
  return ((n * p.in_channels + c) * p.in_height + y) * p.in_width + x;
}

// Input channel of a group's member: the members are neighbours, or every groups-th channel.
fn input_channel(group: u32, member: u32) -> u32 {
  if (STRIDED_GROUPS) {
    return member * p.groups + group;
  }
  return group * (p.in_channels / p.groups) + member;
}

fn weight_index(tap: u32, group: u32, member: u32, o: u32) -> u32 {
  if (DEPTHWISE_FORM) {
    let multiplier = p.out_channels / p.groups;
    return (tap * p.in_channels + input_channel(group, member)) * multiplier + o % multiplier;
  }
  return (tap * (p.in_channels / p.groups) + member) * p.out_channels + o;
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let at = (workgroup.y * workgroups.x + workgroup.x) * WORKGROUP + lane;
  if (at >= p.batch * p.out_height * p.out_width * p.out_channels) {
    return;
  }
  let place = output_place(at);
  let group = place.w / (p.out_channels / p.groups);
  var sums: array<Sum, 1>;
  for (var tap_y = 0u; tap_y < p.filter_height; tap_y++) {
    // Above the first row the unsigned difference wraps to a huge number, so that one comparison serves both edges.
    let in_y = place.y * p.stride_height + tap_y * p.dilation_height - p.pad_top;
    if (in_y >= p.in_height) {
      continue;
    }
    for (var tap_x = 0u; tap_x < p.filter_width; tap_x++) {
      let in_x = place.z * p.stride_width + tap_x * p.dilation_width - p.pad_left;
      if (in_x >= p.in_width) {
        continue;
      }
      let tap = tap_y * p.filter_width + tap_x;
      for (var member = 0u; member < p.in_channels / p.groups; member++) {
        let pixel = Sum(x[input_index(place.x, in_y, in_x, input_channel(group, member))]);
        sums[0] += pixel * Sum(weights[weight_index(tap, group, member, place.w)]);
        // @flush if member % 16u == 15u
      }
      // @flush
    }
  }
  output[at] = epilogue(V(sums[0]), at, per_channel(place.w));
}
