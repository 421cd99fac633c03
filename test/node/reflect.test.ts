/**
 * What the build reads from a shader, and what it refuses. shaders.test.ts checks that it reads every file of shaders/
 * correctly.
 */
import { describe, expect, test } from 'vitest';
import { reflect } from '../../tools/wgsl/reflect';

const uniform = (fields: string): string => `struct P { ${fields} }\n@group(0) @binding(0) var<uniform> p: P;`;
const read = (source: string) => reflect(source, 'shaders/x.wgsl');
const refusal = (source: string) => (): unknown => read(source);

describe('a shader is reflected', () => {
  test('with its bindings in binding order', () => {
    const source = `
      @group(0) @binding(2) var<storage, read_write> output: array<f32>;
      @group(0) @binding(0)
      var<uniform> p: Size;
      // @group(0) @binding(3) var<storage, read> old: array<f32>;
      @group(0) @binding(1) var<storage,read> x: array<f32>;
      var<workgroup> shared_rows: array<f32, 4>;
      struct Size { n: u32 }`;
    expect(read(source).bindings).toEqual([
      { binding: 0, name: 'p', access: 'uniform' },
      { binding: 1, name: 'x', access: 'read' },
      { binding: 2, name: 'output', access: 'read_write' },
    ]);
  });

  test('with its texture', () => {
    expect(read('@group(0) @binding(0) var image: texture_2d<f32>;').bindings).toEqual([
      { binding: 0, name: 'image', access: 'read', kind: 'texture' },
    ]);
  });

  test('with the layout of its uniform struct, in words', () => {
    const { uniforms, words } = read(uniform('n: u32, // m: u32\n a: i32, list: array<vec4<u32>, 2>, e: f32,'));
    expect(uniforms).toBe('n a list:8 e:f32');
    expect(words).toBe(16);
  });

  test('even where a variable is called workgroup', () => {
    const source = `var<workgroup> rows: array<f32, 4>;
      @compute @workgroup_size(1) fn main(@builtin(workgroup_id) workgroup: vec3<u32>) {
        let at = (workgroup.y * 2u + workgroup.x) * 4u;
        let n = workgroup.x;
      }`;
    expect(read(source).bindings).toEqual([]);
  });
});

describe('the build refuses', () => {
  test('a uniform field that is not filled', () => {
    expect(refusal(uniform('n: u32, at: vec2<u32>'))).toThrowErrorMatchingInlineSnapshot(
      `[Error: shaders/x.wgsl: uniform field at has type vec2u; numbers fill u32, i32 and f32, and lists array<vec4<u32>, N> with a literal N]`,
    );
    expect(refusal(uniform('list: array<vec4<f32>, 2>'))).toThrowErrorMatchingInlineSnapshot(
      `[Error: shaders/x.wgsl: uniform field list has type array<vec4f, 2>; numbers fill u32, i32 and f32, and lists array<vec4<u32>, N> with a literal N]`,
    );
    expect(refusal(`${uniform('list: array<vec4<u32>, N>')} const N = 2u;`)).toThrowErrorMatchingInlineSnapshot(
      `[Error: shaders/x.wgsl: uniform field list has type array<vec4u, 2>; numbers fill u32, i32 and f32, and lists array<vec4<u32>, N> with a literal N]`,
    );
    expect(refusal(uniform('deep: bool'))).toThrowErrorMatchingInlineSnapshot(
      `[Error: shaders/x.wgsl: uniform field deep has type bool; numbers fill u32, i32 and f32, and lists array<vec4<u32>, N> with a literal N]`,
    );
  });

  test('a uniform field that does not follow the one before', () => {
    expect(refusal(uniform('n: u32, @align(16) m: u32'))).toThrowErrorMatchingInlineSnapshot(
      `[Error: shaders/x.wgsl: uniform field m is at byte 16 but follows at 4; leave @align out]`,
    );
  });

  test('a uniform that is no struct, and two of them', () => {
    expect(refusal('@group(0) @binding(0) var<uniform> n: u32;')).toThrowErrorMatchingInlineSnapshot(
      `[Error: shaders/x.wgsl: the uniform n is no struct; declare one]`,
    );
    expect(
      refusal(`${uniform('n: u32')}\n@group(0) @binding(1) var<uniform> q: P;`),
    ).toThrowErrorMatchingInlineSnapshot(`[Error: shaders/x.wgsl: p and q are uniforms; declare one struct of all]`);
  });

  test('what a step does not bind', () => {
    expect(refusal('@group(1) @binding(0) var<storage, read> x: array<f32>;')).toThrowErrorMatchingInlineSnapshot(
      `[Error: shaders/x.wgsl: x is in group 1; bind everything in group 0]`,
    );
    const refused = (declaration: string) =>
      expect(refusal(`@group(0) @binding(0) var image: ${declaration};`)).toThrow(
        'shaders/x.wgsl: image is no buffer and no texture_2d<f32>; bind uniform and storage variables',
      );
    refused('sampler');
    refused('texture_2d<u32>');
    refused('texture_3d<f32>');
    refused('texture_external');
  });

  test('what does not parse', () => {
    expect(refusal('struct P { n: u32 ')).toThrowErrorMatchingInlineSnapshot(
      `[Error: shaders/x.wgsl: Expected ',' for struct member.. Line: 1]`,
    );
  });
});
