// Resizes images by the nearest pixel or by the four around, as TensorFlow.js does.
//
// A workgroup computes 64 outputs that are neighbours in memory. The place of an output in the input is a fraction of whole
// numbers, (place * step + offset) / divisor; the host makes its terms from sizes and options. So it is exact for all
// sizes. As a float, 1 / 49 * 49 is less than 1, and the nearest pixel would be another one.

struct Resampling {
  count: u32,
  channels: u32,
  in_height: u32,
  in_width: u32,
  out_height: u32,
  out_width: u32,
  step_y: u32,
  step_x: u32,
  offset_y: i32,
  offset_x: i32,
  divisor_y: u32,
  divisor_x: u32,
}

@group(0) @binding(0) var<uniform> p: Resampling;
@group(0) @binding(1) var<storage, read> x: array<V>; // [n, y, x, c]
@group(0) @binding(2) var<storage, read_write> output: array<V>; // [n, y, x, c]

alias V = f32;
const WORKGROUP: u32 = 64u;
const BILINEAR: bool = true;

alias PerChannel = u32;
fn per_channel(channel: u32) -> PerChannel { return channel; }
fn epilogue(v: V, at: u32, of_channel: PerChannel) -> V { return v; }

// The inputs on both sides of an output, along one axis, and the weight of the far one.
struct Source {
  near: u32,
  far: u32,
  weight: f32,
}

fn source(place: u32, step: u32, offset: i32, divisor: u32, size: u32) -> Source {
  let numerator = u32(max(i32(place * step) + offset, 0i));
  let near = min(numerator / divisor, size - 1u);
  let rest = numerator % divisor;
  // An output that lies on an input uses no other input, not even one of weight 0, which could be infinite.
  return Source(near, min(near + select(0u, 1u, rest > 0u), size - 1u), f32(rest) / f32(divisor));
}

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
  let pixel = at / p.channels;
  let row = pixel / p.out_width;
  let image = row / p.out_height * p.in_height;
  let y = source(row % p.out_height, p.step_y, p.offset_y, p.divisor_y, p.in_height);
  let column = source(pixel % p.out_width, p.step_x, p.offset_x, p.divisor_x, p.in_width);
  let channel = at % p.channels;
  let near_row = (image + y.near) * p.in_width;
  var v = x[(near_row + column.near) * p.channels + channel];
  if (BILINEAR) {
    let far_row = (image + y.far) * p.in_width;
    let below = x[(far_row + column.near) * p.channels + channel];
    let top = v + (x[(near_row + column.far) * p.channels + channel] - v) * column.weight;
    let bottom = below + (x[(far_row + column.far) * p.channels + channel] - below) * column.weight;
    v = top + (bottom - top) * y.weight;
  }
  output[at] = epilogue(v, at, per_channel(channel));
}
