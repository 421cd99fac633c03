// Grouped (or, with one group, ordinary) convolution by register tiles of pixels times LANES channels.
//
// One invocation computes TILE_WIDTH x TILE_HEIGHT pixels of LANES output channels of one group, for groups of ANY
// width. Per input channel of the group (or four of them: then `Taps` is a matrix) it loads the filter's taps once and
// each input row under the tile once, and keeps the sums in registers.
//
// The filter has one of two forms. The grouped form [ty, tx, member, o] is that of conv2d. The depthwise form
// [ty, tx, c, q] is that of depthwise_conv2d with a multiplier: depthwise -> reshape -> reduce_sum is the same sum of
// the same products, so with another weight index this shader computes it and never writes the intermediate, which is
// in_channels / groups times the size of the output.
//
// A workgroup computes 64 tiles that are neighbours in memory: along the channels first, or along x where the channels are
// second. In both layouts the weights of neighbouring output channels are neighbours, so the sums are vectors of them.
// Where the channels are second, `store` takes a vector apart.

struct Problem {
  batch: u32,
  in_height: u32,
  in_width: u32,
  in_channels: u32,
  out_height: u32,
  out_width: u32,
  out_channels: u32,
  pad_top: u32,
  pad_left: u32,
  stride_height: u32,
  stride_width: u32,
  dilation_height: u32,
  dilation_width: u32,
  step_height: u32,
  step_width: u32,
  tiles_x: u32,
  tiles_y: u32,
  groups: u32,
}

@group(0) @binding(0) var<uniform> p: Problem;
@group(0) @binding(1) var<storage, read> x: array<X>; // [n, y, x, c / MEMBERS], or [n, c, y, x]
@group(0) @binding(2) var<storage, read> weights: array<W>; // [ty, tx, member, o / LANES], or [ty, tx, c, q / LANES]
@group(0) @binding(3) var<storage, read_write> output: array<V>; // [n, y, x, o / LANES], or [n, o, y, x]

alias V = vec4<f32>;
alias W = vec4<f32>;
alias X = f32;
alias Sum = W; // what products are summed in
alias Pixel = X; // X, and the taps that go with it, as they are multiplied
alias Taps = vec4<f32>;
const LANES: u32 = 4u;
const MEMBERS: u32 = 1u;
const CHANNELS_LAST: bool = true;
const WORKGROUP: u32 = 64u;
const STRIDED_GROUPS: bool = false;
const DEPTHWISE_FORM: bool = false;
const FILTER_HEIGHT: u32 = 3u;
const FILTER_WIDTH: u32 = 3u;
const TILE_WIDTH: u32 = 4u;
const TILE_HEIGHT: u32 = 2u;

// The outputs of a tile lie p.step apart, so that with dilation, too, their taps fall on the same inputs. They are then HOP
// inputs apart, counted in dilations. So all dilations share one program.
const HOP_HEIGHT: u32 = 1u;
const HOP_WIDTH: u32 = 1u;

// Input rows and columns that the tile's taps fall on.
const IN_ROWS: u32 = (TILE_HEIGHT - 1u) * HOP_HEIGHT + FILTER_HEIGHT;
const IN_COLUMNS: u32 = (TILE_WIDTH - 1u) * HOP_WIDTH + FILTER_WIDTH;

// What the epilogue reads once per channel, and what it does to a sum.
alias PerChannel = u32;
fn per_channel(channel: u32) -> PerChannel { return channel; }
fn epilogue(v: V, at: u32, of_channel: PerChannel) -> V { return v; }

// The weights from MEMBERS input channels to LANES output channels.
fn load_taps(tap: u32, group: u32, member: u32, o: u32) -> Taps {
  return Taps(weights[weight_index(tap, group, member, o) / LANES]);
}

// The sum and the products of MEMBERS input channels.
fn add_products(sum: Sum, taps: Taps, pixel: Pixel) -> Sum {
  return sum + taps * pixel;
}

// Stores LANES sums, those of the channels from c * LANES on, at their places.
fn store(sum: W, n: u32, y: u32, x: u32, c: u32) {
  let at = ((n * p.out_height + y) * p.out_width + x) * (p.out_channels / LANES) + c;
  output[at] = epilogue(V(sum), at, per_channel(c));
}

// First output of a tile. Tiles begin at each of the `step` first places, and then where those end.
fn origin(index: u32, step: u32, tile: u32) -> u32 {
  if (step == 1u) {
    return index * tile;
  }
  return index / step * step * tile + index % step;
}

// The last place at or before `end` that is a multiple of `step` away from `first`.
fn last(first: u32, step: u32, end: u32) -> u32 {
  if (step == 1u) {
    return end;
  }
  return end - (end - first) % step;
}

