/**
 * `specialize` rewrites the declarations of a shader in place, unrolls the marked loops, and explains its errors.
 */
import { describe, expect, test } from 'vitest';
import { floatLiteral, specialize } from '../../src/kernels/specialize';
import { shaderOf } from '../support/shader-of';

const SHADER = shaderOf(`struct Size { n: u32 }

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
`);

/** The unrolled body of a function that holds only `loops`. */
const unrolled = (loops: string, constants = '') =>
  specialize({ ...shaderOf(''), code: `${constants}fn main() {\n${loops}\n}` }, {})
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
            output[0] = epilogue(x[2] * SCALE, i, 0u);
          }
        }
        { const i = 1u;
          if (FLIP) {
            output[1] = epilogue(x[1] * SCALE, i, 0u);
          }
        }
        { const i = 2u;
          if (FLIP) {
            output[2] = epilogue(x[0] * SCALE, i, 0u);
          }
        }
      }

      @group(0) @binding(3) var<storage, read> bias: array<V>;
      "
    `);
  });

  test('nothing set: only the loop is unrolled, and no line before it moves', () => {
    const lines = specialize(SHADER, {}).split('\n');
    const before = SHADER.code.split('\n').indexOf('  // @unroll');
    expect(lines.slice(0, before)).toEqual(SHADER.code.split('\n').slice(0, before));
  });

  test('knobs are constants with a literal value, of all four types', () => {
    const source =
      'const A: u32 = 2u;\nconst B: i32 = -1i;\nconst C: f32 = 0.5;\nconst D: bool = true;\nconst E: u32 = A * 2u;\nconst F: u32 = 2u * 3u;\nconst G: u32 = A;';
    const set = (knob: string) => () => specialize(shaderOf(source), { knobs: { [knob]: true } });
    for (const knob of ['A', 'B', 'C']) expect(set(knob)).toThrow(`\`const ${knob}: `);
    expect(set('D')()).toContain('const D: bool = true;');
    for (const knob of ['E', 'F', 'G']) expect(set(knob)).toThrow('it has A, B, C, D');
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
    const twice = specialize({ ...SHADER, code: once }, { slots: { epilogue: { body: 'return -v;' } } });
    expect(twice).toContain('-> V { return -v; }\n');
    expect(twice).not.toContain('V(1.0)');
  });

  test('results are cached by everything that was asked for, and errors are not cached', () => {
    const epilogue = (body: string) => specialize(SHADER, { slots: { epilogue: { body } } });
    expect(epilogue('return -v;')).not.toBe(epilogue('return v * v;'));
    expect(specialize({ ...SHADER, code: `${SHADER.code}// another` }, {})).not.toBe(specialize(SHADER, {}));
    for (let i = 0; i < 2; i++) expect(() => specialize(SHADER, { knobs: { SCALE: NaN } })).toThrow('cannot be NaN');
  });
});

describe('an unrolled loop', () => {
  test('becomes a block per index', () => {
    expect(unrolled('  // @unroll\n  for (var i = 1u; i < 3u; i++) { a[i] = b; }')).toMatchInlineSnapshot(`
      "  a[1] = b;
        a[2] = b;"
    `);
  });

  test('may hold another whose bounds name its index', () => {
    const inner = '  // @unroll\n  for (var j = i; j < min(i * 2u, 3u); j++) { f(i, j); }';
    expect(unrolled(`  // @unroll\n  for (var i = 0u; i < 3u; i++) {\n${inner}\n  }`)).toMatchInlineSnapshot(`
      "  
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

  test('may have a bound made of constants in any order; other constants need not be understood', () => {
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
    expect(() => specialize(shaderOf('fn main() {}'), { knobs: { A: 1 } })).toThrowErrorMatchingInlineSnapshot(
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
      `[Error: \`p.n\` is not an integer const-expression: unexpected \`p\`; known names are none]`,
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
      specialize({ ...SHADER, code: 'fn main() {\n  // @unroll\n  for (var i = 0u; i < 3u; i++) {' }, {}),
    ).toThrowErrorMatchingInlineSnapshot(`[Error: a { in the shader is never closed]`);
  });
});
