/**
 * Loads and runs graph models: inputs and outputs, what stays on the GPU, and the errors.
 */
import { describe, expect, test } from 'vitest';
import { add, compile, loadGraphModel, prepare, profile, record, type Gpu, type Model, type GraphModelOptions } from '../../src/index'; // prettier-ignore
import { float, floats, ints, placeholder, text, texts, tinyModel, type, type TinyFiles, type TinyNode } from '../support/graph-model'; // prettier-ignore
import { modelUrl } from '../../demo/models/real-models';
import { useOwnGpu, withGpu } from '../support/gpu';
import { rejectionOf } from '../support/message';
import { randomValues } from '../support/random';

const gpu = useOwnGpu();
const load = (files: TinyFiles, options?: GraphModelOptions, on: Gpu = gpu()): Promise<Model> =>
  loadGraphModel(on, files, options);

/** The results of a run as numbers. The tensors are disposed. */
async function numbers(model: Model, feeds: Parameters<Model['run']>[0]): Promise<Record<string, number[]>> {
  const results = await model.run(feeds);
  const read = Object.entries(results).map(async ([name, tensor]) => {
    using done = tensor;
    return [name, [...(await done.read())]] satisfies [string, number[]];
  });
  return Object.fromEntries(await Promise.all(read));
}

const x = placeholder('x', [-1, 2]);
const node = (name: string, op: string, input: readonly string[], attr: TinyNode['attr'] = {}): TinyNode => ({
  name,
  op,
  input,
  attr: { T: type('DT_FLOAT'), ...attr },
});
/** y = x * [2, 3] + [10, 20]. */
const affine = tinyModel(
  [x, node('scaled', 'Mul', ['x', 'factor']), node('y', 'Add', ['scaled', 'term'])],
  [floats('factor', [2], [2, 3]), floats('term', [2], [10, 20])],
);
/** For each row, after a product on the GPU: the column of the largest element, plus 100, and that element. */
const tail = tinyModel(
  [
    x,
    node('twice', 'Mul', ['x', 'two']),
    node('top', 'TopKV2', ['twice', 'one']),
    node('moved', 'Add', ['top:1', 'hundred'], { T: type('DT_INT32') }),
    node('best', 'Squeeze', ['top']),
  ],
  [floats('two', [], [2]), ints('one', [1], []), ints('hundred', [100], [])],
);

