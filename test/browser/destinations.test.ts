/** Programs that write their outputs into tensors of the caller's choice. */
import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  activate,
  add,
  compile,
  concat,
  multiply,
  pointwiseConv2d,
  record,
  reshape,
  type Gpu,
  type Into,
  type Tensor,
} from '../../src/index';
import { newDevice, useOwnGpu, withGpu } from '../support/gpu';
import { cap } from '../support/limits';
import { messageOf, rejectionOf } from '../support/message';
import { randomValues } from '../support/random';
import { lists, valuesOf } from '../support/scale';

const gpu = useOwnGpu();
const of = lists(gpu);

const { STORAGE, COPY_SRC, COPY_DST } = GPUBufferUsage;

/** A buffer that the app owns, filled with -7. */
function bufferOf(own: Gpu, size: number, usage = STORAGE | COPY_SRC | COPY_DST): GPUBuffer {
  const buffer = own.device.createBuffer({ size, usage: usage | COPY_DST });
  own.device.queue.writeBuffer(buffer, 0, new Float32Array(size / 4).fill(-7));
  return buffer;
}

/** The message of a refused call. The call must queue, make and keep nothing. */
function refusalOf(fn: () => unknown, own = gpu()): string {
  const { queue } = own.context;
  const before = { ...own.memory(), recorded: queue.recorded };
  const message = messageOf(fn);
  const { buffersInUse, bytesInUse } = own.memory();
  expect({ buffersInUse, bytesInUse, recorded: queue.recorded }).toEqual({
    buffersInUse: before.buffersInUse,
    bytesInUse: before.bytesInUse,
    recorded: before.recorded,
  });
  return message;
}

async function allValues(tensors: readonly Tensor[]): Promise<number[][]> {
  return Promise.all(tensors.map(valuesOf));
}

function disposeEach(tensors: Iterable<Tensor>): void {
  for (const tensor of tensors) tensor.dispose();
}

