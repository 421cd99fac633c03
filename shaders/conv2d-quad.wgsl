// Convolution for CPU adapters, channels last: register tiles whose invocations share what they load, four by four.
//
// A CPU adapter runs the four invocations of a quad in one vector register, and loads word by word for each of them: on
// SwiftShader a load takes as long as nine multiply-adds. So no word should be loaded twice. The quad computes the same
// TILE_PIXELS pixels. Of four neighbouring channels of a pixel each invocation loads one, and three swaps, each a shuffle,
// pass it to the others. Each invocation gets the four in an order of its own, and loads its weights in that order. A tile
// is TILE_PIXELS pixels times TILE_COLUMNS output channels, which lie a tile row apart, so that the quad's channels are
// neighbours: for four input channels it loads TILE_PIXELS + 4 * TILE_COLUMNS words for 4 * TILE_PIXELS * TILE_COLUMNS
// multiply-adds. Values carried from one round of the loop to the next are blended with a mask of the active invocations,
// so four products are added at once to need fewer blends.
//
// The sum is over runs. A run is a number of input channels that are neighbours in memory, as their weights are: a row of
// taps, or, with dilation or groups, a single tap. With one tap and no padding there is one run, and no part of it is
// outside.
//
// On a GPU the caches serve a quad that loads the same words at once: there pointwise.wgsl and grouped.wgsl load them by fours.
//
// SwiftShader, 2026-11-29, a busy machine, time of the CPU, medians of 5 interleaved rounds: tiles of 14x4 take 0.64 to 0.78 of
// the time of 7x4 with quadBroadcast (a dozen instructions each) instead of swaps, at 14x14x152->456, 14x14x456->152,
// 56x56x40->40, 7x7x1024->256 and 28x28x72->144. 3x3 filters take 0.61 of conv2d/tile's time at 56x56x32->32 and 0.65 at
// 14x14x128->128, but 1.1 at 256x256x3->16. Tiles of more outputs, whose programs are longer than the first cache of
// instructions, were slower for each output.

enable subgroups;

struct Problem {
  batch: u32,
  in_height: u32,
  in_width: u32,
  in_channels: u32,
  out_height: u32,
  out_width: u32,
  out_channels: u32,
  filter_height: u32,
  stride_height: u32,
  stride_width: u32,
  dilation_height: u32,
  dilation_width: u32,
  pad_top: u32,
  pad_left: u32,
  groups: u32,
  runs: u32, // in a row of taps
  run_length: u32,
}

@group(0) @binding(0) var<uniform> p: Problem;
@group(0) @binding(1) var<storage, read> x: array<f32>; // [n, y, x, c]
@group(0) @binding(2) var<storage, read> weights: array<f32>; // [tap_y, tap_x, c, o]
@group(0) @binding(3) var<storage, read_write> output: array<V>; // [n, y, x, o]

alias V = f32;
const WORKGROUP: u32 = 64u;
const SKIPS_PIXELS: bool = true; // whether the index of an output pixel differs from that of its input pixel
const MASKED: bool = true; // whether a run may begin or end outside the image
const RAGGED: bool = true; // whether a run may end within a block of four channels
const TILE_PIXELS: u32 = 14u;
const TILE_COLUMNS: u32 = 4u;

// What the epilogue reads once per channel, and what it does to a sum.
alias PerChannel = u32;
fn per_channel(channel: u32) -> PerChannel { return channel; }
fn epilogue(v: V, at: u32, of_channel: PerChannel) -> V { return v; }

alias Sums = array<V, TILE_PIXELS * TILE_COLUMNS>;
alias PerPixel = array<u32, TILE_PIXELS>;
alias PerTap = array<u32, 4u * TILE_COLUMNS>;

