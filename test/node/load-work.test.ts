/**
 * A few bytes of a file can name sizes that would keep the CPU busy for minutes. A node above a bound runs on the GPU, or an
 * error refuses it by name.
 */
import { describe, expect, test } from 'vitest';
import { hostValue, integers, type HostValue } from '../../src/load/host-value';
import { MAX_STEPS, newWork, working } from '../../src/load/host-work';
import { attributesOf } from '../../src/load/tfjs/attributes';
import { HOST_OPS } from '../../src/load/tfjs/host-ops';
import { graphOfFiles } from '../../src/load/tfjs/load-graph-model';
import { floats, integer, ints, tinyModel, type TinyFiles, type TinyNode, type TinyWeight } from '../support/graph-model'; // prettier-ignore
import { leastMs } from '../support/least-ms';
import { messageOf } from '../support/message';

const load = (files: TinyFiles): ReturnType<typeof graphOfFiles> => graphOfFiles('load', files);
const node = (name: string, op: string, input: readonly string[], attr: object = {}): TinyNode => ({
  name,
  op,
  input,
  attr: attr as Record<string, unknown>,
});
const fill: TinyNode = node('fill', 'Fill', ['dims', 'value']);
const filled = (...dims: number[]): readonly TinyWeight[] => [ints('dims', dims), floats('value', [], [1])];
const placesOf = (files: TinyFiles): Record<string, string> =>
  Object.fromEntries(load(files).nodes.map(({ name, place }) => [name, place]));

describe('a weight without elements', () => {
  test('with 3e8 rows is concatenated without a loop over the rows', async () => {
    const files = tinyModel(
      [node('y', 'ConcatV2', ['w', 'w', 'axis'])],
      [floats('w', [3e8, 0], []), ints('axis', [1], [])],
    );
    expect(JSON.stringify(files.model).length).toBeLessThan(600);
    let places = {};
    expect(await leastMs(() => (places = placesOf(files)), 1000)).toBeLessThan(1000);
    // The result has more rows than the CPU takes on, even though it has no elements.
    expect(places).toEqual({ y: 'gpu' });
  });

  test('is refused if its other sizes are too large', () => {
    for (const shape of [
      [2 ** 50, 0],
      [0, 2 ** 20, 2 ** 20],
      [2 ** 31 + 1, 0],
    ]) {
      const message = messageOf(() => load(tinyModel([node('y', 'Relu', ['w'])], [floats('w', shape, [])])));
      expect(message).toContain(`load: weight 'w' has shape [${shape.join(', ')}]`);
      expect(message).toContain('sizes other than 0 multiply to more than 2147483648');
    }
    expect(placesOf(tinyModel([node('y', 'Relu', ['w'])], [floats('w', [0, 4], [])]))).toEqual({});
  });
});

