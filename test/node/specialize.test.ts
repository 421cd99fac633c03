/**
 * `specialize` rewrites the declarations of a shader in place, unrolls the marked loops, and explains its errors.
 */
import { describe, expect, test } from 'vitest';
import { floatLiteral, specialize } from '../../src/kernels/specialize';
import { checkDirectives } from '../../tools/wgsl/directives';
import { shaderOf } from '../support/shader-of';

const SHADER = shaderOf(`struct Size { n: u32 }

@group(0) @binding(0) var<uniform> p: Size;
@group(0) @binding(1) var<storage, read> x: array<V>;
@group(0) @binding(2) var<storage, read_write> output: array<V>;

alias V = f32;
const WIDTH: u32 = 2u;
const LAST: u32 = WIDTH - 1u;
const FLIP: bool = false;

fn epilogue(v: V, at: u32, channel: u32) -> V { return v; }

@compute @workgroup_size(64)
fn main() {
  // @unroll
  for (var i = 0u; i < WIDTH; i++) {
    if (FLIP) {
      output[i] = epilogue(x[LAST - i], i, 0u);
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
    const knobs = { WIDTH: 3, FLIP: true };
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
      const FLIP: bool = true;

      fn epilogue(v: V, at: u32, channel: u32) -> V { return v + bias[channel]; }

      @compute @workgroup_size(64)
      fn main() {
        { const i = 0u;
          if (FLIP) {
            output[0] = epilogue(x[2], i, 0u);
          }
        }
        { const i = 1u;
          if (FLIP) {
            output[1] = epilogue(x[1], i, 0u);
          }
        }
        { const i = 2u;
          if (FLIP) {
            output[2] = epilogue(x[0], i, 0u);
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

  test('knobs are constants with a literal value', () => {
    const source =
      'const A: u32 = 2u;\nconst D: bool = true;\nconst E: u32 = A * 2u;\nconst F: u32 = 2u * 3u;\nconst G: u32 = A;';
    const set = (knob: string, value: number | boolean) => specialize(shaderOf(source), { knobs: { [knob]: value } });
    expect(set('A', 5)).toContain('const A: u32 = 5u;');
    expect(set('D', false)).toContain('const D: bool = false;');
    for (const knob of ['E', 'F', 'G'])
      expect(() => set(knob, 1)).toThrow(`the shader declares no \`const ${knob}\` that may be set`);
  });

  test('a number is written as f32 holds it', () => {
    expect(floatLiteral(1)).toBe('1f');
    expect(floatLiteral(1e-7)).toBe(`${Math.fround(1e-7)}f`);
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
    for (let i = 0; i < 2; i++) expect(() => specialize(SHADER, { knobs: { SCALE: 1 } })).toThrow('declares no');
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
      `[Error: the shader declares no \`const DEPTH\` that may be set]`,
    );
    expect(() => specialize(SHADER, { aliases: { Elem: 'f16' } })).toThrowErrorMatchingInlineSnapshot(
      `[Error: the shader declares no \`alias Elem\` that may be set]`,
    );
    expect(() => specialize(SHADER, { slots: { prologue: { body: '' } } })).toThrowErrorMatchingInlineSnapshot(
      `[Error: the shader declares no \`fn prologue\` that may be set]`,
    );
  });

  test('bounds that are not known, or too many rounds', () => {
    const loop = (head: string) => () => unrolled(`  // @unroll\n  for (${head}) { f(i); }`);
    expect(loop('var i = 0u; i < p.n; i++')).toThrowErrorMatchingInlineSnapshot(
      `[Error: \`p.n\` is not an integer const-expression of no names]`,
    );
    expect(loop('var i = 0u; i < n; i++')).toThrowErrorMatchingInlineSnapshot(
      `[Error: \`n\` is not an integer const-expression of no names]`,
    );
    expect(loop('var i = 0u; i < 4 / 0; i++')).toThrowErrorMatchingInlineSnapshot(
      `[Error: \`4 / 0\` is not an integer const-expression of no names]`,
    );
    expect(loop('var i = 0u; i < 1000000u; i++')).toThrowErrorMatchingInlineSnapshot(
      `[Error: the unrolled loop over i runs 1000000 times; unroll at most 1024]`,
    );
  });

  test('a loop that cannot be unrolled, when the library is built', () => {
    const loop =
      (head: string, body = 'f(i);') =>
      () =>
        checkDirectives(`  // @unroll\n  for (${head}) { ${body} }`, 'x.wgsl');
    const wrong = 'x.wgsl:2: an `// @unroll` is not followed by `for (var i = a; i < b; i++) {`';
    expect(loop('var i = 0u; i < 3u; i++')).not.toThrow();
    expect(loop('var i = 0u; i <= 3u; i++')).toThrow(wrong);
    expect(loop('var i = 0u; i < 3u; i += 2u')).toThrow(wrong);
    for (const jump of ['break', 'continue']) {
      expect(loop('var i = 0u; i < 3u; i++', `if (i == 1u) { ${jump}; }`)).toThrowErrorMatchingInlineSnapshot(
        `[Error: x.wgsl:2: the unrolled loop holds a break or continue, which a block cannot]`,
      );
    }
    expect(() => checkDirectives('// @unroll\nfor (var i = 0u; i < 3u; i++) {', 'x.wgsl')).toThrow(
      'x.wgsl:2: the loop is never closed',
    );
  });
});