// Input channel of a group's member: the members are neighbours, or every groups-th channel.
fn input_channel(group: u32, member: u32) -> u32 {
  if (STRIDED_GROUPS) {
    return member * p.groups + group;
  }
  return group * (p.in_channels / p.groups) + member;
}

// The index of the first of LANES weights.
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
  let channels = p.out_channels / LANES;
  let tile = (workgroup.y * workgroups.x + workgroup.x) * WORKGROUP + lane;
  let n = tile / (channels * p.tiles_x * p.tiles_y);
  if (n >= p.batch) {
    return;
  }
  var c = tile % channels;
  var place = tile / channels % (p.tiles_x * p.tiles_y);
  if (!CHANNELS_LAST) {
    c = tile / (p.tiles_x * p.tiles_y) % channels;
    place = tile % (p.tiles_x * p.tiles_y);
  }
  let out_x = origin(place % p.tiles_x, p.step_width, TILE_WIDTH);
  let out_y = origin(place / p.tiles_x, p.step_height, TILE_HEIGHT);
  let group = c * LANES / (p.out_channels / p.groups);

  // Strides of x.
  let x_stride = select(1u, p.in_channels / MEMBERS, CHANNELS_LAST);
  let channel_stride = select(p.in_height * p.in_width, 1u, CHANNELS_LAST);
  let x_at = n * p.in_height * p.in_width * p.in_channels / MEMBERS;

  // Left of or above the image the unsigned difference wraps to a huge number: outside, like the right and the bottom.
  let in_x = out_x * p.stride_width - p.pad_left;
  let in_y = out_y * p.stride_height - p.pad_top;
  var inside: array<bool, IN_COLUMNS>;
  var column_at: array<u32, IN_COLUMNS>;
  // @unroll
  for (var i = 0u; i < IN_COLUMNS; i++) {
    let column = in_x + i * p.dilation_width;
    inside[i] = column < p.in_width;
    column_at[i] = x_at + select(0u, column * x_stride, inside[i]);
  }

  var sums: array<Sum, TILE_WIDTH * TILE_HEIGHT>;
  for (var member = 0u; member < p.in_channels / p.groups; member += MEMBERS) {
    let channel_at = input_channel(group, member) / MEMBERS * channel_stride;
    var taps: array<Taps, FILTER_HEIGHT * FILTER_WIDTH>;
    // @unroll
    for (var r = 0u; r < IN_ROWS; r++) {
      let row = in_y + r * p.dilation_height;
      let row_inside = row < p.in_height;
      let row_at = channel_at + select(0u, row * p.in_width * x_stride, row_inside);
      var pixels: array<Pixel, IN_COLUMNS>;
      // @unroll
      for (var i = 0u; i < IN_COLUMNS; i++) {
        pixels[i] = select(Pixel(), Pixel(x[row_at + column_at[i]]), inside[i] & row_inside);
      }
      // Each row of the filter is loaded when the first row of outputs needs it, and kept for the others.
      // @unroll
      for (var tap = r * FILTER_WIDTH; tap < min((r + 1u) * FILTER_WIDTH, FILTER_HEIGHT * FILTER_WIDTH); tap++) {
        taps[tap] = load_taps(tap, group, member, c * LANES);
      }
      // The output rows that have a tap on input row r: tap r - ty * HOP_HEIGHT.
      // @unroll
      for (var ty = (max(r, FILTER_HEIGHT - 1u) - (FILTER_HEIGHT - 1u) + HOP_HEIGHT - 1u) / HOP_HEIGHT; ty < min(r / HOP_HEIGHT + 1u, TILE_HEIGHT); ty++) {
        // @unroll
        for (var tap_x = 0u; tap_x < FILTER_WIDTH; tap_x++) {
          // @unroll
          for (var tx = 0u; tx < TILE_WIDTH; tx++) {
            sums[ty * TILE_WIDTH + tx] = add_products(sums[ty * TILE_WIDTH + tx], taps[(r - ty * HOP_HEIGHT) * FILTER_WIDTH + tap_x], pixels[tx * HOP_WIDTH + tap_x]);
          }
        }
      }
      // @flush
    }
  }

  // Sums beyond the edges go to the last row or column, whose own sums then overwrite them: the tile is stored from the
  // last to the first.
  let last_x = last(out_x, p.step_width, p.out_width - 1u);
  let last_y = last(out_y, p.step_height, p.out_height - 1u);
  // @unroll
  for (var j = 1u; j < TILE_HEIGHT + 1u; j++) {
    let tile_y = min(out_y + (TILE_HEIGHT - j) * p.step_height, last_y);
    // @unroll
    for (var i = 1u; i < TILE_WIDTH + 1u; i++) {
      let tile_x = min(out_x + (TILE_WIDTH - i) * p.step_width, last_x);
      store(W(sums[(TILE_HEIGHT - j) * TILE_WIDTH + TILE_WIDTH - i]), n, tile_y, tile_x, c);
    }
  }
}
