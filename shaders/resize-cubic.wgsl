// Resizes images by the sixteen pixels around each output, weighted by Keys' cubic curve along each axis; beyond the edges,
// the pixels of the edges repeat.
//
// A workgroup computes 64 outputs that are neighbours in memory. The place of an output in the input is a fraction of whole
// numbers, as in resize.wgsl.

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
  coefficient: f32,
}

@group(0) @binding(0) var<uniform> p: Resampling;
@group(0) @binding(1) var<storage, read> x: array<V>; // [n, y, x, c]
@group(0) @binding(2) var<storage, read_write> output: array<V>; // [n, y, x, c]

alias V = f32;
const WORKGROUP: u32 = 64u;

alias PerChannel = u32;
fn per_channel(channel: u32) -> PerChannel { return channel; }
fn epilogue(v: V, at: u32, of_channel: PerChannel) -> V { return v; }

// Along one axis, the four inputs around an output, and their weights.
struct Source {
  places: vec4<u32>,
  weights: vec4<f32>,
  t: f32, // how far the output is behind the second
}

fn source(place: u32, step: u32, offset: i32, divisor: u32, size: u32) -> Source {
  // One pixel is added because an output may lie before the first input, but by less than one pixel.
  let numerator = u32(max(i32(place * step) + offset + i32(divisor), 0i));
  let near = i32(numerator / divisor) - 1i;
  let places = vec4<u32>(clamp(vec4(near) + vec4(-1i, 0i, 1i, 2i), vec4(0i), vec4(i32(size) - 1i)));
  let t = f32(numerator % divisor) / f32(divisor);
  let s = 1.0 - t;
  let a = p.coefficient;
  // The curve at distances below 1, and at distances from 1 to 2 as t * s * s: so no large numbers cancel.
  let inner = vec2(((a + 2.0) * t - (a + 3.0)) * t * t + 1.0, ((a + 2.0) * s - (a + 3.0)) * s * s + 1.0);
  return Source(places, vec4(a * t * s * s, inner.x, inner.y, a * s * t * t), t);
}

// An output that lies on an input uses no other input, not even one of weight 0, which could be infinite.
fn blend(v: array<V, 4>, along: Source) -> V {
  let weights = along.weights;
  let sum = v[0] * weights.x + v[1] * weights.y + (v[2] * weights.z + v[3] * weights.w);
  return select(sum, v[1], along.t == 0.0);
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
  var rows: array<V, 4>;
  // @unroll
  for (var i = 0u; i < 4u; i++) {
    let first = (image + y.places[i]) * p.in_width;
    let near = x[(first + column.places.y) * p.channels + channel];
    let left = x[(first + column.places.x) * p.channels + channel];
    let far = x[(first + column.places.z) * p.channels + channel];
    let right = x[(first + column.places.w) * p.channels + channel];
    rows[i] = blend(array<V, 4>(left, near, far, right), column);
  }
  output[at] = epilogue(blend(rows, y), at, per_channel(channel));
}
