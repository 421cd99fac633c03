import { describe, expect, test } from 'vitest';
import { depthwiseProblem } from '../../src/conv/problem';
import { activationCode, activationNames } from '../../src/kernels/activation';
import { evaluate } from '../../src/kernels/const-expression';
import { depthwiseTile } from '../../src/kernels/depthwise-tile';
import { epilogueSlot } from '../../src/kernels/epilogue';
import type { Target } from '../../src/kernels/kernel';
import { floatLiteral, knobsOf, specialize } from '../../src/kernels/specialize';
import { packUniforms } from '../../src/kernels/uniforms';
import { bindingsOf, gridOf } from '../../src/step';

const SHADER = `struct Size { n: u32 }

@group(0) @binding(0) var<uniform> p: Size;
@group(0) @binding(1) var<storage, read> x: array<V>;
@group(0) @binding(2) var<storage, read_write> output: array<V>;

alias V = f32;
const WIDTH: u32 = 2u;
const LAST: u32 = WIDTH - 1u;
const STEP: i32 = -1i;
const SCALE: f32 = 0.5;
const FLIP: bool = false;

fn epilogue(v: V, at: u32, channel: u32) -> V { return v; }

@compute @workgroup_size(64)
fn main() {
  // @unroll
  for (var i = 0u; i < WIDTH; i++) {
    if (FLIP) {
      output[i] = epilogue(x[LAST - i] * SCALE, i, 0u);
    }
  }
}
`;

/** The unrolled body of a function that holds only `loops`. */
const unrolled = (loops: string, constants = '') =>
  specialize(`${constants}fn main() {\n${loops}\n}`, {})
    .slice(constants.length + 'fn main() {\n'.length, -1)
    .trimEnd();