describe('a model', () => {
  test('states its inputs and outputs, and computes', async () => {
    using model = await load(affine);
    expect(model.inputs).toEqual([{ name: 'x', shape: [-1, 2], dtype: 'float32' }]);
    expect(model.outputs).toEqual([{ name: 'y', dtype: 'float32' }]);
    expect(await numbers(model, { x: [1, 2, 3, 4] })).toEqual({ y: [12, 26, 16, 32] });
    using tensor = gpu().tensor([5, 6], [1, 2]);
    expect(await numbers(model, { 'x:0': tensor })).toEqual({ y: [20, 38] });
    expect(await numbers(model, tensor)).toEqual({ y: [20, 38] });
    expect(tensor.disposed).toBe(false);
  });

  test('is compiled ahead, once for each shape, and explains a run', async () => {
    // The last node does not change these numbers, but the program differs from those of other tests, so it is not compiled
    // yet.
    const files = tinyModel(
      [
        x,
        node('scaled', 'Mul', ['x', 'factor']),
        node('moved', 'Add', ['scaled', 'term']),
        node('y', 'Elu', ['moved']),
      ],
      [floats('factor', [2], [2, 3]), floats('term', [2], [10, 20])],
    );
    using model = await load(files);
    const progress: number[] = [];
    const before = gpu().memory().pipelines;
    const compiled = await model.compile({ x: [3, 2] }, { onProgress: (done) => progress.push(done) });
    expect(compiled.dispatches).toEqual({ traced: 3, run: 1 });
    expect(compiled.explain().map(({ kernel }) => kernel)).toEqual(['elementwise/epilogue']);
    expect(compiled.memory().weights).toBe(2 * 2 * 4);
    expect(progress).toEqual([1]);
    const { pipelines } = gpu().memory();
    expect(pipelines).toBe(before + 1);
    expect(await numbers(model, { x: [1, 2, 3, 4, 5, 6] })).toEqual({ y: [12, 26, 16, 32, 20, 38] });
    expect(gpu().memory().pipelines).toBe(pipelines);
    // A batch size that is not given is 1.
    await model.compile();
    expect(await numbers(model, { x: [1, 2] })).toEqual({ y: [12, 26] });
    const messages = [{ x: [2, 3] }, { z: [1, 2] }, { x: [2] }].map((shapes) =>
      rejectionOf(model.compile(shapes as never)),
    );
    expect(await Promise.all(messages)).toMatchInlineSnapshot(`
      [
        "model.compile: input 'x' is [2, 3] but the model takes [-1, 2], -1 for any size",
        "model.compile: the model has no input 'z'; the inputs are 'x'",
        "model.compile: input 'x' is [2] but the model takes [-1, 2], -1 for any size",
      ]
    `);
    const aborted = AbortSignal.abort(new Error('enough'));
    expect(await rejectionOf(model.compile({ x: [9, 2] }, { signal: aborted }))).toBe('enough');
    expect(await numbers(model, { x: Array.from({ length: 18 }, () => 1) })).toEqual({
      y: Array.from({ length: 18 }, (_, i) => [12, 23][i % 2]),
    });
  });

  test('is compiled for all who wait, whoever stops waiting', async () => {
    using model = await load(affine);
    const controller = new AbortController();
    const stopped = rejectionOf(model.compile({ x: [7, 2] }, { signal: controller.signal }));
    const running = numbers(model, { x: Array.from({ length: 14 }, () => 0) });
    controller.abort(new Error('enough'));
    expect(await stopped).toBe('enough');
    expect(await running).toEqual({ y: Array.from({ length: 14 }, (_, i) => [10, 20][i % 2]) });
    const misspelt = rejectionOf(model.compile({ x: [7, 2] }, { fuse: false } as never));
    expect(await misspelt).toBe('model.compile: there is no option fuse; the options are onProgress, signal');
  });

  test('without inputs is computed on the GPU all the same', async () => {
    const files = tinyModel(
      [node('y', 'Conv2D', ['a', 'w'], { padding: text('VALID'), strides: { list: { i: [1, 1, 1, 1] } } })],
      [floats('a', [1, 1, 2, 2], [1, 2, 3, 4]), floats('w', [1, 1, 2, 1], [10, 1])],
    );
    using model = await load(files);
    expect(model.explain().nodes).toEqual([{ name: 'y', op: 'Conv2D', place: 'gpu', stage: 0 }]);
    expect(await numbers(model, {})).toEqual({ y: [12, 34] });
    expect((await model.compile()).dispatches).toEqual({ traced: 1, run: 0 });
  });

  test('is fed a tensor that is disposed while it is compiled', async () => {
    using model = await load(affine);
    const tensor = gpu().tensor([5, 6], [1, 2]);
    const running = numbers(model, tensor);
    tensor.dispose();
    expect(await running).toEqual({ y: [20, 38] });
  });

  test('runs many times at once, and beside another', async () => {
    using model = await load(affine);
    using other = await load(tail);
    const runs = Array.from({ length: 20 }, (_, i) => numbers(model, { x: [i, 1] }));
    const others = Array.from({ length: 5 }, (_, i) => numbers(other, { x: [i, 2] }));
    for (const [i, { y }] of (await Promise.all(runs)).entries()) expect(y).toEqual([2 * i + 10, 23]);
    for (const [i, { moved }] of (await Promise.all(others)).entries()) expect(moved).toEqual([i < 2 ? 101 : 100]); // prettier-ignore
  });

  test('is prepared, recorded and profiled', async () => {
    using model = await load(affine);
    using input = gpu().tensor([1, 2], [1, 2]);
    const before = gpu().memory();
    await prepare(gpu(), () => model.execute(input));
    const { pipelines, bytesInUse } = gpu().memory();
    expect(bytesInUse).toBe(before.bytesInUse);
    using once = model.execute(input).y;
    expect([...(await once.read())]).toEqual([12, 26]);
    expect(gpu().memory().pipelines).toBe(pipelines);

    const encoder = gpu().device.createCommandEncoder();
    using recording = record(gpu(), encoder, () => model.execute(input));
    gpu().device.queue.submit([encoder.finish()]);
    using recorded = recording.result.y;
    expect([...(await recorded.read())]).toEqual([12, 26]);

    using program = await compile(gpu(), { x: [1, 2] }, (inputs) => model.execute(inputs.x));
    using into = gpu().tensor([0, 0], [1, 2]);
    expect(program.run({ x: input }, { into: { y: into } })).toEqual({ y: into });
    expect([...(await into.read())]).toEqual([12, 26]);

    const { buffersInUse } = gpu().memory();
    for (let i = 0; i < 3; i++) {
      // `profile` frees everything that the function made, whatever it returned.
      expect(await profile(gpu(), () => model.execute(input))).toHaveLength(2);
      expect(await profile(gpu(), () => model.execute({ x: [1, 2] }).y)).toHaveLength(2);
      expect(gpu().memory().buffersInUse).toBe(buffersInUse);
    }
    expect(() => record(gpu(), encoder, () => [model.execute(input), model.execute({})])).toThrow('model.execute');
    expect(gpu().memory().buffersInUse).toBe(buffersInUse);
  });

  test('times its dispatches, as many as its program has', async () => {
    using model = await load(affine);
    using input = gpu().tensor([1, 2], [1, 2]);
    const times = await model.profile(input);
    const steps = (await model.compile({ x: [1, 2] })).explain();
    expect(times.map(({ label }) => label)).toEqual(steps.map(({ label }) => label));
    for (const { clock } of times) expect(clock).toBe('timestamp');
    // Only the part of the model that runs on the GPU is timed. This model ends on the CPU.
    using late = await load(tail);
    expect(await late.profile({ x: [1, 2] })).toHaveLength((await late.compile({ x: [1, 2] })).dispatches.run);
    expect(await rejectionOf(model.profile({ x: [1, 2, 3] }))).toContain('model.profile');
  });

  test('takes scalars and infinities as they are, whatever their rank', async () => {
    const files = tinyModel(
      [x, node('a', 'Sub', ['one', 'x']), node('b', 'Minimum', ['a', 'infinity']), node('y', 'Add', ['b', 'deep'])],
      [floats('one', [], [1]), floats('infinity', [], [Infinity]), floats('deep', [1, 1, 1], [0.5])],
    );
    using model = await load(files);
    using y = (await model.run({ x: [3, 4] })).y;
    expect(y.shape).toEqual([1, 1, 2]);
    expect([...(await y.read())]).toEqual([-1.5, -2.5]);
    const input = gpu().tensor([3, 4], [1, 2]);
    await prepare(gpu(), () => model.execute(input));
    input.dispose();
  });

  test('gives each output a tensor of its own, be it an input, a constant, a shape or the same node', async () => {
    const files = tinyModel(
      [x, node('shape', 'Shape', ['x']), node('same', 'Identity', ['x'])],
      [floats('c', [2], [7, 8])],
    );
    using model = await load(files, { outputs: ['x', 'x:0', 'same', 'same:0', 'c', 'shape'] });
    expect(model.outputs.map(({ dtype }) => dtype)).toEqual(['float32', 'float32', 'float32', 'float32', 'float32', 'int32']); // prettier-ignore
    const all = { x: [1, 2], 'x:0': [1, 2], same: [1, 2], 'same:0': [1, 2], c: [7, 8], shape: [1, 2] };
    using input = gpu().tensor([1, 2], [1, 2]);
    expect(await numbers(model, input)).toEqual(all);
    expect(await numbers(model, input)).toEqual(all);
  });

  test('ends on the CPU where indices depend on data', async () => {
    using model = await load(tail, { outputs: ['moved', 'best', 'twice'] });
    expect(await numbers(model, { x: [1, 5, 9, 2] })).toEqual({ moved: [101, 100], best: [10, 18], twice: [2, 10, 18, 4] }); // prettier-ignore
    expect(model.explain()).toEqual({
      nodes: [
        { name: 'twice', op: 'Mul', place: 'gpu', stage: 0 },
        { name: 'top', op: 'TopKV2', place: 'readback', stage: 0, why: 'it has no GPU kernel' },
        { name: 'moved', op: 'Add', place: 'readback', stage: 0, why: "'top' is computed on the CPU" },
        { name: 'best', op: 'Squeeze', place: 'readback', stage: 0, why: "'top' is computed on the CPU" },
      ],
      reads: ['twice'],
      stages: 1,
    });
    expect(() => model.execute({ x: [1, 5] })).toThrow(
      /model.execute: 3 nodes work on the CPU, from node 'top' \(TopKV2\) on.*'twice'; call run/,
    );
  });

  test('goes back to the GPU after what is read, as often as it needs to', async () => {
    const files = tinyModel(
      [
        placeholder('x', [1, 2, 2, 1]),
        node('best', 'Max', ['x', 'all']),
        node('count', 'Mod', ['best', 'thousand']),
        node('size', 'Pack', ['count', 'count'], { N: { i: '2' } }),
        node('grown', 'ResizeNearestNeighbor', ['x', 'size']),
        node('sum', 'Sum', ['grown', 'all']),
        node('whole', 'Mod', ['sum', 'thousand']),
        node('y', 'Prelu', ['whole', 'slope']),
        node('z', 'AddN', ['grown', 'y']),
      ],
      [ints('all', [0, 1, 2, 3]), floats('thousand', [], [1000]), floats('slope', [], [0.5])],
    );
    using model = await load(files, { outputs: ['z', 'y', 'size'] });
    expect(model.explain()).toMatchObject({ stages: 3, reads: ['best', 'sum'] });
    const given = [1, 2, 3, 4];
    expect(await numbers(model, { x: given })).toEqual({
      z: [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4].map((v) => v + 40),
      y: [40],
      size: [4, 4],
    });
    const small = await numbers(model, { x: [1, 1, 1, 2] });
    expect(small).toEqual({ z: [6, 6, 6, 7], y: [5], size: [2, 2] });
    expect((await model.profile({ x: given })).length).toBeGreaterThanOrEqual(3);
    expect(() => model.execute({ x: given })).toThrow(/model.execute: .*'best', 'sum'.*call run/);
  });

  test('says which nodes were computed when it was loaded', async () => {
    const files = tinyModel([x, node('sum', 'Add', ['a', 'a']), node('y', 'Mul', ['x', 'sum'])], [floats('a', [2], [1, 2])]); // prettier-ignore
    using model = await load(files);
    expect(model.explain().nodes).toEqual([
      { name: 'sum', op: 'Const', place: 'constant', stage: 0 },
      { name: 'y', op: 'Mul', place: 'gpu', stage: 0 },
    ]);
    expect(await numbers(model, { x: [1, 1] })).toEqual({ y: [2, 4] });
  });

  test('computes only between the inputs and outputs that the app chooses', async () => {
    const files = tinyModel([x, node('loop', 'While', ['x']), node('y', 'Relu', ['loop'])]);
    using model = await load(files, { inputs: ['loop'], outputs: ['y'] });
    expect(model.inputs).toEqual([{ name: 'loop', dtype: 'float32' }]);
    using fed = gpu().tensor([-1, 2], [2]);
    expect(await numbers(model, { loop: fed })).toEqual({ y: [0, 2] });
    expect(await rejectionOf(model.run({ loop: [1] }))).toContain("does not say the shape of input 'loop'");
  });

  test('convolves in float16 weights as in float32, in less memory', async () => {
    const halves = Uint16Array.from({ length: 3 * 3 * 16 * 32 }, (_, i) => 0x3000 + ((i * 37) % 0x800));
    const files = tinyModel(
      [placeholder('x', [1, 8, 8, 16]), node('y', 'Conv2D', ['x', 'w'], { padding: text('SAME') })],
      [{ name: 'w', shape: [3, 3, 16, 32], stored: halves, quantization: { dtype: 'float16' } }],
    );
    const input = randomValues(8 * 8 * 16, 1);
    const found: { readonly y: Float32Array; readonly bytes: number }[] = [];
    for (const weights of ['f32', 'f16'] as const) {
      const before = gpu().memory().bytesInUse;
      using model = await load(files, { weights });
      const bytes = gpu().memory().bytesInUse - before;
      using y = (await model.run({ x: input })).y;
      expect(y.dtype).toBe('f32');
      found.push({ y: await y.read(), bytes });
    }
    const [full, half] = found;
    expect(half.bytes).toBeLessThan(0.7 * full.bytes);
    for (const [i, v] of half.y.entries()) expect(Math.abs(v - full.y[i])).toBeLessThan(1e-4);
  });

  test('survives the loss of its device', async () => {
    await withGpu({}, async (own, errors) => {
      using model = await load(affine, {}, own);
      for (let i = 0; i < 3; i++) {
        expect(await numbers(model, { x: [i, 2] })).toEqual({ y: [2 * i + 10, 26] });
        own.device.destroy();
        await own.lost;
        await own.ready();
      }
      expect(errors).toEqual([]);
    });
  });

  test('keeps its outputs when it is disposed, and nothing else', async () => {
    const model = await load(affine);
    using y = (await model.run({ x: [1, 2] })).y;
    model.dispose();
    model.dispose();
    using more = add(y, 1);
    expect([...(await more.read())]).toEqual([13, 27]);
    expect(await rejectionOf(model.run({ x: [1, 2] }))).toContain('model.run: the model was disposed');
  });

  test('takes an input that its signature has but its outputs do not need, as TensorFlow.js does', async () => {
    const nodes = [placeholder('a', [2]), placeholder('b', [3]), placeholder('c', [1]), { name: 'y', op: 'Relu', input: ['a'] }]; // prettier-ignore
    const end = (name: string): object => ({ name: `${name}:0` });
    const signature = { inputs: { first: end('a'), second: end('b'), gone: end('dropped') }, outputs: { y: end('y') } };
    using model = await load(tinyModel(nodes, [], { signature }));
    expect(model.inputs.map(({ name }) => name)).toEqual(['first']);
    for (const feeds of [{ second: [1, 2, 3] }, { b: [1] }, { 'b:0': [1, 2, 3] }, { gone: [1] }, { c: [1] }, {}]) {
      expect(await numbers(model, { first: [-1, 2], ...feeds } as never)).toEqual({ y: [0, 2] });
    }
    await model.compile({ second: [3] });
    expect(await rejectionOf(model.run({ first: [-1, 2], third: [1] }))).toContain("the model has no input 'third'");
  });

  test('takes its weights at loading: the app may transfer them then', async () => {
    await withGpu({}, async (own) => {
      const w = Float32Array.from({ length: 5000 }, (_, i) => i);
      const files = tinyModel([placeholder('x', [5000]), { name: 'y', op: 'Add', input: ['x', 'w'] }], [floats('w', [5000], w)]); // prettier-ignore
      const loading = load(files, {}, own);
      structuredClone(files.weights, { transfer: [files.weights.buffer] });
      const model = await loading;
      const zeros = new Float32Array(5000);
      for (let i = 0; i < 2; i++) {
        expect((await numbers(model, { x: zeros })).y.slice(-2)).toEqual([4998, 4999]);
        own.device.destroy();
        await own.lost;
        await own.ready();
      }
      expect(await rejectionOf(load(files, {}, own))).toContain('the ArrayBuffer of the weights is detached');
    });
  });

  test('is fetched from an address, with progress', async () => {
    const progress: (readonly [number, number])[] = [];
    const url = modelUrl('liveness');
    using model = await loadGraphModel(gpu(), url, { onProgress: (...bytes) => progress.push(bytes) });
    expect(model.inputs).toMatchObject([{ name: 'conv2d_1_input', shape: [-1, 32, 32, 3] }]);
    expect(progress[0]).toEqual([0, 592976]);
    expect(progress.at(-1)).toEqual([592976, 592976]);
    expect(await rejectionOf(loadGraphModel(gpu(), `${url}.missing`))).toMatch(
      /liveness.json.missing cannot be fetched: status 404/,
    );
    const signal = AbortSignal.abort(new Error('no more'));
    expect(await rejectionOf(loadGraphModel(gpu(), url, { signal }))).toBe('no more');
  });
});

