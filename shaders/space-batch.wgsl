// Space to batch and back: the pixels of an image whose places have the same remainders by a block's sizes form an image of
// their own, so the batch grows by the number of places in a block. Space to batch puts zeros around the image; the way
// back cuts as much off.
//
// A workgroup computes 64 outputs that are neighbours in memory; each finds its place on the other side.

struct Blocks {
  count: u32,
  batch: u32, // of whole images
  inner: u32, // elements of a pixel
  image_sizes: array<vec4<u32>, 1>, // innermost axis first
  part_sizes: array<vec4<u32>, 1>,
  blocks: array<vec4<u32>, 1>,
  before: array<vec4<u32>, 1>, // zeros in front of an image
}

@group(0) @binding(0) var<uniform> p: Blocks;
@group(0) @binding(1) var<storage, read> x: array<V>;
@group(0) @binding(2) var<storage, read_write> output: array<V>;

alias V = f32;
const WORKGROUP: u32 = 64u;
const RANK: u32 = 3u;
const TO_BATCH: bool = true;

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
  var rest = at / p.inner;
  var places: array<u32, RANK>;
  // @unroll
  for (var axis = 0u; axis < RANK; axis++) {
    let size = select(p.image_sizes[0][axis], p.part_sizes[0][axis], TO_BATCH);
    places[axis] = rest % size;
    rest /= size;
  }
  // The rest is the index of an image, counted among the parts: the parts of one remainder are neighbours.
  var image = rest;
  var remainder = rest / p.batch;
  var x_at = at % p.inner;
  var x_stride = p.inner;
  var times = p.batch;
  var inside = true;
  if (TO_BATCH) {
    image = rest % p.batch;
  }
  // @unroll
  for (var axis = 0u; axis < RANK; axis++) {
    let side = p.blocks[0][axis];
    if (TO_BATCH) {
      let size = p.image_sizes[0][axis];
      // Before the image the unsigned difference wraps to a huge number, so that one comparison serves both ends.
      let place = places[axis] * side + remainder % side - p.before[0][axis];
      inside = inside && place < size;
      x_at += place * x_stride;
      x_stride *= size;
      remainder /= side;
    } else {
      let place = places[axis] + p.before[0][axis];
      x_at += place / side * x_stride;
      x_stride *= p.part_sizes[0][axis];
      image += place % side * times;
      times *= side;
    }
  }
  x_at += image * x_stride;
  output[at] = select(V(0.0), x[select(0u, x_at, inside)], inside);
}