describe('what is computed of constants alone', () => {
  test('goes to the GPU when it is too much: ten maxima of 2^24 numbers', () => {
    const axis = ints('axis', [0], []);
    const maxima = Array.from({ length: 10 }, (_, i) => node(`max${i}`, 'Max', ['fill', 'axis']));
    const sum = node('y', 'AddN', maxima.map(({ name }) => name)); // prettier-ignore
    const large = placesOf(tinyModel([fill, ...maxima, sum], [...filled(2 ** 24), axis]));
    expect(large).toEqual(Object.fromEntries([...maxima, sum].map(({ name }) => [name, 'gpu'])));
    expect(placesOf(tinyModel([fill, ...maxima, sum], [...filled(2 ** 20), axis]))).toEqual({});
  });

  test('is refused by name where the GPU has no such op', () => {
    const nodes = Array.from({ length: 3 }, (_, i) => node(`asinh${i}`, 'Asinh', ['fill']));
    const y = node('y', 'AddN', nodes.map(({ name }) => name)); // prettier-ignore
    const message = messageOf(() => load(tinyModel([fill, ...nodes, y], filled(2 ** 24))));
    expect(message).toBe(
      "load: node 'asinh0' (Asinh) on [16777216]: it takes 16777216 steps on the CPU, but of the 33554432 that all such nodes may take together 0 are left; choose outputs that do not need it with options.outputs",
    );
  });

  test('runs on the GPU if its result is too large for the CPU', () => {
    const w = floats('w', [2 ** 12, 1], new Float32Array(2 ** 12));
    const v = floats('v', [1, 2 ** 12 + 1], new Float32Array(2 ** 12 + 1));
    expect(placesOf(tinyModel([node('y', 'Mul', ['w', 'v'])], [w, v]))).toEqual({ y: 'gpu' });
  });

  test('is refused where a shape or a list of axes has thousands of elements', () => {
    const many = ints('many', new Int32Array(5000).fill(1));
    const x = floats('x', [1], [1]);
    for (const [op, input] of [
      ['Reshape', ['x', 'many']],
      ['Sum', ['x', 'many']],
      ['Fill', ['many', 'x']],
      ['Transpose', ['x', 'many']],
      ['SplitV', ['x', 'many', 'zero']],
      ['Slice', ['x', 'many', 'many']],
      ['StridedSlice', ['x', 'many', 'many', 'many']],
      ['Tile', ['x', 'many']],
    ] as const) {
      const message = messageOf(() => load(tinyModel([node('y', op, input)], [many, x, ints('zero', [0], [])])));
      expect(message).toMatch(new RegExp(`^load: node 'y' \\(${op}\\) on .*one of its inputs has 5000 elements, but`));
    }
  });

  test('may be split into many pieces on the CPU, but beyond a limit runs on the GPU', () => {
    const w = floats('w', [4096, 0], []);
    const cuts = Array.from({ length: 40 }, (_, i) => node(`s${i}`, 'Split', ['zero', 'w'], { num_split: integer(4096) })); // prettier-ignore
    const y = node('y', 'Pack', cuts.map(({ name }) => name)); // prettier-ignore
    const places = placesOf(tinyModel([...cuts, y], [w, ints('zero', [0], [])]));
    expect(Object.values(places).filter((place) => place === 'gpu').length).toBeGreaterThan(4);
  });
});

describe('every loop states its number of steps before it begins', () => {
  const n = 2 ** 10;
  const x = hostValue(
    'float32',
    [n, n],
    new Float32Array(n * n).map((_, i) => i),
  );
  const zero = hostValue('int32', [], [0]);
  const one = hostValue('int32', [], [1]);
  const rows = hostValue(
    'int32',
    [n],
    Int32Array.from({ length: n }, (_, i) => n - 1 - i),
  );
  const places = hostValue('int32', [n, 2], new Int32Array(2 * n));
  const row = hostValue('float32', [1, n], new Float32Array(n));
  const yes = hostValue('bool', [n, 1], new Uint8Array(n));
  const heavy: readonly (readonly [op: string, inputs: readonly HostValue[], least: number, attr?: object])[] = [
    ['Mul', [x, row], 3 * n * n],
    ['Exp', [x], n * n],
    ['Sum', [x, zero], 3 * n * n],
    ['ArgMax', [x, zero], 3 * n * n],
    ['TopKV2', [x, hostValue('int32', [], [n])], 100 * n * n],
    ['Softmax', [x], 5 * n * n],
    ['Transpose', [x, integers([1, 0])], 3 * n * n],
    ['ConcatV2', [x, x, one], 2 * n * n + 8 * n],
    ['Split', [one, x], 3 * n * n, { num_split: integer(n) }],
    ['Slice', [x, integers([0, 0]), integers([-1, -1])], 3 * n * n],
    ['GatherV2', [x, rows, one], 5 * n * n],
    ['GatherNd', [x, places], 7 * n],
    ['Tile', [row, integers([n, 1])], n * n + 4 * n],
    ['SelectV2', [yes, x, x], 7 * n * n],
    ['Fill', [integers([n, n]), one], n * n],
    ['Range', [zero, hostValue('int32', [], [n]), one], n],
    ['Cast', [x], n * n, { DstT: { type: 'DT_INT32' } }],
  ];
  test.for(heavy)('%s', ([op, inputs, least, attr = {}]) => {
    const made = { name: 'n', op, inputs: [], attributes: attributesOf('n', attr), label: 'n' };
    const run = HOST_OPS.get(op)!;
    const work = newWork();
    work.left = 2 ** 40;
    working(work, () => run(inputs, made));
    expect(work.exceeded).toBe(false);
    expect(2 ** 40 - work.left).toBeGreaterThanOrEqual(least);
    const little = { left: Math.floor(least / 2), exceeded: false };
    expect(messageOf(() => working(little, () => run(inputs, made)))).toContain(`of the ${MAX_STEPS} that all such`);
    expect(little.exceeded).toBe(true);
  });
});