describe('a shader is specialised in place', () => {
  test('knobs, alias, slot and loop at once', () => {
    const knobs = { WIDTH: 3, STEP: -2, SCALE: 0.1, FLIP: true };
    const epilogue = {
      body: 'return v + bias[channel];',
      declarations: '@group(0) @binding(3) var<storage, read> bias: array<V>;',
    };
    expect(specialize(SHADER, { knobs, aliases: { V: 'vec4<f32>' }, slots: { epilogue } })).toMatchInlineSnapshot(`
      "struct Size { n: u32 }

      @group(0) @binding(0) var<uniform> p: Size;
      @group(0) @binding(1) var<storage, read> x: array<V>;
      @group(0) @binding(2) var<storage, read_write> output: array<V>;

      alias V = vec4<f32>;
      const WIDTH: u32 = 3u;
      const LAST: u32 = WIDTH - 1u;
      const STEP: i32 = -2i;
      const SCALE: f32 = 0.10000000149011612f;
      const FLIP: bool = true;

      fn epilogue(v: V, at: u32, channel: u32) -> V { return v + bias[channel]; }

      @compute @workgroup_size(64)
      fn main() {
        { const i = 0u;
          if (FLIP) {
            output[i] = epilogue(x[LAST - i] * SCALE, i, 0u);
          }
        }
        { const i = 1u;
          if (FLIP) {
            output[i] = epilogue(x[LAST - i] * SCALE, i, 0u);
          }
        }
        { const i = 2u;
          if (FLIP) {
            output[i] = epilogue(x[LAST - i] * SCALE, i, 0u);
          }
        }
      }

      @group(0) @binding(3) var<storage, read> bias: array<V>;
      "
    `);
  });

  test('nothing set: only the loop is unrolled, and no line before it moves', () => {
    const lines = specialize(SHADER, {}).split('\n');
    const before = SHADER.split('\n').indexOf('  // @unroll');
    expect(lines.slice(0, before)).toEqual(SHADER.split('\n').slice(0, before));
  });

  test('knobs are constants with a literal value, of all four types', () => {
    expect(knobsOf(SHADER)).toEqual(['WIDTH', 'STEP', 'SCALE', 'FLIP']);
  });

  test('a knob may be set to what an f32 or i32 literal can say', () => {
    const set = (knobs: Record<string, number>) => specialize(SHADER, { knobs });
    expect(set({ SCALE: 1 })).toContain('const SCALE: f32 = 1f;');
    expect(set({ SCALE: 1e-7 })).toContain(`const SCALE: f32 = ${Math.fround(1e-7)}f;`);
    expect(set({ STEP: 0 })).toContain('const STEP: i32 = 0i;');
    expect(floatLiteral(3.4e38)).toBe('3.3999999521443642e+38f');
  });

  test('a slot may hold braces, and one that is set twice keeps the last body', () => {
    const once = specialize(SHADER, { slots: { epilogue: { body: 'if (at == 0u) { return V(1.0); } return v;' } } });
    const twice = specialize(once, { slots: { epilogue: { body: 'return -v;' } } });
    expect(twice).toContain('-> V { return -v; }\n');
    expect(twice).not.toContain('V(1.0)');
  });

  test('what was made is remembered by all that was asked for, and a mistake not at all', () => {
    const epilogue = (body: string) => specialize(SHADER, { slots: { epilogue: { body } } });
    expect(epilogue('return -v;')).not.toBe(epilogue('return v * v;'));
    expect(specialize(`${SHADER}// another`, {})).not.toBe(specialize(SHADER, {}));
    for (let i = 0; i < 2; i++) expect(() => specialize(SHADER, { knobs: { SCALE: NaN } })).toThrow('cannot be NaN');
  });

  test('the depthwise tile 2x1 of a 1x3 filter, bias and relu6', () => {
    const target: Target = {
      limits: {
        maxBufferSize: 2 ** 28,
        maxStorageBufferBindingSize: 2 ** 27,
        maxComputeWorkgroupsPerDimension: 65_535,
        maxComputeInvocationsPerWorkgroup: 256,
      },
      cpu: false,
    };
    const problem = depthwiseProblem('depthwiseConv2d', [1, 4, 6, 8], [1, 3, 8, 1], { padding: 'same' });
    const epilogue = [{ kind: 'bias' }, { kind: 'activation', code: activationCode('op', 'relu6') }] as const;
    const step = depthwiseTile.step(problem, { TILE_WIDTH: 2, TILE_HEIGHT: 1, LANES: 4 }, epilogue, target);
    const { wgsl, ...rest } = step;
    expect(rest).toMatchInlineSnapshot(`
      {
        "grid": [
          1,
          1,
          1,
        ],
        "kernel": "depthwise/tile",
        "label": "depthwise/tile 2x1x4 1x4x6x8->8 k1x3",
        "tile": {
          "LANES": 4,
          "TILE_HEIGHT": 1,
          "TILE_WIDTH": 2,
        },
        "uniforms": Uint32Array [
          1,
          4,
          6,
          4,
          6,
          8,
          0,
          1,
        ],
      }
    `);
    expect(wgsl.slice(wgsl.indexOf('const WORKGROUP'))).toMatchInlineSnapshot(`
      "const WORKGROUP: u32 = 64u;
      const FILTER_HEIGHT: u32 = 1u;
      const FILTER_WIDTH: u32 = 3u;
      const STRIDE_HEIGHT: u32 = 1u;
      const STRIDE_WIDTH: u32 = 1u;
      const DILATION_HEIGHT: u32 = 1u;
      const DILATION_WIDTH: u32 = 1u;
      const TILE_WIDTH: u32 = 2u;
      const TILE_HEIGHT: u32 = 1u;

      // The outputs of a tile lie STEP apart, so that with dilation, too, their taps fall on the same inputs; then they are HOP
      // inputs apart, counted in dilations.
      const STEP_HEIGHT: u32 = 1u;
      const STEP_WIDTH: u32 = 1u;
      const HOP_HEIGHT: u32 = STEP_HEIGHT * STRIDE_HEIGHT / DILATION_HEIGHT;
      const HOP_WIDTH: u32 = STEP_WIDTH * STRIDE_WIDTH / DILATION_WIDTH;
      const_assert STEP_HEIGHT * STRIDE_HEIGHT % DILATION_HEIGHT == 0u && STEP_WIDTH * STRIDE_WIDTH % DILATION_WIDTH == 0u;

      // Input rows and columns that the tile's taps fall on.
      const IN_ROWS: u32 = (TILE_HEIGHT - 1u) * HOP_HEIGHT + FILTER_HEIGHT;
      const IN_COLUMNS: u32 = (TILE_WIDTH - 1u) * HOP_WIDTH + FILTER_WIDTH;

      fn epilogue(v: V, at: u32, channel: u32) -> V { var r = v; r += bias[channel]; r = activation(r); return r; }

      // Tiles along an axis of \`size\` outputs: as many for each of the STEP places to begin.
      fn tiles(size: u32, step: u32, tile: u32) -> u32 {
        return (size + step * tile - 1u) / (step * tile) * step;
      }

      // First output of a tile.
      fn origin(index: u32, step: u32, tile: u32) -> u32 {
        return index / step * step * tile + index % step;
      }

      @compute @workgroup_size(WORKGROUP)
      fn main(
        @builtin(workgroup_id) group: vec3<u32>,
        @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) lane: u32,
      ) {
        let channels = p.out_channels / LANES;
        let tiles_x = tiles(p.out_width, STEP_WIDTH, TILE_WIDTH);
        let tiles_y = tiles(p.out_height, STEP_HEIGHT, TILE_HEIGHT);
        let tile = (group.y * groups.x + group.x) * WORKGROUP + lane;
        let c = tile % channels;
        let column = tile / channels;
        let row = column / tiles_x;
        let out_x = origin(column % tiles_x, STEP_WIDTH, TILE_WIDTH);
        let out_y = origin(row % tiles_y, STEP_HEIGHT, TILE_HEIGHT);
        let n = row / tiles_y;
        if (n >= p.batch) {
          return;
        }

        // Left of or above the image the unsigned difference wraps to a huge number: outside, like the right and the bottom.
        let in_x = out_x * STRIDE_WIDTH - p.pad_left;
        let in_y = out_y * STRIDE_HEIGHT - p.pad_top;
        var inside: array<bool, IN_COLUMNS>;
        var column_at: array<u32, IN_COLUMNS>;
        { const i = 0u;
          let column_x = in_x + i * DILATION_WIDTH;
          inside[i] = column_x < p.in_width;
          column_at[i] = select(0u, column_x * channels, inside[i]) + c;
        }
        { const i = 1u;
          let column_x = in_x + i * DILATION_WIDTH;
          inside[i] = column_x < p.in_width;
          column_at[i] = select(0u, column_x * channels, inside[i]) + c;
        }
        { const i = 2u;
          let column_x = in_x + i * DILATION_WIDTH;
          inside[i] = column_x < p.in_width;
          column_at[i] = select(0u, column_x * channels, inside[i]) + c;
        }
        { const i = 3u;
          let column_x = in_x + i * DILATION_WIDTH;
          inside[i] = column_x < p.in_width;
          column_at[i] = select(0u, column_x * channels, inside[i]) + c;
        }

        var sums: array<V, TILE_WIDTH * TILE_HEIGHT>;
        { const r = 0u;
          let y = in_y + r * DILATION_HEIGHT;
          let row_inside = y < p.in_height;
          let row_at = (n * p.in_height + select(0u, y, row_inside)) * p.in_width * channels;
          var pixels: array<V, IN_COLUMNS>;
          { const i = 0u;
            pixels[i] = select(V(0.0), x[row_at + column_at[i]], inside[i] && row_inside);
          }
          { const i = 1u;
            pixels[i] = select(V(0.0), x[row_at + column_at[i]], inside[i] && row_inside);
          }
          { const i = 2u;
            pixels[i] = select(V(0.0), x[row_at + column_at[i]], inside[i] && row_inside);
          }
          { const i = 3u;
            pixels[i] = select(V(0.0), x[row_at + column_at[i]], inside[i] && row_inside);
          }
          // The output rows that have a tap on input row r: tap r - ty * HOP_HEIGHT.
          { const ty = 0u;
            { const tap_x = 0u;
              let weight = weights[((r - ty * HOP_HEIGHT) * FILTER_WIDTH + tap_x) * channels + c];
              { const tx = 0u;
                sums[ty * TILE_WIDTH + tx] += pixels[tx * HOP_WIDTH + tap_x] * weight;
              }
              { const tx = 1u;
                sums[ty * TILE_WIDTH + tx] += pixels[tx * HOP_WIDTH + tap_x] * weight;
              }
            }
            { const tap_x = 1u;
              let weight = weights[((r - ty * HOP_HEIGHT) * FILTER_WIDTH + tap_x) * channels + c];
              { const tx = 0u;
                sums[ty * TILE_WIDTH + tx] += pixels[tx * HOP_WIDTH + tap_x] * weight;
              }
              { const tx = 1u;
                sums[ty * TILE_WIDTH + tx] += pixels[tx * HOP_WIDTH + tap_x] * weight;
              }
            }
            { const tap_x = 2u;
              let weight = weights[((r - ty * HOP_HEIGHT) * FILTER_WIDTH + tap_x) * channels + c];
              { const tx = 0u;
                sums[ty * TILE_WIDTH + tx] += pixels[tx * HOP_WIDTH + tap_x] * weight;
              }
              { const tx = 1u;
                sums[ty * TILE_WIDTH + tx] += pixels[tx * HOP_WIDTH + tap_x] * weight;
              }
            }
          }
        }

        { const ty = 0u;
          { const tx = 0u;
            let tile_y = out_y + ty * STEP_HEIGHT;
            let tile_x = out_x + tx * STEP_WIDTH;
            if (tile_y < p.out_height && tile_x < p.out_width) {
              let at = ((n * p.out_height + tile_y) * p.out_width + tile_x) * channels + c;
              output[at] = epilogue(sums[ty * TILE_WIDTH + tx], at, c);
            }
          }
          { const tx = 1u;
            let tile_y = out_y + ty * STEP_HEIGHT;
            let tile_x = out_x + tx * STEP_WIDTH;
            if (tile_y < p.out_height && tile_x < p.out_width) {
              let at = ((n * p.out_height + tile_y) * p.out_width + tile_x) * channels + c;
              output[at] = epilogue(sums[ty * TILE_WIDTH + tx], at, c);
            }
          }
        }
      }

      @group(0) @binding(4) var<storage, read> bias: array<V>;
      fn activation(v: V) -> V { return clamp(v, V(0.0), V(6.0)); }
      "
    `);
  });
});