describe('errors name what is wrong, and leave nothing behind', () => {
  /** Runs that fail, with words of their errors. */
  const runs: readonly (readonly [string, TinyFiles, object, ...string[]])[] = [
    ['an input that is missing', affine, {}, "input 'x' is missing", "the inputs are 'x'"],
    ['an input that is unknown', affine, { x: [1, 2], z: [1] }, "no input 'z'", "'x'"],
    ['an input of another size', affine, { x: [1, 2, 3] }, "input 'x' has 3 numbers", '[-1, 2]', 'multiple of 2'],
    ['an input that is a number', affine, { x: 1 }, "input 'x' is 1"],
    ['an input whose name JavaScript has', affine, JSON.parse('{"__proto__":[1,2]}'), "no input '__proto__'"],
    ['shapes that do not fit', tinyModel([placeholder('x', [2]), node('y', 'Add', ['x', 'w'])], [floats('w', [3], [1, 2, 3])]), { x: [1, 2] }, "node 'y' (Add) on [2], [3]: add:"], // prettier-ignore
    ['a node after one that worked', tinyModel([x, node('a', 'Relu', ['x']), node('b', 'Relu', ['a']), node('y', 'Reshape', ['b', 's'])], [ints('s', [5])]), { x: [1, 2] }, "node 'y' (Reshape) on [1, 2], [1]: reshape:", '5'], // prettier-ignore
    ['a tail that fails', tinyModel([x, node('y', 'Unique', ['x'])]), { x: [1, 2] }, "node 'y' (Unique)", 'its input has 2 axes but must have one'], // prettier-ignore
    ['strides along the batch', tinyModel([placeholder('x', [1, 4, 4, 1]), node('y', 'MaxPool', ['x'], { ksize: { list: { i: [2, 2, 2, 1] } }, padding: text('VALID') })]), { x: Array(16).fill(0) }, "node 'y' (MaxPool)", 'ksize is [2, 2, 2, 1]'], // prettier-ignore
    ['a padding that is none', tinyModel([placeholder('x', [1, 4, 4, 1]), node('y', 'Conv2D', ['x', 'w'], { padding: text('FULL') })], [floats('w', [1, 1, 1, 1], [1])]), { x: Array(16).fill(0) }, "padding is 'FULL'", 'SAME, VALID, or EXPLICIT'], // prettier-ignore
    ['paddings for too few axes', tinyModel([x, node('y', 'Pad', ['x', 'p'])], [ints('p', [1, 1], [1, 2])]), { x: [1, 2] }, "node 'y' (Pad)", '2 elements', 'a pair per axis'], // prettier-ignore
    ['an activation without a number', tinyModel([placeholder('x', [1, 1, 1, 1]), node('y', '_FusedConv2D', ['x', 'w', 'b'], { padding: text('SAME'), fused_ops: texts('BiasAdd', 'LeakyRelu'), leakyrelu_alpha: float(NaN) })], [floats('w', [1, 1, 1, 1], [1]), floats('b', [1], [1])]), { x: [1] }, "attribute 'leakyrelu_alpha' is NaN"], // prettier-ignore
  ];
  test.for(runs)('%s', async ([, files, feeds, ...words]) => {
    using model = await load(files);
    const message = await rejectionOf(model.run(feeds as never));
    for (const word of ['model.run:', ...words]) expect(message).toContain(word);
    using good = await load(affine);
    expect(await numbers(good, { x: [1, 2] })).toEqual({ y: [12, 26] });
  });

  test('a model of several inputs', async () => {
    using model = await load(tinyModel([x, placeholder('z', [2]), node('y', 'Add', ['x', 'z'])]));
    using tensor = gpu().tensor([1, 2], [1, 2]);
    expect(await rejectionOf(model.run(tensor))).toContain("the model has 2 inputs, 'x', 'z'");
    expect(await rejectionOf(model.run({ x: [1, 2], z: tensor }))).toContain(
      "input 'z' is [1, 2] but the model takes [2]",
    );
    expect(await rejectionOf(model.run(7 as never))).toContain('feeds are 7');
  });

  /** Loads that fail, with words of their errors. */
  const loads: readonly (readonly [string, () => Promise<unknown>, ...string[]])[] = [
    ['a source that is none', () => loadGraphModel(gpu(), 7 as never), 'source is 7', 'model.json'],
    ['files without weights', () => loadGraphModel(gpu(), { model: {} } as never), '{ model, weights }'],
    ['an option that is unknown', () => load(affine, { output: ['y'] } as never), 'there is no option output', 'outputs, inputs'], // prettier-ignore
    ['outputs that are no list', () => load(affine, { outputs: 'y' as never }), "outputs is 'y'", 'list of names'],
    ['weights that are no type', () => load(affine, { weights: 'f8' as never }), "weights is 'f8'", "'f32' or 'f16'"],
    ['a page instead of a model', () => loadGraphModel(gpu(), '/'), 'loadGraphModel:'],
  ];
  test.for(loads)('%s', async ([, call, ...words]) => {
    const message = await rejectionOf(call());
    for (const word of words) expect(message).toContain(word);
  });

  test('what is fed, by the name of the input', async () => {
    const files = tinyModel([placeholder('x', [-1, 2]), placeholder('k', [2]), { name: 'y', op: 'Add', input: ['x', 'k'] }]); // prettier-ignore
    using model = await load(files);
    const k = [1, 2];
    await withGpu({}, async (own) => {
      using other = own.tensor([1, 2], [1, 2]);
      expect(await rejectionOf(model.run({ x: other, k }))).toBe(
        "model.run: input 'x' belongs to another gpu than the model; use one gpu for both",
      );
    });
    const gone = gpu().tensor([1, 2], [1, 2]);
    gone.dispose();
    expect(await rejectionOf(model.run({ x: gone, k }))).toBe(
      "model.run: input 'x' [1, 2] was disposed; use it before dispose(), or make it again",
    );
    const most = gpu().device.limits.maxBufferSize;
    const many = { length: most / 2 } as ArrayLike<number>;
    expect(await rejectionOf(model.run({ x: many, k }))).toMatch(
      new RegExp(`^model\\.run: input 'x' \\[${most / 4}, 2\\] .*${most}`),
    );
    const shapes: readonly (readonly [unknown, RegExp])[] = [
      [[0, 2], /^model\.compile: input 'x' \[0, 2\] has size 0 on axis 0/],
      [[1.5, 2], /^model\.compile: input 'x' \[1\.5, 2\] has size 1\.5 on axis 0/],
      ['1, 2', /^model\.compile: input 'x' is '1, 2' but must be an array of sizes/],
      [[2 ** 40, 2], /^model\.compile: input 'x' \[1099511627776, 2\]/],
    ];
    for (const [shape, words] of shapes) expect(await rejectionOf(model.compile({ x: shape as never }))).toMatch(words);
    expect(await rejectionOf(model.compile(null as never))).toMatch(/^model\.compile: inputs are null/);
    let inside = Promise.resolve('');
    await prepare(gpu(), () => void (inside = rejectionOf(model.run({ x: [1, 2], k }))));
    expect(await inside).toMatch(/^model\.run: called inside prepare/);
  });

  test('weights that do not fit into the memory budget', async () => {
    await withGpu({ memoryBudget: 40_000 }, async (own) => {
      const w = (name: string): ReturnType<typeof floats> => floats(name, [4000], new Float32Array(4000));
      const files = tinyModel([placeholder('x', [4000]), node('a', 'Add', ['x', 'p']), node('b', 'Add', ['a', 'q']), node('y', 'Add', ['b', 'r'])], [w('p'), w('q'), w('r')]); // prettier-ignore
      expect(await rejectionOf(load(files, {}, own))).toContain('memoryBudget');
      expect(own.memory().bytesInUse).toBe(0);
      using model = await load(affine, {}, own);
      expect(await numbers(model, { x: [1, 2] })).toEqual({ y: [12, 26] });
    });
  });

  test('a loss under a run', async () => {
    await withGpu({}, async (own) => {
      using model = await load(tail, {}, own);
      const run = model.run({ x: [1, 2] });
      own.device.destroy();
      expect(await rejectionOf(run)).toMatch(/lost/);
      await own.lost;
      await own.ready();
      expect(await numbers(model, { x: [1, 2] })).toMatchObject({ moved: [101] });
    });
  });
});
