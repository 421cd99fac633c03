// Each invocation adds products in eight chains of vectors, none of which waits for another: what the arithmetic units give at
// most. It reads a vector and writes one, so that no compiler finds it useless.

alias Number = f32;

const LOOPS: u32 = 128u;
override FUSED: bool = true;

@group(0) @binding(0) var<storage, read> input: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> output: array<vec4f>;

fn step(sum: vec4<Number>, x: vec4<Number>) -> vec4<Number> {
  if (FUSED) {
    return fma(sum, x, x);
  }
  return sum * x + x;
}

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) invocation: u32) {
  let x = vec4<Number>(input[invocation]);
  var a = x;
  var b = x + 1;
  var c = x + 2;
  var d = x + 3;
  var e = x + 4;
  var f = x + 5;
  var g = x + 6;
  var h = x + 7;
  for (var i = 0u; i < LOOPS; i++) {
    a = step(a, x);
    b = step(b, x);
    c = step(c, x);
    d = step(d, x);
    e = step(e, x);
    f = step(f, x);
    g = step(g, x);
    h = step(h, x);
  }
  output[invocation] = vec4f(a + b + c + d + e + f + g + h);
}