// Adds a run's products to the sums. Pixel m's run begins `start[m]` after `row_at[m]`. The weights of the four channels,
// in the order in which the swaps bring them, are `weight_at` after those of the first channel.
fn add_run(sums: ptr<function, Sums>, run: u32, own: u32, row_at: PerPixel, start: PerPixel, weight_at: PerTap) {
  let row_length = p.in_width * p.in_channels;
  let run_length = p.run_length;
  let columns = p.out_channels;
  for (var k = 0u; k < run_length; k += 4u) {
    let weights_at = (run * run_length + k) * columns;
    var taps: array<V, 4u * TILE_COLUMNS>;
    // @unroll
    for (var i = 0u; i < 4u; i++) {
      // @unroll
      for (var j = 0u; j < TILE_COLUMNS; j++) {
        let tap = weights[weights_at + weight_at[i * TILE_COLUMNS + j]];
        taps[i * TILE_COLUMNS + j] = select(tap, V(), RAGGED & (k + (own ^ i) >= run_length));
      }
    }
    // @unroll
    for (var m = 0u; m < TILE_PIXELS; m++) {
      let place = start[m] + k;
      let outside = (MASKED & (place >= row_length)) | (RAGGED & (k + own >= run_length));
      let a = select(x[row_at[m] + select(place, 0u, outside)], V(), outside);
      let b = quadSwapX(a);
      let c = quadSwapY(a);
      let d = quadSwapDiagonal(a);
      // @unroll
      for (var j = 0u; j < TILE_COLUMNS; j++) {
        let sum = (*sums)[m * TILE_COLUMNS + j];
        (*sums)[m * TILE_COLUMNS + j] = sum + a * taps[j] + b * taps[TILE_COLUMNS + j] + c * taps[2u * TILE_COLUMNS + j] + d * taps[3u * TILE_COLUMNS + j];
      }
    }
  }
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let pixels = p.batch * p.out_height * p.out_width;
  // A row of tiles consists of whole quads, and so does each group's part of it.
  let columns = p.out_channels / p.groups;
  let tiles = (columns + 4u * TILE_COLUMNS - 1u) / (4u * TILE_COLUMNS) * 4u;
  let tile = (workgroup.y * workgroups.x + workgroup.x) * WORKGROUP + lane;
  let first_pixel = tile / (tiles * p.groups) * TILE_PIXELS;
  let group = tile / tiles % p.groups;
  let first_output = tile % tiles;
  let own = lane % 4u;
  let first_member = group * (p.in_channels / p.groups) + own;

  // The place of each pixel's first tap. No invocation returns before the quads have shared what they load: past the last
  // pixel a tile computes the last one again. A division takes a CPU adapter as long as a load, so only the first pixel is
  // found by divisions.
  var image_at: PerPixel;
  var tap_row: PerPixel;
  var tap_column: PerPixel;
  if (SKIPS_PIXELS) {
    let first = min(first_pixel, pixels - 1u);
    let first_row = first / p.out_width;
    var n = first_row / p.out_height;
    var row = first_row % p.out_height;
    var column = first % p.out_width;
    // @unroll
    for (var m = 0u; m < TILE_PIXELS; m++) {
      image_at[m] = n * p.in_height;
      tap_row[m] = row * p.stride_height - p.pad_top;
      tap_column[m] = column * p.stride_width - p.pad_left;
      let goes_on = first_pixel + m + 1u < pixels;
      let ends_row = goes_on & (column + 1u == p.out_width);
      let ends_image = ends_row & (row + 1u == p.out_height);
      column = select(column + u32(goes_on), 0u, ends_row);
      row = select(row + u32(ends_row), 0u, ends_image);
      n += u32(ends_image);
    }
  }
  var weight_at: PerTap;
  // @unroll
  for (var i = 0u; i < 4u; i++) {
    // @unroll
    for (var j = 0u; j < TILE_COLUMNS; j++) {
      weight_at[i * TILE_COLUMNS + j] = (own ^ i) * p.out_channels + group * columns + min(first_output + j * tiles, columns - 1u);
    }
  }

  var sums: Sums;
  var row_at: PerPixel;
  var start: PerPixel;
  if (MASKED) {
    for (var run = 0u; run < p.filter_height * p.runs; run++) {
      let tap_y = run / p.runs * p.dilation_height;
      let tap_x = run % p.runs * p.dilation_width;
      // @unroll
      for (var m = 0u; m < TILE_PIXELS; m++) {
        let row = tap_row[m] + tap_y;
        let column = tap_column[m] + tap_x;
        row_at[m] = (image_at[m] + row) * p.in_width * p.in_channels;
        // Left of the row this wraps to a huge number, and outside is a huge number, too. A tap that is alone in its run is
        // in or out.
        let inside = (row < p.in_height) & ((p.runs == 1u) | (column < p.in_width));
        start[m] = select(0x80000000u, column * p.in_channels, inside) + first_member;
      }
      add_run(&sums, run, own, row_at, start, weight_at);
    }
  } else {
    // @unroll
    for (var m = 0u; m < TILE_PIXELS; m++) {
      var pixel = min(first_pixel + m, pixels - 1u);
      if (SKIPS_PIXELS) {
        pixel = (image_at[m] + tap_row[m]) * p.in_width + tap_column[m];
      }
      start[m] = pixel * p.in_channels + first_member;
    }
    add_run(&sums, 0u, own, row_at, start, weight_at);
  }
  if (first_pixel >= pixels || first_output >= columns) {
    return;
  }

  // Past the last column the tile stores its first column again; that column's own sum is stored last and stays. The same
  // holds for the last pixel. This is a real loop, in which the sums move up, because a CPU's compiler takes long for a
  // store: 28 stores took half of its time.
  for (var i = 1u; i < TILE_COLUMNS + 1u; i++) {
    let last_column = first_output + (TILE_COLUMNS - i) * tiles;
    let column = group * columns + select(first_output, last_column, last_column < columns);
    let of_channel = per_channel(column);
    // @unroll
    for (var m = 0u; m < TILE_PIXELS; m++) {
      let at = min(first_pixel + m, pixels - 1u) * p.out_channels + column;
      output[at] = epilogue(sums[m * TILE_COLUMNS + TILE_COLUMNS - 1u], at, of_channel);
      // @unroll
      for (var j = 1u; j < TILE_COLUMNS; j++) {
        sums[m * TILE_COLUMNS + TILE_COLUMNS - j] = sums[m * TILE_COLUMNS + TILE_COLUMNS - j - 1u];
      }
    }
  }
}