describe('an unrolled loop', () => {
  test('becomes a block per index', () => {
    expect(unrolled('  // @unroll\n  for (var i = 1u; i < 3u; i++) { a[i] = b; }')).toMatchInlineSnapshot(`
      "  { const i = 1u; a[i] = b; }
        { const i = 2u; a[i] = b; }"
    `);
  });

  test('may hold another whose bounds name its index', () => {
    const inner = '  // @unroll\n  for (var j = i; j < min(i * 2u, 3u); j++) { f(i, j); }';
    expect(unrolled(`  // @unroll\n  for (var i = 0u; i < 3u; i++) {\n${inner}\n  }`)).toMatchInlineSnapshot(`
      "  { const i = 0u;

        }
        { const i = 1u;
        { const j = 1u; f(i, j); }
        }
        { const i = 2u;
        { const j = 2u; f(i, j); }
        }"
    `);
  });

  test('with an empty range leaves nothing', () => {
    expect(unrolled('  // @unroll\n  for (var i = 2u; i < 2u; i++) { f(i); }')).toBe('');
    expect(unrolled('  // @unroll\n  for (var i = 3u; i < N; i++) { f(i); }', 'const N: u32 = 1u;\n')).toBe('');
  });

  test('keeps what follows it, other loops included', () => {
    const loop = (name: string) => `  // @unroll\n  for (var i = 0u; i < 1u; i++) { ${name}(i); }`;
    expect(unrolled(`${loop('f')}\n  g();\n${loop('h')}`)).toMatchInlineSnapshot(`
      "  { const i = 0u; f(i); }
        g();
        { const i = 0u; h(i); }"
    `);
  });

  test('has an index of the type that WGSL gives it', () => {
    const index = (head: string, constants = '') =>
      /const i = [^;]+;/.exec(unrolled(`  // @unroll\n  for (${head}) { f(i); }`, constants))?.[0];
    expect(index('var i = 0u; i < 1u; i++')).toBe('const i = 0u;');
    expect(index('var i = 0; i < 1; i++')).toBe('const i = 0i;');
    expect(index('var i: i32 = 0; i < 1; i++')).toBe('const i = 0i;');
    expect(index('var i: u32 = 0; i < 1; i++')).toBe('const i = 0u;');
    expect(index('var i = -2i; i < -1i; i++')).toBe('const i = -2i;');
    expect(index('var i = A - 1u; i < A; i++', 'const A: u32 = 5u;\n')).toBe('const i = 4u;');
  });

  test('may be bounded by constants in any order, and by none that it need not understand', () => {
    const constants = 'const B: u32 = A * 2u;\nconst MASK: u32 = 1u << 3u;\nconst A: u32 = 1u;\n';
    expect(unrolled('  // @unroll\n  for (var i = 0u; i < B; i++) { f(i); }', constants)).toMatchInlineSnapshot(`
      "  { const i = 0u; f(i); }
        { const i = 1u; f(i); }"
    `);
  });
});