describe('a run writes its outputs into', () => {
  test('a tensor, again and again, making nothing', async () => {
    using program = await compile(gpu(), { x: [3] }, ({ x }) => multiply(x, 2));
    using x = of(1, 2, 3);
    using y = of(0, 0, 0);
    expect(program.run({ x }, { into: y })).toBe(y);
    expect(await valuesOf(y)).toEqual([2, 4, 6]);
    const before = gpu().memory();
    for (let frame = 0; frame < 20; frame++) program.run({ x: [frame, 0, 1] }, { into: y });
    expect(await valuesOf(y)).toEqual([38, 0, 2]);
    expect(gpu().memory()).toMatchObject({
      buffersInUse: before.buffersInUse,
      bytesInUse: before.bytesInUse,
      pipelines: before.pipelines,
    });
  });

  test('one tensor, which is read after each run without waiting', async () => {
    using program = await compile(gpu(), { x: [2] }, ({ x }) => multiply(x, 2));
    using y = of(0, 0);
    const frames = Array.from({ length: 5 }, (_, frame) => {
      program.run({ x: [frame, 1] }, { into: y });
      return valuesOf(y);
    });
    expect(await Promise.all(frames)).toEqual([0, 1, 2, 3, 4].map((frame) => [2 * frame, 2]));
  });

  test('the tensors that are given in a list, and makes the others', async () => {
    using program = await compile(
      gpu(),
      { x: [2] },
      ({ x }) => [multiply(x, 2), multiply(x, 3), multiply(x, 5)] as const,
    );
    using x = of(1, 2);
    using middle = of(0, 0);
    const holed: [Tensor?, Tensor?] = [];
    holed[1] = middle;
    for (const into of [holed, [undefined, middle, undefined]] as const) {
      const results = program.run({ x }, { into });
      expect(results[1]).toBe(middle);
      expect(await allValues(results)).toEqual([[2, 4], [3, 6], [5, 10]]); // prettier-ignore
      results[0].dispose();
      results[2].dispose();
    }
  });

  test('the tensors that are given in a record, and makes the others', async () => {
    using program = await compile(gpu(), { x: [2] }, ({ x }) => ({ twice: multiply(x, 2), thrice: multiply(x, 3) }));
    using x = of(1, 2);
    using twice = of(0, 0);
    using thrice = of(0, 0);
    const some = program.run({ x }, { into: { thrice } });
    expect(some.thrice).toBe(thrice);
    expect(await allValues([some.twice, thrice])).toEqual([[2, 4], [3, 6]]); // prettier-ignore
    some.twice.dispose();
    expect(program.run({ x: [5, 6] }, { into: { twice, thrice } })).toEqual({ twice, thrice });
    expect(await allValues([twice, thrice])).toEqual([[10, 12], [15, 18]]); // prettier-ignore
    const fresh = program.run({ x }, { into: {} });
    expect(await allValues([fresh.twice, fresh.thrice])).toEqual([[2, 4], [3, 6]]); // prettier-ignore
    disposeEach(Object.values(fresh));
  });

  test('a range of a buffer of the app, and nothing beside it', async () => {
    using program = await compile(gpu(), { x: [3] }, ({ x }) => multiply(x, 2));
    const buffer = bufferOf(gpu(), 768);
    using y = gpu().wrap(buffer, [3], { offset: 256 });
    using all = gpu().wrap(buffer, [192]);
    program.run({ x: [1, 2, 3] }, { into: y });
    const expected: number[] = Array.from({ length: 192 }, () => -7);
    expected.splice(64, 3, 2, 4, 6);
    expect(await valuesOf(all)).toEqual(expected);
    buffer.destroy();
  });

  test('a buffer that is for storage only', async () => {
    using program = await compile(gpu(), { x: [3] }, ({ x }) => multiply(x, 2));
    const buffer = gpu().device.createBuffer({ size: 12, usage: STORAGE });
    using y = gpu().wrap(buffer, [3]);
    program.run({ x: [1, 2, 3] }, { into: y });
    using z = add(y, 1);
    expect(await valuesOf(z)).toEqual([3, 5, 7]);
    buffer.destroy();
  });

  test('float16 of an odd size, within its words', async () => {
    const forms = { x: { shape: [5], dtype: 'f16' } } as const;
    using program = await compile(gpu(), forms, ({ x }) => ({ y: multiply(x, 2), same: reshape(x, [5, 1]) }));
    const buffer = bufferOf(gpu(), 512);
    const [y, same] = [0, 256].map((offset, i) => gpu().wrap(buffer, i === 0 ? [5] : [5, 1], { offset, dtype: 'f16' }));
    using all = gpu().wrap(buffer, [128]);
    program.run({ x: [1, 2, 3, 4, 0.5] }, { into: { y, same } });
    expect(await allValues([y, same])).toEqual([[2, 4, 6, 8, 1], [1, 2, 3, 4, 0.5]]); // prettier-ignore
    // Five halves take three words, in each of the two ranges.
    const rest = (await valuesOf(all)).filter((_, i) => i % 64 > 2);
    expect(rest).toEqual(rest.map(() => -7));
    buffer.destroy();
  });

  test('a copy, if the output is an input, a reshape, a constant, or another output', async () => {
    using weight = of(7, 8);
    using program = await compile(gpu(), { x: [2] }, ({ x }) => {
      const y = multiply(x, 2);
      return {
        y,
        again: y,
        column: reshape(y, [2, 1]),
        x,
        row: reshape(x, [1, 2]),
        weight,
        constant: multiply(weight, 10),
      };
    });
    const expected = [[2, 4], [2, 4], [2, 4], [1, 2], [1, 2], [7, 8], [70, 80]]; // prettier-ignore
    using x = of(1, 2);
    const shapes = { y: [2], again: [2], column: [2, 1], x: [2], row: [1, 2], weight: [2], constant: [2] };
    const names = Object.keys(shapes) as (keyof typeof shapes)[];
    // Each output alone, all outputs but one, and all outputs.
    const choices = [...names.flatMap((name) => [[name], names.filter((other) => other !== name)]), names];
    for (const chosen of choices) {
      const into = Object.fromEntries(chosen.map((name) => [name, gpu().tensor([0, 0], shapes[name])])) as Partial<
        Record<keyof typeof shapes, Tensor>
      >;
      const results = program.run({ x }, { into });
      expect(await allValues(Object.values(results)), chosen.join()).toEqual(expected);
      for (const name of chosen) expect(results[name]).toBe(into[name]);
      // The next run must not change the tensors that the app got before.
      const later = program.run({ x: [5, 6] }, { into });
      const others = names.filter((name) => !chosen.includes(name));
      for (const name of others) later[name].dispose();
      expect(await allValues(others.map((name) => results[name])), chosen.join()).toEqual(
        others.map((name) => expected[names.indexOf(name)]),
      );
      disposeEach(Object.values(results));
    }
    expect(await allValues([x, weight])).toEqual([[1, 2], [7, 8]]); // prettier-ignore
  });

  test('an output of which another one is computed', async () => {
    using program = await compile(gpu(), { x: [2] }, ({ x }) => {
      const a = multiply(x, 2);
      return { a, b: add(a, 1) };
    });
    using a = of(0, 0);
    using b = of(0, 0);
    for (const into of [{ a }, { b }, { a, b }]) {
      const results = program.run({ x: [3, 4] }, { into });
      expect(await allValues([results.a, results.b])).toEqual([[6, 8], [7, 9]]); // prettier-ignore
      for (const [name, tensor] of Object.entries(results)) if (!(name in into)) tensor.dispose();
    }
  });

  test('two ranges of one buffer', async () => {
    using program = await compile(gpu(), { x: [2] }, ({ x }) => [multiply(x, 2), multiply(x, 3)] as const);
    const buffer = bufferOf(gpu(), 512);
    using first = gpu().wrap(buffer, [2]);
    using second = gpu().wrap(buffer, [2], { offset: 256 });
    program.run({ x: [1, 2] }, { into: [second, first] });
    expect(await allValues([first, second])).toEqual([[3, 6], [2, 4]]); // prettier-ignore
    buffer.destroy();
  });

  test('the buffer of an input, where no dispatch reads and writes it', async () => {
    const network = ({ x }: { readonly x: Tensor }): Tensor => add(multiply(x, 2), 1);
    const buffer = bufferOf(gpu(), 512);
    using x = gpu().wrap(buffer, [2]);
    using y = gpu().wrap(buffer, [2], { offset: 256 });
    using apart = await compile(gpu(), { x: [2] }, network, { fuse: false });
    expect(apart.dispatches.run).toBe(2);
    apart.run({ x }, { into: y });
    expect(await allValues([x, y])).toEqual([[-7, -7], [-13, -13]]); // prettier-ignore
    using fused = await compile(gpu(), { x: [2] }, network);
    expect(fused.dispatches.run).toBe(1);
    expect(refusalOf(() => fused.run({ x }, { into: y }))).toMatchInlineSnapshot(
      `"program.run: into is bytes 256 to 264 of a buffer of which input x is bytes 0 to 8, and elementwise/epilogue 2 multiply add reads the one and writes the other, which WebGPU does not allow in one buffer; give a tensor in another buffer"`,
    );
    buffer.destroy();
  });

  test('a concatenation whose parts are written in place', async () => {
    using filter = gpu().tensor(randomValues(64, 1), [8, 8]);
    const network = ({ x }: { readonly x: Tensor }): Tensor =>
      concat([pointwiseConv2d(x, filter), activate(x, 'relu'), pointwiseConv2d(x, filter, { activation: 'relu' })]);
    const shape = [1, 4, 4, 8];
    const values = randomValues(128, 2);
    using program = await compile(gpu(), { x: shape }, network);
    expect(program.dispatches.run).toBe(3);
    using expected = program.run({ x: values });
    const buffer = bufferOf(gpu(), 4 * 3 * 128 + 512);
    using y = gpu().wrap(buffer, [3, 4, 4, 8], { offset: 256 });
    program.run({ x: values }, { into: y });
    expect(await y.read()).toEqual(await expected.read());
    buffer.destroy();
  });

  test('tensors that the device binds in parts only', async () => {
    await withGpu({}, async (own, errors) => {
      cap(own, { maxStorageBufferBindingSize: 2048 });
      const filter = own.tensor(randomValues(8, 1), [1, 8]);
      const weight = own.tensor(randomValues(600, 2), [600]);
      const shape = [4, 8, 8, 1];
      const program = await compile(own, { x: shape }, (inputs) => ({ y: pointwiseConv2d(inputs.x, filter), weight }));
      expect(program.dispatches.run).toBe(4);
      const x = own.tensor(randomValues(256, 3), shape);
      const expected = program.run({ x });
      const buffer = bufferOf(own, 256 + 8192 + 2560);
      const y = own.wrap(buffer, [4, 8, 8, 8], { offset: 256 });
      const copy = own.wrap(buffer, [600], { offset: 256 + 8192 });
      program.run({ x }, { into: { y, weight: copy } });
      expect(await y.read()).toEqual(await expected.y.read());
      expect(await copy.read()).toEqual(await weight.read());
      expect(errors).toEqual([]);
    });
  });

  test('a weight of another program, which sees the new numbers', async () => {
    using weight = of(1, 1);
    using reader = await compile(gpu(), { x: [2] }, ({ x }) => multiply(x, weight));
    using writer = await compile(gpu(), { x: [2] }, ({ x }) => add(x, 1));
    using before = reader.run({ x: [3, 4] });
    writer.run({ x: [9, 19] }, { into: weight });
    using after = reader.run({ x: [3, 4] });
    expect(await allValues([before, after])).toEqual([[3, 4], [30, 80]]); // prettier-ignore
    // A program that is compiled now does not treat the weight as a constant either.
    using later = await compile(gpu(), { x: [2] }, ({ x }) => multiply(x, multiply(weight, 2)));
    writer.run({ x: [0, 1] }, { into: weight });
    using y = later.run({ x: [3, 4] });
    expect(await valuesOf(y)).toEqual([6, 16]);
  });

  test('a tensor that is disposed before the submit', async () => {
    using program = await compile(gpu(), { x: [2] }, ({ x }) => multiply(x, 2));
    using x = of(1, 2);
    const y = of(0, 0);
    program.run({ x }, { into: y });
    y.dispose();
    using other = of(8, 9);
    using z = multiply(other, 1);
    expect(await allValues([other, z])).toEqual([[8, 9], [8, 9]]); // prettier-ignore
  });

  test('a tensor that comes back after a loss, with the numbers that it was made of', async () => {
    await withGpu({}, async (own, errors) => {
      const y = own.tensor([1, 2], [2], { keep: true });
      const make = async (): Promise<void> => {
        using program = await compile(own, { x: [2] }, ({ x }) => multiply(x, 2));
        program.run({ x: [3, 4] }, { into: y });
        expect(await valuesOf(y)).toEqual([6, 8]);
      };
      await make();
      const program = await compile(own, { x: [2] }, ({ x }) => multiply(x, 2));
      const x = own.tensor([1, 1], [2]);
      own.device.destroy();
      await own.lost;
      expect(() => program.run({ x: [1, 1] }, { into: y })).toThrow('program.run: the GPU device was lost');
      await own.ready();
      expect(await valuesOf(y)).toEqual([1, 2]);
      expect(() => program.run({ x }, { into: y })).toThrow('program.run: the GPU device was lost');
      await make();
      expect(errors).toEqual([]);
    });
  });
});

