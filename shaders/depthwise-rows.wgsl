// Depthwise convolution with a filter too large to unroll (9x9 to 31x31 and beyond): strips of outputs, row by row.
//
// A strip is TILE_WIDTH neighbouring pixels of LANES output channels. An invocation walks the rows of the filter that fall
// inside the image, and along each row CHUNK taps at a time: CHUNK weights and the pixels under them are loaded once for the
// whole strip. The filter's size is a uniform, so one program serves all large filters of a stride and dilation, and it is
// short enough to compile fast.
//
// Where the filter is wider than the image, most taps of a row fall on padding: of the 27 taps of RepLKNet's filters on
// maps of 14x14, half. There the strip walks the columns of the image instead, and loads only the taps that meet them.
//
// The strips of most maps are too few to fill a GPU, which waits for the loads of hundreds of taps. There SPLITS invocations
// share a strip: each sums every SPLITS-th row, and the first adds the shares up, in order, through workgroup memory. This
// takes no second dispatch and no atomics, and gives the same bits every time. CPU adapters have few threads and no workgroup
// memory of their own.
//
// Modelled (npm run isa, November 2026), eight splits against one, RDNA2 and RDNA3: 27x27 on 14x14x512 2.0 and 1.8 times as
// fast, 13x13 on 7x7x1024 3.8 and 5.1.
//
// The lanes are as in depthwise-tile.wgsl, and so is padding. A workgroup computes 64 / SPLITS strips that are neighbours in
// memory.

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
  step_width: u32,
  tiles_x: u32,
}

@group(0) @binding(0) var<uniform> p: Problem;
@group(0) @binding(1) var<storage, read> x: array<X>; // [n, y, x, c / X_LANES], or [n, c, y, x]
@group(0) @binding(2) var<storage, read> weights: array<V>; // [tap_y, tap_x, o / LANES]
@group(0) @binding(3) var<storage, read_write> output: array<V>; // [n, y, x, o / LANES], or [n, o, y, x]

alias V = vec4<f32>;
alias X = vec4<f32>;
alias Sum = V; // what products are summed in
const LANES: u32 = 4u;
const X_LANES: u32 = 4u;
const CHANNELS_LAST: bool = true;
const WORKGROUP: u32 = 64u;
const TILE_WIDTH: u32 = 7u;
const SPLITS: u32 = 1u; // invocations of a strip
const TILES: u32 = WORKGROUP / SPLITS;
const_assert WORKGROUP % SPLITS == 0u;
const CHUNK: u32 = 8u; // taps of a row at a time

// Columns of the image at a time, if the strip walks these instead of the taps; the stride and the dilation are 1 then. A
// column meets a tap for each output of the strip, and the first output's tap lies SKEW taps after the last output's.
const COLUMNS: u32 = 0u;
const SKEW: u32 = 0u;

// The outputs of a strip lie p.step_width apart, so that with dilation, too, their taps fall on the same inputs. They are
// then HOP inputs apart, counted in dilations. So all dilations share one program.
const HOP_WIDTH: u32 = 1u;

// Input columns that the taps of a chunk fall on.
const IN_COLUMNS: u32 = (TILE_WIDTH - 1u) * HOP_WIDTH + CHUNK - 2u * SKEW;

var<workgroup> shares: array<V, SPLITS * TILE_WIDTH * TILES>; // [split, output, tile]

// What the epilogue reads once per channel, and what it does to a sum.
alias PerChannel = u32;
fn per_channel(channel: u32) -> PerChannel { return channel; }
fn epilogue(v: V, at: u32, of_channel: PerChannel) -> V { return v; }

