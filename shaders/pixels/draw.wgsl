// Draws a tensor as a picture: one triangle covers the whole target, and each of its pixels shows the tensor's element
// there, or a mix of the four around it. Pixels that the picture does not cover stay as they are.
//
// Elements are bound as words, whatever their type, because a fragment shader can take halves out of words without any feature.

struct Picture {
  height: u32, // of the tensor
  width: u32,
  row: u32, // elements from one row to the next
  column: u32,
  channel: u32,
  left: f32, // where the picture begins, in pixels of the target
  top: f32,
  across: f32, // pixels of the tensor per pixel of the target
  down: f32,
  black: f32, // the value that is drawn black
  gain: f32, // 1 / (white - black)
}

@group(0) @binding(0) var<uniform> p: Picture;
@group(0) @binding(1) var<storage, read> x: array<u32>;

const IS_HALF: bool = false;
const IS_SMOOTH: bool = true;
const CHANNELS: u32 = 3u;

// The value that is interpolated for a pixel, and its color, whose red, green and blue are multiplied by its alpha.
fn weigh(v: vec4<f32>) -> vec4<f32> { return v; }
fn color(v: vec4<f32>) -> vec4<f32> { return v; }

fn element(at: u32) -> f32 {
  if (IS_HALF) {
    return unpack2x16float(x[at / 2u])[at % 2u];
  }
  return bitcast<f32>(x[at]);
}

fn pixel(place: vec2<f32>) -> vec4<f32> {
  let inside = vec2<u32>(clamp(place, vec2(0.0), vec2(f32(p.width), f32(p.height)) - 1.0));
  let at = inside.y * p.row + inside.x * p.column;
  var v = vec4(0.0, 0.0, 0.0, 1.0);
  // @unroll
  for (var c = 0u; c < CHANNELS; c++) {
    v[c] = clamp((element(at + c * p.channel) - p.black) * p.gain, 0.0, 1.0);
  }
  return weigh(v);
}

@vertex
fn corner(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
  return vec4(f32(index & 1u) * 4.0 - 1.0, f32(index >> 1u) * 4.0 - 1.0, 0.0, 1.0);
}

@fragment
fn shade(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
  let place = (position.xy - vec2(p.left, p.top)) * vec2(p.across, p.down);
  if (any(place < vec2(0.0)) || any(place >= vec2(f32(p.width), f32(p.height)))) {
    discard;
  }
  if (!IS_SMOOTH) {
    return color(pixel(floor(place)));
  }
  let first = floor(place - 0.5);
  let part = place - 0.5 - first;
  let above = mix(pixel(first), pixel(first + vec2(1.0, 0.0)), part.x);
  let below = mix(pixel(first + vec2(0.0, 1.0)), pixel(first + vec2(1.0, 1.0)), part.x);
  return color(mix(above, below, part.y));
}