describe('a run refuses to write into', () => {
  test('what is no tensor, or no output', async () => {
    const x = [1, 2];
    using y = of(0, 0);
    using alone = await compile(gpu(), { x: [2] }, (inputs) => multiply(inputs.x, 2));
    using list = await compile(gpu(), { x: [2] }, (inputs) => [multiply(inputs.x, 2), multiply(inputs.x, 3)]);
    using named = await compile(gpu(), { x: [2] }, (inputs) => ({ a: multiply(inputs.x, 2), b: inputs.x }));
    const tries: readonly (() => unknown)[] = [
      () => alone.run({ x }, { into: { y } as never }),
      () => alone.run({ x }, { into: [y] as never }),
      () => alone.run({ x }, { into: null as never }),
      () => alone.run({ x }, { onto: y } as never),
      () => alone.run({ x }, null as never),
      () => list.run({ x }, { into: y as never }),
      () => list.run({ x }, { into: [y, new Float32Array(2)] as never }),
      () => list.run({ x }, { into: [undefined, undefined, y] }),
      () => named.run({ x }, { into: y as never }),
      () => named.run({ x }, { into: { a: 7 } as never }),
      () => named.run({ x }, { into: { c: y } as never }),
    ];
    expect(tries.map((fn) => refusalOf(fn))).toMatchInlineSnapshot(`
      [
        "program.run: into is [object Object]; give a tensor",
        "program.run: into is [Tensor f32 [2]]; give a tensor",
        "program.run: into is null; give a tensor",
        "program.run: there is no option onto; the options are into",
        "program.run: options are null; give an object with into",
        "program.run: into is Tensor f32 [2]; give an object with tensors for 0, 1",
        "program.run: into.1 is Float32Array [0, 0]; give a tensor, made by gpu.tensor or gpu.wrap",
        "program.run: into names 2, which is no output; the outputs are 0, 1",
        "program.run: into is Tensor f32 [2]; give an object with tensors for a, b",
        "program.run: into.a is 7; give a tensor, made by gpu.tensor or gpu.wrap",
        "program.run: into names c, which is no output; the outputs are a, b",
      ]
    `);
  });

  test('a tensor of another shape or type, or one that is gone', async () => {
    using program = await compile(gpu(), { x: [2] }, ({ x }) => ({ y: multiply(x, 2) }));
    using alone = await compile(gpu(), { x: [2] }, ({ x }) => multiply(x, 2));
    const x = [1, 2];
    using longer = of(0, 0, 0);
    using column = gpu().tensor([0, 0], [2, 1]);
    using half = gpu().tensor([0, 0], [2], { dtype: 'f16' });
    const gone = of(0, 0);
    gone.dispose();
    const tries = [longer, column, half, gone].flatMap((y) => [
      refusalOf(() => program.run({ x }, { into: { y } })),
      refusalOf(() => alone.run({ x }, { into: y })),
    ]);
    expect(tries).toMatchInlineSnapshot(`
      [
        "program.run: into.y is f32 [3] but y is f32 [2]; give a tensor of that shape and type",
        "program.run: into is f32 [3] but the result is f32 [2]; give a tensor of that shape and type",
        "program.run: into.y is f32 [2, 1] but y is f32 [2]; give a tensor of that shape and type",
        "program.run: into is f32 [2, 1] but the result is f32 [2]; give a tensor of that shape and type",
        "program.run: into.y is f16 [2] but y is f32 [2]; give a tensor of that shape and type",
        "program.run: into is f16 [2] but the result is f32 [2]; give a tensor of that shape and type",
        "program.run: into.y [2] was disposed; use it before dispose(), or make it again",
        "program.run: into [2] was disposed; use it before dispose(), or make it again",
      ]
    `);
    // `gpu.wrap` already refuses a buffer that is too small.
    const buffer = bufferOf(gpu(), 4);
    expect(messageOf(() => gpu().wrap(buffer, [2]))).toMatchInlineSnapshot(
      `"gpu.wrap: shape [2] at offset 0 needs 8 bytes but the buffer has 4; pass a larger buffer or a smaller shape"`,
    );
    buffer.destroy();
  });

  test('a tensor of another gpu, or of one that is lost', async () => {
    using program = await compile(gpu(), { x: [2] }, ({ x }) => multiply(x, 2));
    await withGpu({ device: await newDevice() }, async (own) => {
      const y = own.tensor([0, 0], [2]);
      expect(refusalOf(() => program.run({ x: [1, 2] }, { into: y }))).toMatchInlineSnapshot(
        `"program.run: into belongs to another gpu than the program; use one gpu for both"`,
      );
      own.device.destroy();
      await own.lost;
      expect(refusalOf(() => program.run({ x: [1, 2] }, { into: y }))).toMatch(
        /^program\.run: the GPU device was lost \(.*\), and into \[2\] with it; /,
      );
    });
  });

  test('a constant of a program', async () => {
    using weight = of(1, 2);
    using program = await compile(gpu(), { x: [2] }, ({ x }) => multiply(x, multiply(weight, 2)));
    expect(refusalOf(() => program.run({ x: [1, 2] }, { into: weight }))).toMatchInlineSnapshot(
      `"program.run: into [2] was taken into a program as a constant, which must not change; give another tensor"`,
    );
  });

  test('what it reads, or what another output is written into', async () => {
    using weight = of(1, 2);
    using program = await compile(gpu(), { x: [2], z: [2] }, ({ x, z }) => ({
      y: multiply(multiply(x, weight), z),
      z: add(z, 1),
    }));
    using x = of(1, 2);
    using z = of(3, 4);
    using view = reshape(x, [2]);
    using one = of(0, 0);
    const buffer = bufferOf(gpu(), 1024);
    // Tensors of 65 and more elements reach into the next 256 bytes.
    using long = await compile(gpu(), { x: [65] }, (inputs) => [multiply(inputs.x, 2), multiply(inputs.x, 3)] as const);
    using first = gpu().wrap(buffer, [65]);
    using second = gpu().wrap(buffer, [65], { offset: 256 });
    using third = gpu().wrap(buffer, [65], { offset: 512 });
    const numbers = new Float32Array(65);
    const tries: readonly (() => unknown)[] = [
      () => program.run({ x, z }, { into: { y: x } }),
      () => program.run({ x, z }, { into: { y: view } }),
      () => program.run({ x, z }, { into: { z } }),
      () => program.run({ x, z }, { into: { y: weight } }),
      () => program.run({ x, z }, { into: { y: one, z: one } }),
      () => long.run({ x: first }, { into: [second] }),
      () => long.run({ x: numbers }, { into: [second, first] }),
      () => long.run({ x: second }, { into: [undefined, third] }),
    ];
    expect(tries.map((fn) => refusalOf(fn))).toMatchInlineSnapshot(`
      [
        "program.run: into.y is bytes 0 to 8 of a buffer of which input x is bytes 0 to 8; an output must not overlap it; give another tensor",
        "program.run: into.y is bytes 0 to 8 of a buffer of which input x is bytes 0 to 8; an output must not overlap it; give another tensor",
        "program.run: into.z is bytes 0 to 8 of a buffer of which input z is bytes 0 to 8; an output must not overlap it; give another tensor",
        "program.run: into.y is bytes 0 to 8 of a buffer of which a weight of the program is bytes 0 to 8; an output must not overlap it; give another tensor",
        "program.run: into.z is bytes 0 to 8 of a buffer of which into.y is bytes 0 to 8; an output must not overlap it; give another tensor",
        "program.run: into.0 is bytes 256 to 516 of a buffer of which input x is bytes 0 to 260; an output must not overlap it; give another tensor",
        "program.run: into.1 is bytes 0 to 260 of a buffer of which into.0 is bytes 256 to 516; an output must not overlap it; give another tensor",
        "program.run: into.1 is bytes 512 to 772 of a buffer of which input x is bytes 256 to 516; an output must not overlap it; give another tensor",
      ]
    `);
    // The two ranges do not overlap, so the message is about the shared buffer alone.
    expect(refusalOf(() => long.run({ x: first }, { into: [third] }))).toMatch(
      /^program\.run: into\.0 .* in one buffer; /,
    );
    const both = long.run({ x: numbers }, { into: [first, third] });
    expect(await valuesOf(both[1])).toEqual([...numbers]);
    buffer.destroy();
  });

  test('a buffer that a dispatch reads, of another output or of a copy', async () => {
    using program = await compile(gpu(), { x: [2] }, ({ x }) => {
      const a = multiply(x, 2);
      return { a, b: add(a, 1), x };
    });
    const buffer = bufferOf(gpu(), 768);
    const [a, b, c] = [0, 256, 512].map((offset) => gpu().wrap(buffer, [2], { offset }));
    const x = [1, 2];
    expect(refusalOf(() => program.run({ x }, { into: { a, b } }))).toMatchInlineSnapshot(
      `"program.run: into.b is bytes 256 to 264 of a buffer of which into.a is bytes 0 to 8, and binary/add 2 number reads the one and writes the other, which WebGPU does not allow in one buffer; give a tensor in another buffer"`,
    );
    expect(refusalOf(() => program.run({ x: a }, { into: { x: c } }))).toMatchInlineSnapshot(
      `"program.run: into.x is bytes 512 to 520 of a buffer of which input x is bytes 0 to 8, and copy/strided 2 reads the one and writes the other, which WebGPU does not allow in one buffer; give a tensor in another buffer"`,
    );
    // The device would refuse this, too, with a less helpful message. Without `a`, the other outputs may share the buffer.
    const results = program.run({ x }, { into: { b, x: c } });
    expect(await allValues([b, c])).toEqual([[3, 5], [1, 2]]); // prettier-ignore
    results.a.dispose();
    buffer.destroy();
  });

  test('any tensor after the program is disposed, or inside of record', async () => {
    const program = await compile(gpu(), { x: [2] }, ({ x }) => multiply(x, 2));
    using y = of(0, 0);
    const encoder = gpu().device.createCommandEncoder();
    expect(
      refusalOf(() => record(gpu(), encoder, () => program.run({ x: [1, 2] }, { into: y }))),
    ).toMatchInlineSnapshot(`"program.run: called inside prepare, record, profile or compile; call it outside"`);
    program.dispose();
    expect(refusalOf(() => program.run({ x: [1, 2] }, { into: y }))).toMatchInlineSnapshot(
      `"program.run: the program was disposed; compile it again"`,
    );
  });

  test('anything if a further output would not fit into the memory budget', async () => {
    await withGpu({ memoryBudget: 1280 }, async (own, errors) => {
      const program = await compile(
        own,
        { x: [64] },
        ({ x }) => [multiply(x, 2), multiply(x, 3), multiply(x, 4)] as const,
      );
      const x = own.tensor(new Float32Array(64).fill(1), [64]);
      const others = Array.from({ length: 3 }, () => own.tensor(new Float32Array(64), [64]));
      expect(refusalOf(() => program.run({ x }), own)).toContain('program.run: the output [64] takes 256 bytes');
      expect(refusalOf(() => program.run({ x }, { into: [others[0]] }), own)).toContain('takes 256 bytes');
      const results = program.run({ x }, { into: [others[0], others[1]] });
      expect((await valuesOf(results[2]))[63]).toBe(4);
      expect(errors).toEqual([]);
    });
  });
});

