/** Conversion to halves: of a shader's text, and of numbers on their way to the GPU and back. */
import { describe, expect, test } from 'vitest';
import { decode, encode, halfBits, halfValue } from '../../src/kernels/dtype';
import { withHalves } from '../../src/kernels/half';
import type { Shader } from '../../src/kernels/shader';
import { specialize } from '../../src/kernels/specialize';
import { allKernels } from '../../src/tune/self-test';
import { shaderOf } from '../support/shader-of';

const shaders = import.meta.glob<Shader>('../../shaders/*.wgsl', { import: 'default', eager: true });
const PROGRAM = `
@group(0) @binding(0) var<storage, read> x: array<V>;
@group(0) @binding(1) var<storage, read> xx: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<V>;
alias V = f32;
alias Sum = V;
fn main() { output[at[1]] = V(Sum(x[at[i] + xx[2]])) + xx[x[3]]; }
`;

describe('a step in halves', () => {
  test('packed reads a half of a word and writes it without its neighbour', () => {
    expect(withHalves(PROGRAM, { stored: new Set(['x', 'output']), sums: false, native: false }))
      .toMatchInlineSnapshot(`
        "
        @group(0) @binding(0) var<storage, read> x: array<u32>;
        @group(0) @binding(1) var<storage, read> xx: array<f32>;
        @group(0) @binding(2) var<storage, read_write> output: array<atomic<u32>>;
        alias V = f32;
        alias Sum = V;
        fn main() { write_output(at[1], V(Sum(read_x(at[i] + xx[2]))) + xx[read_x(3)]); }

        fn read_x(at: u32) -> f32 { return unpack2x16float(x[at / 2u] >> (at % 2u * 16u)).x; }

        fn write_output(at: u32, value: f32) { let bounded = clamp(value, -f32(65504.0), f32(65504.0)); let magnitude = bitcast<u32>(value) & u32(0x7fffffffu); let infinite = u32(0x7f800000u); let v = select(f32(65504.0), bounded, magnitude <= infinite); let more = select(u32(magnitude == infinite), u32(0x201u), magnitude > infinite); let shift = at % 2u * 16u; atomicAnd(&output[at / 2u], 0xffff0000u >> shift); atomicOr(&output[at / 2u], (pack2x16float(vec2(v, 0.0)) + more) << shift); }
        "
      `);
  });

  test('with shader-f16 reads and writes halves, and sums in them if asked', () => {
    expect(withHalves(PROGRAM, { stored: new Set(['x', 'xx']), sums: true, native: true })).toMatchInlineSnapshot(`
        "enable f16;

        @group(0) @binding(0) var<storage, read> x: array<f16>;
        @group(0) @binding(1) var<storage, read> xx: array<f16>;
        @group(0) @binding(2) var<storage, read_write> output: array<V>;
        alias V = f32;
        alias Sum = f16;
        fn main() { output[at[1]] = V(Sum(read_x(at[i] + read_xx(2)))) + read_xx(read_x(3)); }

        fn read_x(at: u32) -> f32 { return f32(x[at]); }

        fn read_xx(at: u32) -> f32 { return f32(xx[at]); }
        "
      `);
  });

  test('is another program for each format, for other arrays, and for other sums; the same for the same', () => {
    const texts = (): string[] =>
      [
        [false, ['x'], false] as const,
        [true, ['x'], false] as const,
        [true, ['x'], true] as const,
        [true, ['x', 'output'], true] as const,
        [true, [], true] as const,
      ].map(([isNative, stored, sums]) => withHalves(PROGRAM, { stored: new Set(stored), sums, native: isNative }));
    const [first, second] = [texts(), texts()];
    expect(new Set(first).size).toBe(5);
    expect(second).toEqual(first);
  });

  test('is specialised before its loops are unrolled, and reads and writes the same', () => {
    const shader = shaderOf(
      `alias V = f32;
@group(0) @binding(0) var<storage, read> x: array<V>;
@group(0) @binding(1) var<storage, read_write> output: array<V>;
fn epilogue(v: V, at: u32) -> V { return v; }
@compute @workgroup_size(1) fn main() {
  // @unroll
  for (var i = 0u; i < 2u; i++) {
    output[i] = epilogue(x[i], i);
  }
}
`,
    );
    const slots = {
      epilogue: {
        body: 'return v + bias[at];',
        declarations: '@group(0) @binding(2) var<storage, read> bias: array<V>;',
      },
    };
    const text = (stored: readonly string[], isNative: boolean): string =>
      specialize(shader, {
        aliases: { V: 'vec4<f32>' },
        slots,
        halves: { stored: new Set(stored), sums: false, native: isNative },
      });
    expect(text(['x', 'bias', 'output'], false)).toMatchInlineSnapshot(`
      "alias V = vec4<f32>;
      @group(0) @binding(0) var<storage, read> x: array<vec2<u32>>;
      @group(0) @binding(1) var<storage, read_write> output: array<vec2<u32>>;
      fn epilogue(v: V, at: u32) -> V { return v + read_bias(at); }
      @compute @workgroup_size(1) fn main() {
        { const i = 0u;
          write_output(i, epilogue(read_x(i), i));
        }
        { const i = 1u;
          write_output(i, epilogue(read_x(i), i));
        }
      }

      @group(0) @binding(2) var<storage, read> bias: array<vec2<u32>>;

      fn read_x(at: u32) -> vec4<f32> { return vec4(unpack2x16float(x[at].x), unpack2x16float(x[at].y)); }

      fn read_bias(at: u32) -> vec4<f32> { return vec4(unpack2x16float(bias[at].x), unpack2x16float(bias[at].y)); }

      fn write_output(at: u32, value: vec4<f32>) { let bounded = clamp(value, -vec4<f32>(65504.0), vec4<f32>(65504.0)); let magnitude = bitcast<vec4<u32>>(value) & vec4<u32>(0x7fffffffu); let infinite = vec4<u32>(0x7f800000u); let v = select(vec4<f32>(65504.0), bounded, magnitude <= infinite); let more = select(vec4<u32>(magnitude == infinite), vec4<u32>(0x201u), magnitude > infinite); let odd = more.yw << vec2(16u); output[at] = vec2(pack2x16float(v.xy), pack2x16float(v.zw)) + more.xz + odd; }
      "
    `);
    expect(text(['x'], true)).toContain('enable f16;');
    expect(new Set([text(['x'], true), text(['x'], false), text(['bias'], true)]).size).toBe(3);
    expect(text([], false)).toBe(specialize(shader, { aliases: { V: 'vec4<f32>' }, slots }));
    expect(() => text(['y'], true)).toThrow('the shader has no storage variable y');
  });

  test('an error names what the shader lacks', () => {
    const wrong = (): string => withHalves(PROGRAM, { stored: new Set(['y']), sums: false, native: false });
    expect(wrong).toThrowErrorMatchingInlineSnapshot(`[Error: the shader has no storage variable y]`);
  });
});