describe('a mistake is an error that names what there is', () => {
  test('unknown knob, alias and slot', () => {
    expect(() => specialize(SHADER, { knobs: { DEPTH: 1 } })).toThrowErrorMatchingInlineSnapshot(
      `[Error: the shader declares no \`const DEPTH\`; it has WIDTH, STEP, SCALE, FLIP]`,
    );
    expect(() => specialize(SHADER, { knobs: { LAST: 1 } })).toThrowErrorMatchingInlineSnapshot(
      `[Error: the shader declares no \`const LAST\`; it has WIDTH, STEP, SCALE, FLIP]`,
    );
    expect(() => specialize(SHADER, { aliases: { Elem: 'f16' } })).toThrowErrorMatchingInlineSnapshot(
      `[Error: the shader declares no \`alias Elem\`; it has V]`,
    );
    expect(() => specialize(SHADER, { slots: { prologue: { body: '' } } })).toThrowErrorMatchingInlineSnapshot(
      `[Error: the shader declares no \`fn prologue\`; it has epilogue, main]`,
    );
    expect(() => specialize('fn main() {}', { knobs: { A: 1 } })).toThrowErrorMatchingInlineSnapshot(
      `[Error: the shader declares no \`const A\`; it has none]`,
    );
  });

  test('a value that the type of a knob cannot hold', () => {
    const set = (knobs: Record<string, number | boolean>) => () => specialize(SHADER, { knobs });
    expect(set({ WIDTH: -1 })).toThrowErrorMatchingInlineSnapshot(
      `[Error: the shader's \`const WIDTH: u32\` cannot be -1]`,
    );
    expect(set({ WIDTH: 1.5 })).toThrowErrorMatchingInlineSnapshot(
      `[Error: the shader's \`const WIDTH: u32\` cannot be 1.5]`,
    );
    expect(set({ STEP: NaN })).toThrowErrorMatchingInlineSnapshot(
      `[Error: the shader's \`const STEP: i32\` cannot be NaN]`,
    );
    expect(set({ SCALE: Infinity })).toThrowErrorMatchingInlineSnapshot(
      `[Error: the shader's \`const SCALE: f32\` cannot be Infinity]`,
    );
    expect(set({ FLIP: 1 })).toThrowErrorMatchingInlineSnapshot(
      `[Error: the shader's \`const FLIP: bool\` cannot be 1]`,
    );
  });

  test('a loop that cannot be unrolled', () => {
    const loop =
      (head: string, body = 'f(i);') =>
      () =>
        unrolled(`  // @unroll\n  for (${head}) { ${body} }`);
    expect(loop('var i = 0u; i <= 3u; i++')).toThrowErrorMatchingInlineSnapshot(
      `[Error: an \`// @unroll\` is not followed by \`for (var i = a; i < b; i++) {\`]`,
    );
    expect(loop('var i = 0u; i < 3u; i += 2u')).toThrowErrorMatchingInlineSnapshot(
      `[Error: an \`// @unroll\` is not followed by \`for (var i = a; i < b; i++) {\`]`,
    );
    expect(loop('var i = 0u; i < p.n; i++')).toThrowErrorMatchingInlineSnapshot(
      `[Error: \`p.n\` is not an integer const-expression]`,
    );
    expect(loop('var i = 0u; i < n; i++')).toThrowErrorMatchingInlineSnapshot(
      `[Error: \`n\` is not an integer const-expression: unexpected \`n\`; known names are none]`,
    );
    expect(loop('var i = 0u; i < 3u; i++', 'if (i == 1u) { break; }')).toThrowErrorMatchingInlineSnapshot(
      `[Error: the unrolled loop over i holds a break or continue, which a block cannot]`,
    );
    expect(loop('var i = 0u; i < 3u; i++', 'if (i == 1u) { continue; }')).toThrowErrorMatchingInlineSnapshot(
      `[Error: the unrolled loop over i holds a break or continue, which a block cannot]`,
    );
    expect(loop('var i = 0u; i < 4 / 0; i++')).toThrowErrorMatchingInlineSnapshot(`[Error: \`4 / 0\` divides by zero]`);
    expect(loop('var i = 0u; i < 1000000u; i++')).toThrowErrorMatchingInlineSnapshot(
      `[Error: the unrolled loop over i runs 1000000 times; unroll at most 1024]`,
    );
    expect(() =>
      specialize('fn main() {\n  // @unroll\n  for (var i = 0u; i < 3u; i++) {', {}),
    ).toThrowErrorMatchingInlineSnapshot(`[Error: a brace in the shader is never closed]`);
  });
});