describe('a run into an encoder of the app:', () => {
  const submit = (encoder: GPUCommandEncoder): void => gpu().device.queue.submit([encoder.finish()]);

  test('the run happens with the submit of the app, and keeps its buffers until then', async () => {
    const weight = of(2, 2);
    const network = ({ x, z }: { readonly x: Tensor; readonly z: Tensor }): Tensor =>
      add(multiply(x, weight), multiply(z, z));
    const program = await compile(gpu(), { x: [2], z: [2] }, network, { fuse: false });
    using y = of(0, 0);
    const x = of(1, 2);
    const encoder = gpu().device.createCommandEncoder();
    const { submits } = gpu().context.queue;
    const recording = program.encode(encoder, { x, z: [3, 4] }, { into: y });
    expect(gpu().context.queue.submits).toBe(submits);
    expect(recording.result).toBe(y);
    for (const gone of [x, weight, program]) gone.dispose();
    // These tensors would take the buffers of x, z, the weight and the intermediates if those were idle.
    const others = Array.from({ length: 8 }, () => of(9, 9));
    const made = others.map((other) => multiply(other, 3));
    await Promise.all(made.map(valuesOf));
    expect(await valuesOf(y)).toEqual([0, 0]);
    submit(encoder);
    expect(await valuesOf(y)).toEqual([11, 20]);
    expect(await allValues([...others, ...made])).toEqual(Array.from({ length: 16 }, (_, i) => (i < 8 ? [9, 9] : [27, 27]))); // prettier-ignore
    disposeEach([...others, ...made]);
    recording.dispose();
    recording.dispose();
    // Only the buffer of y is left.
    expect(gpu().memory().buffersInUse).toBe(1);
  });

  test('several runs, with other runs in between', async () => {
    using program = await compile(gpu(), { x: [2] }, ({ x }) => add(multiply(x, 2), multiply(x, x)), { fuse: false });
    const [a, b, c] = [of(0, 0), of(0, 0), of(0, 0)];
    const encoder = gpu().device.createCommandEncoder();
    using first = program.encode(encoder, { x: [1, 2] }, { into: a });
    using second = program.encode(encoder, { x: a }, { into: b });
    program.run({ x: [5, 6] }, { into: c });
    expect(await valuesOf(c)).toEqual([35, 48]);
    submit(encoder);
    expect(await allValues([first.result, second.result])).toEqual([[3, 8], [15, 80]]); // prettier-ignore
    disposeEach([a, b, c]);
  });

  test('results may be disposed before the submit', async () => {
    using program = await compile(gpu(), { x: [2] }, ({ x }) => ({ y: multiply(x, 2), x }));
    using x = of(1, 2);
    const encoder = gpu().device.createCommandEncoder();
    using recording = program.encode(encoder, { x }, { into: { x: undefined } });
    recording.result.y.dispose();
    recording.result.x.dispose();
    using other = of(8, 9);
    submit(encoder);
    expect(await allValues([other, x])).toEqual([[8, 9], [1, 2]]); // prettier-ignore
  });

  test('the run comes after the calls that were queued before it', async () => {
    using program = await compile(gpu(), { x: [2] }, ({ x }) => multiply(x, 2));
    using x = of(1, 2);
    using z = add(x, 1);
    const encoder = gpu().device.createCommandEncoder();
    using recording = program.encode(encoder, { x: z });
    submit(encoder);
    using y = recording.result;
    expect(await valuesOf(y)).toEqual([4, 6]);
  });

  test('or a wrong call throws and leaves nothing behind', async () => {
    using program = await compile(gpu(), { x: [2] }, ({ x }) => multiply(x, 2));
    using x = of(1, 2);
    const encoder = gpu().device.createCommandEncoder();
    const tries: readonly (() => unknown)[] = [
      () => program.encode(encoder, { x }, { into: x }),
      () => program.encode(encoder, {} as never),
      () => program.encode({} as never, { x: [1, 2] }),
      () => program.encode(undefined as never, { x }),
    ];
    expect(tries.map((fn) => refusalOf(fn))).toMatchInlineSnapshot(`
      [
        "program.encode: into is bytes 0 to 8 of a buffer of which input x is bytes 0 to 8; an output must not overlap it; give another tensor",
        "program.encode: x is undefined but the program was compiled for [2]; give a tensor of that shape, or 2 numbers",
        "program.encode: encoder is [object Object]; give a GPUCommandEncoder of this device",
        "program.encode: encoder is undefined; give a GPUCommandEncoder of this device",
      ]
    `);
    submit(encoder);
  });

  test('if the encoder is finished or has an open pass, nothing is written or left behind', async () => {
    await withGpu({ device: await newDevice() }, async (own, errors) => {
      const program = await compile(own, { x: [2] }, ({ x }) => multiply(x, 2));
      const y = own.tensor([5, 5], [2]);
      const { buffersInUse } = own.memory();
      const finished = own.device.createCommandEncoder();
      finished.finish();
      program.encode(finished, { x: [1, 2] }, { into: y }).dispose();
      await expect.poll(() => errors).toHaveLength(1);
      expect(errors[0].message).toMatch(
        /^program\.encode: the device refused the commands: [^]*; give an encoder of this device /,
      );
      const open = own.device.createCommandEncoder();
      const pass = open.beginComputePass();
      // Chromium reports the error to the code that finishes the encoder. Firefox reports nothing and leaves the commands
      // out.
      own.device.pushErrorScope('validation');
      program.encode(open, { x: [1, 2] }, { into: y }).dispose();
      pass.end();
      own.device.queue.submit([open.finish()]);
      await own.device.popErrorScope();
      expect(errors).toHaveLength(1);
      expect(own.memory().buffersInUse).toBe(buffersInUse);
      expect(await valuesOf(y)).toEqual([5, 5]);
      own.device.destroy();
    });
  });

  test('an output is marked as failed if its input was, and is valid again once it is overwritten', async () => {
    await withGpu({ device: await newDevice() }, async (own) => {
      const program = await compile(own, { x: [2] }, ({ x }) => multiply(x, 2));
      const [x, y, z] = [0, 1, 2].map(() => own.tensor([1, 2], [2]));
      const buffer = bufferOf(own, 256);
      program.run({ x: own.wrap(buffer, [2]) }, { into: y });
      buffer.destroy();
      const encoder = own.device.createCommandEncoder();
      program.encode(encoder, { x: y }, { into: z });
      program.encode(encoder, { x }, { into: y });
      own.device.queue.submit([encoder.finish()]);
      expect(await valuesOf(y)).toEqual([2, 4]);
      expect(await rejectionOf(z.read())).toContain('the device refused');
      own.device.destroy();
    });
  });
});

