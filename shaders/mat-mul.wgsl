// Matrix product, a batch of them. An operand is read through its strides: transposing it swaps two strides, and an operand
// that serves several matrices along an axis of the batch has stride 0 there. The host merges axes that both operands walk
// as one, so BATCH_RANK is mostly 1.
//
// One invocation computes TILE_ROWS x TILE_COLUMNS outputs, so that each number loaded serves several products; a
// workgroup computes 64 such tiles, neighbours along the columns first.
//
// Products are summed in blocks, and the blocks' sums are added: of a depth of k no product goes through more than span + k
// / span additions, and a sum is off by at most that many times 2^-24 of the sum of the products' magnitudes.

struct Problem {
  batch: u32,
  rows: u32,
  columns: u32,
  depth: u32,
  span: u32,
  a_row: u32,
  a_depth: u32,
  b_depth: u32,
  b_column: u32,
  batch_sizes: array<vec4<u32>, 2>, // innermost first
  a_batch_strides: array<vec4<u32>, 2>,
  b_batch_strides: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<uniform> p: Problem;
@group(0) @binding(1) var<storage, read> a: array<f32>; // [batch, row, depth] through its strides
@group(0) @binding(2) var<storage, read> b: array<f32>; // [batch, depth, column] through its strides
@group(0) @binding(3) var<storage, read_write> output: array<f32>; // [batch, row, column]

alias V = f32;
const WORKGROUP: u32 = 64u;
const TILE_ROWS: u32 = 4u;
const TILE_COLUMNS: u32 = 4u;
const BATCH_RANK: u32 = 8u;

// What the epilogue reads once per column, and what it does to a sum.
alias PerChannel = u32;
fn per_channel(channel: u32) -> PerChannel { return channel; }
fn epilogue(v: V, at: u32, of_channel: PerChannel) -> V { return v; }

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let tiles_across = (p.columns + TILE_COLUMNS - 1u) / TILE_COLUMNS;
  let tiles_down = (p.rows + TILE_ROWS - 1u) / TILE_ROWS;
  let tile = (group.y * groups.x + group.x) * WORKGROUP + lane;
  let column = tile % tiles_across * TILE_COLUMNS;
  let row = tile / tiles_across % tiles_down * TILE_ROWS;
  let n = tile / tiles_across / tiles_down;
  if (n >= p.batch) {
    return;
  }
  var rest = n;
  var a_first = 0u;
  var b_first = 0u;
  // @unroll
  for (var axis = 0u; axis < BATCH_RANK; axis++) {
    let size = p.batch_sizes[axis / 4u][axis % 4u];
    a_first += rest % size * p.a_batch_strides[axis / 4u][axis % 4u];
    b_first += rest % size * p.b_batch_strides[axis / 4u][axis % 4u];
    rest /= size;
  }

  // Rows and columns beyond the edge read the last one again; their results are not stored.
  var a_at: array<u32, TILE_ROWS>;
  // @unroll
  for (var i = 0u; i < TILE_ROWS; i++) {
    a_at[i] = a_first + min(row + i, p.rows - 1u) * p.a_row;
  }
  var b_at: array<u32, TILE_COLUMNS>;
  // @unroll
  for (var j = 0u; j < TILE_COLUMNS; j++) {
    b_at[j] = b_first + min(column + j, p.columns - 1u) * p.b_column;
  }

  var sums: array<f32, TILE_ROWS * TILE_COLUMNS>;
  let span = p.span;
  for (var begin = 0u; begin < p.depth; begin += span) {
    let end = min(begin + span, p.depth);
    // Zero is written out: some compilers clear a variable of a loop in its first round only (Chrome 147 on SwiftShader).
    var part = array<f32, TILE_ROWS * TILE_COLUMNS>();
    for (var k = begin; k < end; k++) {
      var right: array<f32, TILE_COLUMNS>;
      // @unroll
      for (var j = 0u; j < TILE_COLUMNS; j++) {
        right[j] = b[b_at[j] + k * p.b_depth];
      }
      // @unroll
      for (var i = 0u; i < TILE_ROWS; i++) {
        let left = a[a_at[i] + k * p.a_depth];
        // @unroll
        for (var j = 0u; j < TILE_COLUMNS; j++) {
          part[i * TILE_COLUMNS + j] += left * right[j];
        }
      }
    }
    // @unroll
    for (var i = 0u; i < TILE_ROWS * TILE_COLUMNS; i++) {
      sums[i] += part[i];
    }
  }

  // @unroll
  for (var j = 0u; j < TILE_COLUMNS; j++) {
    let of_column = per_channel(min(column + j, p.columns - 1u));
    // @unroll
    for (var i = 0u; i < TILE_ROWS; i++) {
      if (row + i < p.rows && column + j < p.columns) {
        let at = (n * p.rows + row + i) * p.columns + column + j;
        output[at] = epilogue(sums[i * TILE_COLUMNS + j], at, of_column);
      }
    }
  }
}
