// Pooling: the largest input under a window, or the mean of them, channel by channel. The padding is left out, also from
// the count of a mean, unless it is to be counted.
//
// A workgroup computes 64 outputs that are neighbours in memory. Each invocation walks the taps of its window that are
// inside the image; they are counted first, so that the loops have no condition. Channels are independent, so a batch of
// NCHW images is treated as a larger batch of images with one channel.
//
// Each row of a window is joined by itself, then the rows: of h x w taps none goes through more than h + w additions, and a
// mean is off by at most that many times 2^-24 of the mean of the magnitudes. In one long sum it would be h * w times.

struct Windows {
  count: u32,
  channels: u32,
  in_height: u32,
  in_width: u32,
  out_height: u32,
  out_width: u32,
  filter_height: u32,
  filter_width: u32,
  stride_height: u32,
  stride_width: u32,
  dilation_height: u32,
  dilation_width: u32,
  pad_top: u32,
  pad_left: u32,
  // Where the padding after the input ends, if it counts.
  end_height: u32,
  end_width: u32,
}

@group(0) @binding(0) var<uniform> p: Windows;
@group(0) @binding(1) var<storage, read> x: array<V>; // [n, y, x, c]
@group(0) @binding(2) var<storage, read_write> output: array<V>; // [n, y, x, c]

alias V = f32;
const WORKGROUP: u32 = 64u;
const COUNTS_PADDING: bool = false;

// The three parts of pooling: the start, given an input under the window; the step; and the final result.
fn start(v: V) -> V { return v; }
fn join(left: V, right: V) -> V { return max(left, right); }
fn finish(v: V, taps: f32) -> V { return v; }

// Along one axis, the first input under a window and how many of its taps are inside the image; the host ensures that there
// is at least one.
fn inside(place: u32, stride: u32, pad: u32, dilation: u32, taps: u32, size: u32) -> vec2<u32> {
  let origin = i32(place * stride) - i32(pad);
  let skipped = (u32(max(-origin, 0i)) + dilation - 1u) / dilation;
  let first = u32(origin + i32(skipped * dilation));
  return vec2(first, min(taps - skipped, (size - first + dilation - 1u) / dilation));
}

// Along one axis, how many taps of a window are inside the image or its padding: the last window may reach beyond.
fn counted(place: u32, stride: u32, pad: u32, dilation: u32, taps: u32, end: u32) -> u32 {
  return min(taps, (end + pad - place * stride + dilation - 1u) / dilation);
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
  let rows = inside(row % p.out_height, p.stride_height, p.pad_top, p.dilation_height, p.filter_height, p.in_height);
  let columns = inside(pixel % p.out_width, p.stride_width, p.pad_left, p.dilation_width, p.filter_width, p.in_width);
  let first = ((row / p.out_height * p.in_height + rows.x) * p.in_width + columns.x) * p.channels + at % p.channels;
  var pooled = start(x[first]);
  for (var tap_y = 0u; tap_y < rows.y; tap_y++) {
    let left = first + tap_y * p.dilation_height * p.in_width * p.channels;
    var joined = start(x[left]);
    for (var tap_x = 0u; tap_x < columns.y; tap_x++) {
      joined = join(joined, x[left + tap_x * p.dilation_width * p.channels]);
    }
    pooled = join(pooled, joined);
  }
  var taps = rows.y * columns.y;
  if (COUNTS_PADDING) {
    taps = counted(row % p.out_height, p.stride_height, p.pad_top, p.dilation_height, p.filter_height, p.end_height) *
      counted(pixel % p.out_width, p.stride_width, p.pad_left, p.dilation_width, p.filter_width, p.end_width);
  }
  output[at] = finish(pooled, f32(taps));
}
