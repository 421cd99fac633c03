// Depthwise convolution, one output per invocation. It serves every shape, layout, stride, dilation and multiplier, and
// all sizes are uniforms, so that one pipeline does for all of them. The tiled kernels are faster where they apply.
//
// A workgroup computes 64 outputs that are neighbours in memory; each invocation walks the taps of its own filter.

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
}

@group(0) @binding(0) var<uniform> p: Problem;
@group(0) @binding(1) var<storage, read> x: array<V>; // [n, y, x, c], or [n, c, y, x]
@group(0) @binding(2) var<storage, read> weights: array<V>; // [tap_y, tap_x, c, q]
@group(0) @binding(3) var<storage, read_write> output: array<V>; // [n, y, x, c * multiplier + q], or channels second

alias V = f32;
const CHANNELS_LAST: bool = true;
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

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let at = (group.y * groups.x + group.x) * WORKGROUP + lane;
  if (at >= p.batch * p.out_height * p.out_width * p.out_channels) {
    return;
  }
  let place = output_place(at);
  let c = place.w / (p.out_channels / p.in_channels);
  var sum = V(0.0);
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
      let weight = weights[(tap_y * p.filter_width + tap_x) * p.out_channels + place.w];
      sum += weight * x[input_index(place.x, in_y, in_x, c)];
    }
  }
  output[at] = epilogue(sum, at, per_channel(place.w));
}