describe('a destination of a run that failed', () => {
  test('cannot be read until a run has written it without a failure', async () => {
    await withGpu({ device: await newDevice() }, async (own, errors) => {
      const program = await compile(own, { x: [2] }, ({ x }) => ({ y: multiply(x, 2), x }));
      const y = own.tensor([0, 0], [2]);
      const copy = own.tensor([0, 0], [2]);
      const into = { y, x: copy };
      const spoil = (): void => {
        const buffer = bufferOf(own, 256);
        program.run({ x: own.wrap(buffer, [2]) }, { into });
        buffer.destroy();
      };
      spoil();
      const [first, second] = await Promise.all([rejectionOf(y.read()), rejectionOf(copy.read())]);
      expect(first).toContain('depthwise: the device refused a program of 1 dispatches');
      expect(second).toBe(first);
      expect(await rejectionOf(y.read())).toBe(first);
      expect(await rejectionOf(multiply(y, 3).read())).toBe(first);
      // A read reports the state after the calls before it, whatever later calls write.
      const stale = rejectionOf(y.read());
      const staleHeir = multiply(y, 3);
      program.run({ x: [5, 6] }, { into });
      const fresh = [valuesOf(y), valuesOf(copy), valuesOf(multiply(y, 3))];
      expect(await stale).toBe(first);
      expect(await rejectionOf(staleHeir.read())).toBe(first);
      expect(await Promise.all(fresh)).toEqual([[10, 12], [5, 6], [30, 36]]); // prettier-ignore
      expect(await valuesOf(y)).toEqual([10, 12]);
      // The same again, with a submit in between.
      spoil();
      const again = rejectionOf(y.read());
      own.submit();
      program.run({ x: [7, 8] }, { into });
      expect(await again).toContain('the device refused');
      expect(await valuesOf(y)).toEqual([14, 16]);
      expect(errors).toHaveLength(2);
      own.device.destroy();
    });
  });

  test('a failed run leaves its other inputs valid, and an input that failed before fails the outputs', async () => {
    await withGpu({ device: await newDevice() }, async (own) => {
      const program = await compile(own, { x: [2], z: [2] }, ({ x, z }) => ({ y: multiply(x, z), z }));
      const z = own.tensor([3, 4], [2]);
      const buffer = bufferOf(own, 256);
      const bad = program.run({ x: own.wrap(buffer, [2]), z });
      buffer.destroy();
      expect(await rejectionOf(bad.y.read())).toContain('the device refused');
      expect(await allValues([z, bad.z])).toEqual([[3, 4], [3, 4]]); // prettier-ignore
      // An output that is computed from a spoilt input is spoilt, too.
      const { y } = program.run({ x: bad.y, z });
      expect(await rejectionOf(y.read())).toContain('the device refused');
      own.device.destroy();
    });
  });
});