describe.for(Object.entries(shaders))('%s in halves', ([, { code: wgsl, bindings }]) => {
  const names = bindings.flatMap(({ name, access }) => (access === 'uniform' ? [] : [name]));

  // When halves are packed in words, the array has half as many elements.
  test('does not use arrayLength', () => {
    expect(wgsl).not.toContain('arrayLength');
  });

  test.for([true, false])('leaves no access to its arrays as it was, with shader-f16: %s', (isNative) => {
    const text = withHalves(wgsl, { stored: new Set(names), sums: false, native: isNative });
    for (const name of names) {
      const accessor = new RegExp(`^fn (?:read|write)_${name}\\(.*\\n`, 'm');
      expect(text).toMatch(accessor);
      const rest = text.replace(accessor, '').replaceAll(/\/\/.*/g, '');
      expect(rest).not.toMatch(new RegExp(`(?<![\\w.])${name}\\[`));
      expect(rest).toMatch(new RegExp(`\\b(?:read|write)_${name}\\(`));
    }
  });
});

test.for(allKernels)('$name has sums that can be halves', ({ name, wgsl }) => {
  const text = withHalves(wgsl, { stored: new Set(), sums: true, native: true });
  // The quad and quick kernels run on CPU adapters, where halves are not faster, so they keep float32 sums. `depthwise/strip`
  // has few taps, so it needs no float32 totals.
  const [isFloat, isShort] = [/\/quad$|^conv2d\/quick$/.test(name), name === 'depthwise/strip'];
  expect(/^alias Sum = (vec4<)?f16>?;/m.test(text)).toBe(!isFloat);
  expect(/array<Sum, |vec4<Sum>/.test(text)).toBe(!isFloat);
  expect(/ var totals: array<.*f32/.test(text)).toBe(!isFloat && !isShort);
  expect(text).not.toContain('@flush');
});

