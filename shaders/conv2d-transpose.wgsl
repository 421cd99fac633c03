// Transposed convolution, one output per invocation. It serves every shape, stride, dilation, layout, number of groups and
// filter form, and all sizes are uniforms, so that one pipeline does for all of them. The tile kernel is faster where it
// applies.
//
// A workgroup computes 64 outputs that are neighbours in memory. For every tap, each invocation finds the input that
// reaches its output by it: none, if the distance is not a multiple of the stride. So there are no atomic additions, no
// output has to be zero before, and no zeros are put between the inputs. The invocation walks the input channels of its
// group.

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
@group(0) @binding(2) var<storage, read> weights: array<V>; // [tap_y, tap_x, o of the group, c], or [tap_y, tap_x, c, q]
@group(0) @binding(3) var<storage, read_write> output: array<V>; // [n, y, x, o], or [n, o, y, x]

alias V = f32;
alias Sum = V; // what products are summed in
const CHANNELS_LAST: bool = true;
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

// The index of the input of a group's first member.
fn input_index(n: u32, y: u32, x: u32, c: u32) -> u32 {
  if (CHANNELS_LAST) {
    return ((n * p.in_height + y) * p.in_width + x) * p.in_channels + c;
  }
  return ((n * p.in_channels + c) * p.in_height + y) * p.in_width + x;
}

// The index of the weight of a group's first member. In the depthwise form it is the only member; in the other form the
// next members follow it.
fn weight_index(tap: u32, c: u32, o: u32) -> u32 {
  let outputs = p.out_channels / p.groups;
  if (DEPTHWISE_FORM) {
    return (tap * p.in_channels + c) * outputs + o % outputs;
  }
  return (tap * outputs + o % outputs) * p.in_channels + c;
}

// Whether an input along an axis reaches an output by a tap; `distance` is how far the output then is from the first input.
// Before the first input the unsigned distance wraps to a huge number, so that one comparison serves both ends.
fn is_reached(distance: u32, stride: u32, size: u32) -> bool {
  return distance <= (size - 1u) * stride && distance % stride == 0u;
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
  let members = p.in_channels / p.groups;
  let first = place.w / (p.out_channels / p.groups) * members;
  let channel_stride = select(p.in_height * p.in_width, 1u, CHANNELS_LAST);
  var sums: array<Sum, 1>;
  for (var tap_y = 0u; tap_y < p.filter_height; tap_y++) {
    let distance_y = place.y + p.pad_top - tap_y * p.dilation_height;
    if (!is_reached(distance_y, p.stride_height, p.in_height)) {
      continue;
    }
    for (var tap_x = 0u; tap_x < p.filter_width; tap_x++) {
      let distance_x = place.z + p.pad_left - tap_x * p.dilation_width;
      if (!is_reached(distance_x, p.stride_width, p.in_width)) {
        continue;
      }
      let pixel_at = input_index(place.x, distance_y / p.stride_height, distance_x / p.stride_width, first);
      let weight_at = weight_index(tap_y * p.filter_width + tap_x, first, place.w);
      for (var member = 0u; member < members; member++) {
        sums[0] += Sum(x[pixel_at + member * channel_stride]) * Sum(weights[weight_at + member]);
        // @flush if member % 16u == 15u
      }
      // @flush
    }
  }
  output[at] = epilogue(V(sums[0]), at, per_channel(place.w));
}