test('the option into has the structure of what the traced function returned', async () => {
  using y = of(0, 0);
  using alone = await compile(gpu(), { x: [2] }, ({ x }) => multiply(x, 2));
  using pair = await compile(gpu(), { x: [2] }, ({ x }) => [multiply(x, 2), x] as const);
  using list = await compile(gpu(), { x: [2] }, ({ x }): Tensor[] => [multiply(x, 2), x]);
  using named = await compile(gpu(), { x: [2] }, ({ x }) => ({ a: multiply(x, 2), b: x }));
  expectTypeOf<Into<Tensor>>().toEqualTypeOf<Tensor>();
  expectTypeOf<Into<readonly [Tensor, Tensor]>>().toEqualTypeOf<readonly [Tensor?, Tensor?]>();
  expectTypeOf<Into<Tensor[]>>().toEqualTypeOf<readonly (Tensor | undefined)[]>();
  expectTypeOf<Into<{ a: Tensor; b: Tensor }>>().toEqualTypeOf<{ readonly a?: Tensor; readonly b?: Tensor }>();
  const x = [1, 2];
  // The types refuse these calls, and so does the library, with a message.
  // @ts-expect-error a list for a tensor
  expect(() => alone.run({ x }, { into: [y] })).toThrow('give a tensor');
  // @ts-expect-error three for two
  expect(() => pair.run({ x }, { into: [undefined, undefined, y] })).toThrow('no output');
  // @ts-expect-error a tensor for a list
  expect(() => list.run({ x }, { into: y })).toThrow('give an object');
  // @ts-expect-error another name
  expect(() => named.run({ x }, { into: { c: y } })).toThrow('no output');
  // @ts-expect-error a number for a tensor
  expect(() => named.encode(gpu().device.createCommandEncoder(), { x }, { into: { a: 1 } })).toThrow('give a tensor');
});