describe('a const-expression', () => {
  const names = { A: 7, B: 'A - 2u', C: 'B * B' };
  test.for([
    ['3', 3],
    ['3u', 3],
    [' 2u + 3u * 4u ', 14],
    ['(2u + 3u) * 4u', 20],
    ['10 - 4 - 3', 3],
    ['24 / 4 / 2', 3],
    ['7 / 2 * 2', 6],
    ['-7 / 2', -3],
    ['-7 % 3', -1],
    ['- - 2', 2],
    ['A % 4u', 3],
    ['C', 25],
    ['min(A, B) + max(1u, 2u)', 7],
    ['max(min(9, A), (1 + 1))', 7],
  ] as const)('%s is %i', ([text, value]) => {
    expect(evaluate(text, names)).toBe(value);
  });

  test.for([
    '',
    '1 +',
    '(1',
    '1)',
    '1 2',
    'x',
    'toString',
    'min(1)',
    'min(1, 2',
    'clamp(1, 2)',
    '1.5',
    '1 << 2',
    '3x',
    ')',
    'A / 0',
    'A % (B - 5)',
  ])('`%s` is an error', (text) => {
    expect(() => evaluate(text, names)).toThrow(`\`${text}\``);
  });
});

describe('uniforms', () => {
  const shader = (fields: string) =>
    `struct Other { z: u32 }\nstruct Size { ${fields} }\n@group(0) @binding(0) var<uniform> p: Size;`;

  test('are packed in the order of the struct, to a multiple of 16 bytes', () => {
    expect([...packUniforms(shader('b: u32, a: i32,'), { a: -1, b: 2, unused: 3 })]).toEqual([2, 0xffffffff, 0, 0]);
  });

  test('hold the bits of an f32', () => {
    expect([...packUniforms(shader('e: f32'), { e: 1 })]).toEqual([0x3f800000, 0, 0, 0]);
  });

  test('align an array of vectors, fill its end with zeros, and go on after it', () => {
    const words = packUniforms(shader('n: u32, list: array<vec4<u32>, 2>, after: u32'), {
      n: 9,
      list: [1, 2, 3, 4, 5],
      after: 8,
    });
    expect([...words]).toEqual([9, 0, 0, 0, 1, 2, 3, 4, 5, 0, 0, 0, 8, 0, 0, 0]);
  });

  test('may be commented, in the struct, too', () => {
    expect([
      ...packUniforms(shader('\n  n: u32, // rows: u32 of them\n  // old: u32,\n  m: u32,\n'), { n: 1, m: 2 }),
    ]).toEqual([1, 2, 0, 0]);
  });

  test('are empty where the shader has none', () => {
    expect(packUniforms('fn main() {}', { a: 1 })).toHaveLength(0);
  });

  test('that are missing, too long or of a strange type are errors', () => {
    expect(() => packUniforms(shader('rows: u32, columns: u32'), { rows: 1 })).toThrowErrorMatchingInlineSnapshot(
      `[Error: uniform struct Size: field columns is given no value]`,
    );
    expect(() =>
      packUniforms(shader('list: array<vec4<u32>, 1>'), { list: [1, 2, 3, 4, 5] }),
    ).toThrowErrorMatchingInlineSnapshot(`[Error: uniform struct Size: field list holds 4 numbers but is given 5]`);
    expect(() => packUniforms(shader('at: vec2<u32>'), { at: [1, 2] })).toThrowErrorMatchingInlineSnapshot(
      `[Error: uniform struct Size: field at has type vec2<u32>; numbers fill u32, i32 and f32, and lists array<vec4<u32>, N>]`,
    );
    expect(() => packUniforms(shader('n: u32'), { n: [1] })).toThrowErrorMatchingInlineSnapshot(
      `[Error: uniform struct Size: field n has type u32; numbers fill u32, i32 and f32, and lists array<vec4<u32>, N>]`,
    );
  });
});

