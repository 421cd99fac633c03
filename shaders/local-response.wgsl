// Local response normalization: each element times (bias + alpha * the sum of the squares of its neighbours among the
// channels) to the power of -beta. Neighbours are the element itself and `radius` channels to each side; beyond the ends
// there are none.
//
// A workgroup computes 64 outputs that are neighbours in memory. Each adds up its own squares, which are all positive, so a
// sum of n is off by at most n times 2^-24 of itself. A sum that slides from channel to channel would lose digits by
// cancellation.

struct Neighbours {
  count: u32,
  channels: u32,
  inner: u32, // elements of a channel that are neighbours: 1 for channels last, height * width for NCHW
  radius: u32,
  bias: f32,
  alpha: f32,
  beta: f32,
}

@group(0) @binding(0) var<uniform> p: Neighbours;
@group(0) @binding(1) var<storage, read> x: array<V>;
@group(0) @binding(2) var<storage, read_write> output: array<V>; // as x

alias V = f32;
const WORKGROUP: u32 = 64u;

fn raised(left: V, right: V) -> V { return pow(left, right); }

alias PerChannel = u32;
fn per_channel(channel: u32) -> PerChannel { return channel; }
fn epilogue(v: V, at: u32, of_channel: PerChannel) -> V { return v; }

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
  let channel = at / p.inner % p.channels;
  let before = min(channel, p.radius);
  let behind = min(p.channels - 1u - channel, p.radius);
  let first = at - before * p.inner;
  var sum = V(0.0);
  for (var i = 0u; i <= before + behind; i++) {
    let v = x[first + i * p.inner];
    sum += v * v;
  }
  output[at] = epilogue(x[at] * raised(p.bias + p.alpha * sum, V(-p.beta)), at, per_channel(channel));
}
