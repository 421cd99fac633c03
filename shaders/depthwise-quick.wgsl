// Depthwise convolution by a program that is compiled fast and serves all filters, strides, dilations and sizes: for first calls,
// while the program that their shape deserves is being compiled.
//
// One invocation computes four neighbouring pixels of one output channel. A loop over all taps of the filter is the only one, and
// nothing in it is unrolled, because a CPU's compiler takes long for loops and longer for loads: five loads here, and a single
// store. The pixels are the parts of one vector, because an array that a loop indexes would leave the registers.
//
// A workgroup computes 64 such strips that are neighbours in memory.
//
// SwiftShader, 2026-11-29, a busy machine, time of the CPU, medians of 5: compiled in 33 ms, where depthwise/strip takes 80 to 120
// for a 3x3 filter; 13 ns for each multiply-add, where that takes 2 to 4.

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
  tiles_x: u32,
}

@group(0) @binding(0) var<uniform> p: Problem;
@group(0) @binding(1) var<storage, read> x: array<V>; // [n, y, x, c], or [n, c, y, x]
@group(0) @binding(2) var<storage, read> weights: array<V>; // [tap_y, tap_x, o]
@group(0) @binding(3) var<storage, read_write> output: array<V>; // [n, y, x, o], or [n, o, y, x]

alias V = f32;
alias Sum = vec4<f32>; // what products are summed in
const CHANNELS_LAST: bool = true;
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
  let tile = (group.y * groups.x + group.x) * WORKGROUP + lane;
  let strips = p.tiles_x * p.out_height;
  let n = tile / (p.out_channels * strips);
  if (n >= p.batch) {
    return;
  }
  var c = tile % p.out_channels;
  var strip = tile / p.out_channels % strips;
  if (!CHANNELS_LAST) {
    c = tile / strips % p.out_channels;
    strip = tile % strips;
  }
  let out_x = strip % p.tiles_x * 4u;
  let out_y = strip / p.tiles_x;
  let in_c = c / (p.out_channels / p.in_channels);

  // Distances in memory of a pixel and of an image.
  let x_stride = select(1u, p.in_channels, CHANNELS_LAST);
  let x_at = select((n * p.in_channels + in_c) * p.in_height, n * p.in_height, CHANNELS_LAST);
  let output_stride = select(1u, p.out_channels, CHANNELS_LAST);
  let output_at = select((n * p.out_channels + c) * p.out_height, n * p.out_height, CHANNELS_LAST);
  let first_x = select(0u, in_c, CHANNELS_LAST);
  let first_output = select(0u, c, CHANNELS_LAST);

  // Left of or above the image the unsigned difference wraps to a huge number: outside, like the right and the bottom.
  let in_x = (out_x + vec4(0u, 1u, 2u, 3u)) * p.stride_width - p.pad_left;
  let in_y = out_y * p.stride_height - p.pad_top;
  var tap_y = 0u;
  var tap_x = 0u;
  var sums: array<Sum, 1>;
  for (var tap = 0u; tap < p.filter_height * p.filter_width; tap++) {
    let row = in_y + tap_y * p.dilation_height;
    let columns = in_x + tap_x * p.dilation_width;
    let inside = (columns < vec4(p.in_width)) & vec4(row < p.in_height);
    let at = select(vec4(0u), ((x_at + row) * p.in_width + columns) * x_stride + first_x, inside);
    let pixels = select(Sum(), Sum(vec4(x[at.x], x[at.y], x[at.z], x[at.w])), inside);
    sums[0] += pixels * Sum(vec4(weights[tap * p.out_channels + c]));
    tap_x++;
    if (tap_x == p.filter_width) {
      tap_x = 0u;
      tap_y++;
    }
    // @flush if tap % 16u == 15u
  }
  // @flush

  // A loop with one store, in which the sums move up.
  var values = vec4<f32>(sums[0]);
  let of_channel = per_channel(c);
  for (var i = out_x; i < min(out_x + 4u, p.out_width); i++) {
    let at = ((output_at + out_y) * p.out_width + i) * output_stride + first_output;
    output[at] = epilogue(values.x, at, of_channel);
    values = values.yzww;
  }
}