describe('an epilogue', () => {
  const relu = { kind: 'activation', code: activationCode('op', 'relu') } as const;

  test('without stages returns the sum', () => {
    expect(epilogueSlot(SHADER, [])).toEqual({ body: 'var r = v; return r;', declarations: '' });
  });

  test('binds its operands after those of the shader, in the order of the stages', () => {
    const prelu = { kind: 'activation', code: activationCode('op', { name: 'prelu' }) } as const;
    const { body, declarations } = epilogueSlot(SHADER, [{ kind: 'affine' }, { kind: 'residual' }, prelu]);
    expect(`${body}\n${declarations}`).toMatchInlineSnapshot(`
      "var r = v; r = r * affine[channel] + affine[arrayLength(&affine) / 2u + channel]; r += residual[at]; r = activation(r, alpha[channel]); return r;
      @group(0) @binding(3) var<storage, read> affine: array<V>;
      @group(0) @binding(4) var<storage, read> residual: array<V>;
      @group(0) @binding(5) var<storage, read> alpha: array<V>;
      fn activation(v: V, alpha: V) -> V { return max(v, V(0.0)) + alpha * min(v, V(0.0)); }"
    `);
  });

  test('may have an activation twice, but an operand once', () => {
    expect(epilogueSlot(SHADER, [relu, { kind: 'residual' }, relu])).toMatchInlineSnapshot(`
      {
        "body": "var r = v; r = activation(r); r += residual[at]; r = activation1(r); return r;",
        "declarations": "fn activation(v: V) -> V { return max(v, V(0.0)); }
      @group(0) @binding(3) var<storage, read> residual: array<V>;
      fn activation1(v: V) -> V { return max(v, V(0.0)); }",
      }
    `);
    expect(() => epilogueSlot(SHADER, [{ kind: 'bias' }, { kind: 'bias' }])).toThrowErrorMatchingInlineSnapshot(
      `[Error: epilogue: bias is bound twice; an operand has one stage]`,
    );
  });
});

