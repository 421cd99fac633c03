// Makes a tensor of an image: each pixel of the tensor is a color between the four of the image that lie around it, as numbers.
//
// A workgroup makes 64 pixels that are neighbours in memory. The texture may be a video's frame instead, a `texture_external`.

struct Image {
  count: u32, // pixels of the tensor
  width: u32,
  row: u32, // elements from one row to the next
  column: u32,
  channel: u32,
  image_height: u32,
  image_width: u32,
  // The place of the tensor's first pixel in the image, whose own first pixel is at 0; and the steps of one column and one row.
  left: f32,
  top: f32,
  across_x: f32,
  across_y: f32,
  down_x: f32,
  down_y: f32,
  factors: array<vec4<u32>, 3>, // bits of floats: factors and addends of the channels, and the color beyond the image
}

@group(0) @binding(0) var<uniform> p: Image;
@group(0) @binding(1) var image: texture_2d<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

const WORKGROUP: u32 = 64u;
const CHANNELS: u32 = 3u;
const IS_BETWEEN: bool = true; // else every place is a pixel
const IS_PREMULTIPLIED: bool = true;
const HAS_FILL: bool = false; // else the edge continues

// Loads the texture's element; and what is done to a color.
fn texel(place: vec2<i32>) -> vec4<f32> { return textureLoad(image, place, 0); }
fn ordered(v: vec4<f32>) -> vec4<f32> { return v; }

fn pixel(place: vec2<f32>) -> vec4<f32> {
  let v = texel(clamp(vec2<i32>(place), vec2(0), vec2(i32(p.image_width), i32(p.image_height)) - 1));
  if (IS_PREMULTIPLIED && v.a > 0.0 && v.a < 1.0) {
    return vec4(min(v.rgb / v.a, vec3(1.0)), v.a);
  }
  return v;
}

fn between(place: vec2<f32>) -> vec4<f32> {
  if (!IS_BETWEEN) {
    return pixel(round(place));
  }
  let first = floor(place);
  let part = place - first;
  let above = mix(pixel(first), pixel(first + vec2(1.0, 0.0)), part.x);
  let below = mix(pixel(first + vec2(0.0, 1.0)), pixel(first + vec2(1.0, 1.0)), part.x);
  return mix(above, below, part.y);
}

fn color(place: vec2<f32>) -> vec4<f32> {
  let edge = vec2(f32(p.image_width), f32(p.image_height)) - 0.5;
  if (HAS_FILL && (any(place < vec2(-0.5)) || any(place >= edge))) {
    return bitcast<vec4<f32>>(p.factors[2]);
  }
  return between(place);
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = (group.y * groups.x + group.x) * WORKGROUP + lane;
  if (index >= p.count) {
    return;
  }
  let at = vec2(index % p.width, index / p.width);
  let place = vec2(p.left, p.top) + f32(at.x) * vec2(p.across_x, p.across_y) + f32(at.y) * vec2(p.down_x, p.down_y);
  let v = ordered(color(place)) * bitcast<vec4<f32>>(p.factors[0]) + bitcast<vec4<f32>>(p.factors[1]);
  let first = at.y * p.row + at.x * p.column;
  // @unroll
  for (var c = 0u; c < CHANNELS; c++) {
    output[first + c * p.channel] = v[c];
  }
}