test('sums in halves are added to float32 totals, which replace them after the last flush', () => {
  const program = `
alias V = vec4<f32>;
alias Sum = V;
fn add(sums: Sum) {}
fn main() {
  var sums: array<Sum, 2u * N>;
  for (var k = 0u; k < n; k++) {
    sums[1] += Sum(x[k]);
    // @flush if k % 4u == 3u
  }
  // @flush
  output[0] = V(sums[1]);
}
`;
  expect(withHalves(program, { stored: new Set(), sums: true, native: true })).toMatchInlineSnapshot(`
    "enable f16;

    alias V = vec4<f32>;
    alias Sum = vec4<f16>;
    fn add(sums: Sum) {}
    fn main() {
      var sums: array<Sum, 2u * N>; var totals: array<vec4<f32>, 2u * N>;
      for (var k = 0u; k < n; k++) {
        sums[1] += Sum(x[k]);
        if (k % 4u == 3u) { 
    // @unroll
    for (var i = 0u; i < 2u * N; i++) { totals[i] += vec4<f32>(sums[i]); sums[i] = Sum(); }
     }
      }
      
    // @unroll
    for (var i = 0u; i < 2u * N; i++) { totals[i] += vec4<f32>(sums[i]); sums[i] = Sum(); }

      output[0] = V(totals[1]);
    }
    "
  `);
});

describe('numbers as halves', () => {
  test('every float16 number survives the conversion to float32 and back', () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      const value = halfValue(bits);
      // Many bit patterns mean NaN, and all of them become the same one.
      expect(halfBits(value)).toBe(Number.isNaN(value) ? 0x7e00 : bits);
    }
  });

  test('a number between two halves is rounded to the nearer one, and a tie to the even one', () => {
    for (let bits = 0; bits < 0x7bff; bits++) {
      const [low, high] = [halfValue(bits), halfValue(bits + 1)];
      const middle = (low + high) / 2;
      expect(halfBits(middle)).toBe(bits % 2 === 0 ? bits : bits + 1);
      expect(halfBits(middle * (1 - 2 ** -40))).toBe(bits);
      expect(halfBits(middle * (1 + 2 ** -40))).toBe(bits + 1);
    }
  });

  test('numbers beyond the largest half become the largest half, but infinity stays infinite', () => {
    const values = [65504, 65519, 65520, 1e30, Infinity, -65520, -Infinity, NaN, -0, 1e-30];
    const halves = decode(encode(values, 'f16').buffer as ArrayBuffer, { shape: [values.length], dtype: 'f16' });
    expect([...halves]).toEqual([65504, 65504, 65504, 65504, Infinity, -65504, -Infinity, NaN, -0, 0]);
  });

  test('an odd number of them is padded to whole words', () => {
    expect(encode([1, 2, 3], 'f16').byteLength).toBe(8);
  });
});