describe('an activation', () => {
  test('has a body for every name', () => {
    for (const name of activationNames)
      expect(activationCode('op', { name } as never)).toMatchObject({ name, body: expect.stringContaining('return ') });
  });

  test('takes its attributes as float literals', () => {
    expect(activationCode('op', { name: 'leakyRelu', alpha: 0.25 }).body).toContain('0.25f');
    expect(activationCode('op', { name: 'clip', min: -1 }).body).toBe('return max(v, V(-1f));');
    expect(activationCode('op', { name: 'clip' }).body).toBe('return v;');
    expect(activationCode('op', { name: 'gelu', approximate: true }).body).not.toBe(activationCode('op', 'gelu').body);
  });

  test('that is unknown or has strange attributes is an error', () => {
    const error = (activation: unknown) => expect(() => activationCode('conv2d', activation as never));
    error('swish').toThrowErrorMatchingInlineSnapshot(
      `[Error: conv2d: activation is 'swish'; it is one of linear, relu, relu6, leakyRelu, prelu, elu, sigmoid, tanh, hardSigmoid, hardSwish, silu, gelu, softplus, mish, clip]`,
    );
    error('toString').toThrow('activation is');
    error(null).toThrow('activation is undefined');
    error(7).toThrow('activation is undefined');
    error({ name: 'relu', alpha: 1 }).toThrowErrorMatchingInlineSnapshot(
      `[Error: conv2d: activation relu has no attribute alpha; it has none]`,
    );
    error({ name: 'leakyRelu', slope: 1 }).toThrowErrorMatchingInlineSnapshot(
      `[Error: conv2d: activation leakyRelu has no attribute slope; it has alpha]`,
    );
    error({ name: 'leakyRelu', alpha: NaN }).toThrowErrorMatchingInlineSnapshot(
      `[Error: conv2d: activation leakyRelu has alpha NaN; it must be a finite number, by default 0.2]`,
    );
    error({ name: 'elu', alpha: 1e39 }).toThrow('alpha 1e+39');
    error({ name: 'clip', min: 2, max: 1 }).toThrowErrorMatchingInlineSnapshot(
      `[Error: conv2d: activation clip has min 2 and max 1; give two numbers with min <= max]`,
    );
    error({ name: 'clip', min: NaN }).toThrow('min NaN');
    error({ name: 'gelu', approximate: 'tanh' }).toThrowErrorMatchingInlineSnapshot(
      `[Error: conv2d: activation gelu has approximate 'tanh'; it is true (tanh) or false (erf)]`,
    );
  });
});

