/**
 * The parts of a step: the grid, and the words of its uniform struct.
 */
import { describe, expect, test } from 'vitest';
import { packUniforms } from '../../src/kernels/uniforms';
import { gridOf } from '../../src/step';
import { shaderOf } from '../support/shader-of';

describe('a step', () => {
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

describe('uniforms', () => {
  const shader = (fields: string) =>
    shaderOf(`struct Other { z: u32 }\nstruct Size { ${fields} }\n@group(0) @binding(0) var<uniform> p: Size;`);

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
    expect(packUniforms(shaderOf('fn main() {}'), { a: 1 })).toHaveLength(0);
  });

  test('that are missing, too long or of another type are errors', () => {
    expect(() => packUniforms(shader('rows: u32, columns: u32'), { rows: 1 })).toThrowErrorMatchingInlineSnapshot(
      `[Error: uniform field columns cannot be undefined]`,
    );
    const list = shader('list: array<vec4<u32>, 1>');
    expect(() => packUniforms(list, { list: [1, 2, 3, 4, 5] })).toThrowErrorMatchingInlineSnapshot(
      `[Error: uniform field list:4 cannot be 1,2,3,4,5]`,
    );
    expect(() => packUniforms(list, { list: 1 })).toThrowErrorMatchingInlineSnapshot(
      `[Error: uniform field list:4 cannot be 1]`,
    );
    expect(() => packUniforms(shader('n: u32'), { n: [1] })).toThrowErrorMatchingInlineSnapshot(
      `[Error: uniform field n cannot be 1]`,
    );
  });
});