// The channels of a pixel, one for each output lane.
fn spread(pixel: X) -> V { return pixel; }

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

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let channels = p.out_channels / LANES;
  let places = p.tiles_x * p.out_height;
  let split = lane / TILES;
  let tile = (group.y * groups.x + group.x) * TILES + lane % TILES;
  let n = tile / (channels * places);
  var c = tile % channels;
  var place = tile / channels % places;
  if (!CHANNELS_LAST) {
    c = tile / places % channels;
    place = tile % places;
  }
  let out_x = origin(place % p.tiles_x, p.step_width, TILE_WIDTH);
  let out_y = place / p.tiles_x;

  // Strides of x and of the output, counted in X and V.
  var in_c = c * LANES / X_LANES;
  if (p.in_channels != p.out_channels) {
    in_c = c * LANES / (p.out_channels / p.in_channels) / X_LANES;
  }
  let in_channels = p.in_channels / X_LANES;
  let x_stride = select(1u, in_channels, CHANNELS_LAST);
  let x_at = select((n * in_channels + in_c) * p.in_height * p.in_width, n * p.in_height * p.in_width * in_channels + in_c, CHANNELS_LAST);
  let output_stride = select(1u, channels, CHANNELS_LAST);
  let output_at = select((n * channels + c) * p.out_height * p.out_width, n * p.out_height * p.out_width * channels + c, CHANNELS_LAST);

  // The rows of the filter that fall inside the image, of which each invocation takes every SPLITS-th. A band of a larger
  // image may have negative padding. Invocations past the last strip take none, but go on to the barrier.
  let top = out_y * p.stride_height - p.pad_top;
  let dilation = i32(p.dilation_height);
  let first_row = u32(max(dilation - 1 - i32(top), 0) / dilation);
  let rows = select(0u, p.filter_height, n < p.batch);
  let end_row = min(u32(max(i32(p.in_height) - i32(top) + dilation - 1, 0) / dilation), rows);

  // What a row consists of, taps or columns, and its first tap. Taps before the filter's row wrap to huge numbers.
  let width = select(p.filter_width, p.in_width, COLUMNS > 0u);
  let first_of_row = select(0u, p.pad_left - out_x - SKEW, COLUMNS > 0u);

  var sums: array<Sum, TILE_WIDTH>;
  for (var tap_y = first_row + split; tap_y < end_row; tap_y += SPLITS) {
    let row = top + tap_y * p.dilation_height;
    let row_at = x_at + row * p.in_width * x_stride;
    for (var done = 0u; done < width; done += select(CHUNK, COLUMNS, COLUMNS > 0u)) {
      let first_tap = done + first_of_row;
      let in_x = out_x * p.stride_width + first_tap * p.dilation_width - p.pad_left + SKEW;
      var pixels: array<Sum, IN_COLUMNS>;
      // @unroll
      for (var i = 0u; i < IN_COLUMNS; i++) {
        let column = in_x + i * p.dilation_width;
        let inside = column < p.in_width;
        pixels[i] = select(Sum(0.0), Sum(spread(x[row_at + select(0u, column * x_stride, inside)])), inside);
      }
      // @unroll
      for (var t = 0u; t < CHUNK; t++) {
        let tap = first_tap + t;
        let weight = Sum(weights[(tap_y * p.filter_width + min(tap, p.filter_width - 1u)) * channels + c]);
        // A chunk may reach beyond the row's ends. A weight of 0 would not work there: 0 times infinity is NaN.
        if (tap < p.filter_width) {
          // @unroll
          for (var tx = max(SKEW, t) - t; tx < min(TILE_WIDTH, IN_COLUMNS + SKEW - t); tx++) {
            sums[tx] += pixels[tx * HOP_WIDTH + t - SKEW] * weight;
          }
        }
      }
      // @flush
    }
  }

  // A loop of no rounds leaves no trace: a strip of one invocation has no shares and no barrier.
  // @unroll
  for (var round = 1u; round < min(SPLITS, 2u); round++) {
    // @unroll
    for (var i = 0u; i < TILE_WIDTH; i++) {
      shares[(split * TILE_WIDTH + i) * TILES + lane % TILES] = V(sums[i]);
    }
    workgroupBarrier();
  }

  // The first invocation of each strip stores it. Sums beyond the right edge go to the last column, where that column's own
  // sum follows them: stored from right to left.
  if (split > 0u || n >= p.batch) {
    return;
  }
  let last_x = last(out_x, p.step_width, p.out_width - 1u);
  let of_channel = per_channel(c);
  // @unroll
  for (var i = 1u; i < TILE_WIDTH + 1u; i++) {
    var sum = V(sums[TILE_WIDTH - i]);
    // @unroll
    for (var s = 1u; s < SPLITS; s++) {
      sum += shares[(s * TILE_WIDTH + TILE_WIDTH - i) * TILES + lane];
    }
    let at = output_at + (out_y * p.out_width + min(out_x + (TILE_WIDTH - i) * p.step_width, last_x)) * output_stride;
    output[at] = epilogue(sum, at, of_channel);
  }
}