describe('a step', () => {
  test('reads its bindings off the text, in binding order', () => {
    const wgsl = `
      @group(0) @binding(2) var<storage, read_write> output: array<f32>;
      @group(0) @binding(0)
      var<uniform> p: Size;
      @group(0) @binding(1) var<storage,read> x: array<f32>;
      var<workgroup> shared_rows: array<f32, 4>;`;
    expect(bindingsOf(wgsl)).toEqual([
      { binding: 0, name: 'p', access: 'uniform' },
      { binding: 1, name: 'x', access: 'read' },
      { binding: 2, name: 'output', access: 'read_write' },
    ]);
  });

  test('has a flat grid up to the limit, and a nearly square one beyond', () => {
    expect(gridOf(1, 10)).toEqual([1, 1, 1]);
    expect(gridOf(10, 10)).toEqual([10, 1, 1]);
    expect(gridOf(11, 10)).toEqual([4, 3, 1]);
    expect(gridOf(65_536, 65_535)).toEqual([256, 256, 1]);
    expect(gridOf(100, 10)).toEqual([10, 10, 1]);
  });

  test('has no surplus of a whole row of workgroups', () => {
    for (let workgroups = 11; workgroups <= 100; workgroups++) {
      const [width, height] = gridOf(workgroups, 10);
      expect(width * height).toBeGreaterThanOrEqual(workgroups);
      expect(width * height - workgroups).toBeLessThan(width);
      expect(Math.max(width, height)).toBeLessThanOrEqual(10);
    }
  });

  test('that needs more workgroups than a grid has is an error', () => {
    expect(() => gridOf(101, 10)).toThrowErrorMatchingInlineSnapshot(
      `[Error: depthwise: 101 workgroups do not fit a grid of 10 x 10, the device's maxComputeWorkgroupsPerDimension; split the batch into several calls]`,
    );
  });
});
