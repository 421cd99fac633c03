/**
 * Files of graph models from unknown sources: an error names each fault with its numbers before anything is allocated, and
 * correct files are decoded as the format says.
 */
import { describe, expect, test } from 'vitest';
import type { GraphChoice } from '../../src/load/graph';
import { attributesOf } from '../../src/load/tfjs/attributes';
import { graphOfFiles } from '../../src/load/tfjs/load-graph-model';
import { manifestOf } from '../../src/load/tfjs/manifest';
import { decodeWeight } from '../../src/load/tfjs/weights';
import { flag, floats, integer, integers, ints, placeholder, sizes, text, texts, tinyModel, type, type TinyFiles, type TinyNode, type TinyWeight } from '../support/graph-model'; // prettier-ignore
import { messageOf } from '../support/message';
import { generator } from '../support/random';

const x = placeholder('x', [2, 3]);
const relu: TinyNode = { name: 'y', op: 'Relu', input: ['x'] };
const chain = (nodes: readonly TinyNode[], weights: readonly TinyWeight[] = []): TinyFiles => tinyModel(nodes, weights);
const load = (files: TinyFiles, choice?: GraphChoice): ReturnType<typeof graphOfFiles> =>
  graphOfFiles('load', files, choice);

/** The manifest of one file with these weights. */
function manifest(...weights: readonly object[]): ReturnType<typeof manifestOf> {
  return manifestOf('load', { weightsManifest: [{ paths: ['a.bin'], weights }] });
}

describe('weights are decoded', () => {
  const decoded = (weight: Omit<TinyWeight, 'name'>, before = 0): ArrayLike<number> => {
    const pad: TinyWeight = { name: 'pad', shape: [before], dtype: 'uint8', stored: new Uint8Array(before) };
    const files = tinyModel([], [pad, { name: 'w', ...weight }]);
    return decodeWeight(manifestOf('load', files.model).weights.get('w')!, files.weights);
  };
  const u8 = Uint8Array.from([0, 1, 255]);
  const u16 = Uint16Array.from([0, 1, 65535]);
  const affine = { scale: 0.5, min: -2 };

  test.for([0, 1, 2, 3])('from %i bytes into the file', (before) => {
    expect(decoded({ shape: [2], stored: Float32Array.of(1.5, -2) }, before)).toEqual(Float32Array.of(1.5, -2));
    expect(decoded({ shape: [2], dtype: 'int32', stored: Int32Array.of(7, -9) }, before)).toEqual(Int32Array.of(7, -9));
    expect(decoded({ shape: [3], dtype: 'uint8', stored: u8 }, before)).toEqual(Int32Array.of(0, 1, 255));
    expect(decoded({ shape: [3], dtype: 'bool', stored: u8 }, before)).toEqual(u8);
    expect(decoded({ shape: [3], stored: u8, quantization: { dtype: 'uint8', ...affine } }, before)).toEqual(
      Float32Array.of(-2, -1.5, 125.5),
    );
    expect(decoded({ shape: [3], stored: u16, quantization: { dtype: 'uint16', ...affine } }, before)).toEqual(
      Float32Array.of(-2, -1.5, 32765.5),
    );
    expect(decoded({ shape: [3], dtype: 'int32', stored: u8, quantization: { dtype: 'uint8', scale: 0.4, min: -1 } }, before)) // prettier-ignore
      .toEqual(Int32Array.of(-1, -1, 101));
  });

  test('from float16, including its smallest and largest number, infinity and NaN', () => {
    const stored = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7bff, 0xfc00, 0x7e00, 0x8000);
    const quantization = { dtype: 'float16', original_dtype: 'float32' };
    const values = Array.from(decoded({ shape: [7], stored, quantization }));
    expect(values).toEqual([1, -2, 2 ** -24, 65504, -Infinity, NaN, -0]);
  });

  test('a scalar and an empty array are weights, too', () => {
    const { weights, byteLength } = manifest(
      { name: 'a', shape: [], dtype: 'float32' },
      { name: 'b', shape: [0, 3], dtype: 'int32' },
      { name: 'c', shape: [2], dtype: 'bool' },
    );
    expect([...weights.values()].map((weight) => weight.offset)).toEqual([0, 4, 4]);
    expect(byteLength).toBe(6);
  });
});

describe('an error about a manifest says', () => {
  const f32 = { name: 'w', dtype: 'float32' };
  const cases: readonly (readonly [string, () => unknown, ...string[]])[] = [
    ['that the dtype is unknown', () => manifest({ ...f32, shape: [1], dtype: 'complex64' }), "weight 'w'", 'complex64', 'float32, int32'], // prettier-ignore
    ['that the dtype is missing', () => manifest({ name: 'w', shape: [1] }), "weight 'w' has dtype undefined"],
    ['that a size is no count', () => manifest({ ...f32, shape: [2, -1] }), "weight 'w' has shape [2, -1]"],
    ['that a size is a word', () => manifest({ ...f32, shape: ['many'] }), "weight 'w'", "'many'", 'whole number'],
    [
      'that a shape is too large to count',
      () => manifest({ ...f32, shape: [2 ** 40, 2 ** 40] }),
      "weight 'w' has shape",
    ],
    ['that there are too many bytes', () => manifest({ ...f32, shape: [2 ** 30] }), '4294967296 bytes', '2147483648'],
    ['that there are too many axes', () => manifest({ ...f32, shape: Array(9).fill(1) }), 'at most 8 sizes'],
    ['that a shape is no list', () => manifest({ ...f32, shape: 'all' }), "'all'", 'must be a list'],
    ['that a name is missing', () => manifest({ shape: [1], dtype: 'float32' }), "a weight's name is undefined"],
    ['that a name is there twice', () => manifest({ ...f32, shape: [1] }, { ...f32, shape: [1] }), "two weights 'w'"],
    ['that the quantisation is unknown', () => manifest({ ...f32, shape: [1], quantization: { dtype: 'int4' } }), "weight 'w' is quantised as 'int4'"], // prettier-ignore
    ['that the scale is missing', () => manifest({ ...f32, shape: [1], quantization: { dtype: 'uint8', min: 0 } }), 'scale undefined', 'finite'], // prettier-ignore
    ['that the min is no number', () => manifest({ ...f32, shape: [1], quantization: { dtype: 'uint8', scale: 1, min: 'x' } }), "min 'x'"], // prettier-ignore
    ['that truth values are not quantised', () => manifest({ name: 'w', shape: [1], dtype: 'bool', quantization: { dtype: 'uint8', scale: 1, min: 0 } }), "weight 'w' is bool quantised"], // prettier-ignore
    ['that whole numbers are not float16', () => manifest({ name: 'w', shape: [1], dtype: 'int32', quantization: { dtype: 'float16' } }), "weight 'w' is int32 quantised as float16"], // prettier-ignore
    ['that it is no list', () => manifestOf('load', { weightsManifest: 7 }), 'weightsManifest is 7'],
  ];
  test.for(cases)('%s', ([, call, ...words]) => {
    const message = messageOf(call);
    for (const word of ['load:', ...words]) expect(message).toContain(word);
  });

  test.for([
    '../a',
    'a/b',
    'a\\b',
    'http://x',
    '..',
    '.',
    '%2e%2e%2fa',
    'a?b',
    'a#b',
    'a\0b',
    '',
    'C:a',
    'a'.repeat(256),
  ])('that %j is no name of a file beside it', (path) => {
    expect(() => manifestOf('load', { weightsManifest: [{ paths: [path], weights: [] }] })).toThrow(/load: .*path/);
  });

  test('nothing if the names are ordinary', () => {
    const paths = ['group1-shard1of2.bin', 'weights (1).bin', 'größe.bin'];
    expect(manifestOf('load', { weightsManifest: [{ paths, weights: [] }] }).groups[0].paths).toEqual(paths);
  });
});

/** The bytes, after they were transferred and so detached. */
function detached<T extends ArrayBuffer | Uint8Array>(bytes: T): T {
  structuredClone(bytes, { transfer: [ArrayBuffer.isView(bytes) ? bytes.buffer : bytes] });
  return bytes;
}

describe('an error about the bytes of weights says', () => {
  const files = chain([x, { name: 'y', op: 'Add', input: ['x', 'w'] }], [floats('w', [3], [1, 2, 3])]);
  const { weights } = files;
  const cases: readonly (readonly [string, unknown, ...string[]])[] = [
    ['that some are missing', weights.slice(0, 11), '11 bytes', 'the manifest has 12', 'cut off'],
    ['that there are more', [weights, weights.slice(0, 1)], '13 bytes', '12'],
    ['that there are none', [], '0 bytes', '12'],
    ['that they are none', 'weights', "'weights'", 'ArrayBuffer'],
    ['that they are with somebody else', detached(weights.slice().buffer), 'is detached', 'load the model first'],
    ['that a part of them is', [detached(weights.slice(0, 4)), weights.slice(4)], 'is detached', 'give a copy'],
  ];
  test.for(cases)('%s', ([, given, ...words]) => {
    const message = messageOf(() => load({ ...files, weights: given as never }));
    for (const word of words) expect(message).toContain(word);
  });

  test('nothing if they come in shards, views or buffers', () => {
    const shards = [weights.slice(0, 5).buffer, weights.subarray(5, 6), weights.slice(6)];
    const graph = load({ ...files, weights: shards as never });
    expect(graph.constants.get('w')![0].values).toEqual(Float32Array.of(1, 2, 3));
  });
});

describe('the bytes are taken at loading', () => {
  const large = Float32Array.from({ length: 5000 }, (_, i) => i);
  const files = chain(
    [x, { name: 'y', op: 'Add', input: ['x', 'flat'] }, { name: 'flat', op: 'Reshape', input: ['w', 'shape'] }, { name: 'z', op: 'Add', input: ['x', 'w'] }], // prettier-ignore
    [floats('w', [5000, 1], large), ints('shape', [5000]), floats('other', [100], new Float32Array(100))],
  );
  for (const [how, shards] of [
    ['in one buffer', 1],
    ['in two', 2],
  ] as const) {
    test(`${how}, which may be transferred then`, () => {
      const bytes = files.weights.slice();
      const weights = shards === 1 ? [bytes] : [bytes.slice(0, 999), bytes.slice(999)];
      const graph = load({ ...files, weights } as never);
      for (const shard of weights) shard.fill(255);
      for (const shard of weights) detached(shard);
      expect(graph.constants.get('w')![0].values).toEqual(large);
      expect(graph.constants.get('flat')![0].values).toEqual(large);
    });
  }

  test('only the bytes that the model needs are copied', () => {
    const graph = load(files, { outputs: ['z'] });
    const { buffer } = graph.constants.get('w')![0].values;
    expect(buffer.byteLength).toBe(large.byteLength);
    expect([...graph.constants.keys()]).toEqual(['w']);
  });
});

describe('an error about a graph says', () => {
  const cases: readonly (readonly [string, () => unknown, ...string[]])[] = [
    ['that it is a layers model', () => load({ ...chain([x, relu]), model: { format: 'layers-model' } as never }), 'layers model', 'loadLayersModel'], // prettier-ignore
    ['that it is a layers model that does not say so', () => load({ ...chain([x, relu]), model: { modelTopology: { model_config: { class_name: 'Model' } } } as never }), 'layers model', 'loadLayersModel'], // prettier-ignore
    ['that it is none', () => load({ ...chain([]), model: [] as never }), 'modelTopology.node'],
    ['that it is no JSON', () => load({ ...chain([]), model: '<!DOCTYPE html>' as never }), 'not JSON', '<!DOCTYPE'],
    ['that a name is there twice', () => load(chain([x, relu, relu])), "two nodes 'y'"],
    ['that an input is missing', () => load(chain([relu])), "no node 'x'", "node 'y' (Relu)"],
    ['that an output is missing', () => load(chain([x, relu]), { outputs: ['z'] }), "no node 'z'", "output 'z'"],
    ['that a cut is missing', () => load(chain([x, relu]), { inputs: ['z'] }), "no node 'z'", 'options.inputs'],
    ['that an output is named twice', () => load(chain([x, relu]), { outputs: ['y', 'y'] }), "two outputs 'y'"],
    ['that it has no output', () => load(chain([x])), 'no output', 'options.outputs'],
    ['that a node has too few inputs', () => load(chain([x, { ...relu, op: 'Conv2D' }])), "node 'y' (Conv2D) has 1 inputs but needs 2"], // prettier-ignore
    ['that a node has too many', () => load(chain([x, { ...relu, input: ['x', 'x'] }])), 'has 2 inputs but needs 1'],
    ['that a node has none', () => load(chain([{ name: 'y', op: 'Pack' }])), 'has 0 inputs but needs at least 1'],
    ['that there is no such output', () => load(chain([x, { ...relu, input: ['x:1'] }])), "needs output 1 of node 'x' (Placeholder), which has 1"], // prettier-ignore
    ['that a reference is none', () => load(chain([x, { ...relu, input: ['x:one'] }])), "'x:one'"],
    ['that a reference is a number', () => load(chain([x, { ...relu, input: [7 as never] }])), 'an input is 7'],
    ['that nodes depend on themselves', () => load(chain([{ name: 'a', op: 'Relu', input: ['b'] }, { name: 'b', op: 'Relu', input: ['a'] }, { name: 'c', op: 'Relu', input: ['b'] }])), "depend on themselves: 'b' -> 'a' -> 'b'"], // prettier-ignore
    ['that a weight is missing', () => load(chain([x, { name: 'w', op: 'Const' }, { name: 'y', op: 'Add', input: ['x', 'w'] }])), "node 'w' (Const) has no weight"], // prettier-ignore
    ['that ops are unknown, all at once', () => load(chain([x, { name: 'a', op: 'Foo', input: ['x'] }, { name: 'b', op: 'Bar', input: ['a'] }, { name: 'c', op: 'Foo', input: ['b'] }])), '2 ops', 'Foo (2 nodes, the first "a")', 'Bar (1 node "b")', 'options.outputs'], // prettier-ignore
    ['that an op has a name of JavaScript', () => load(chain([x, { ...relu, op: 'constructor' }])), 'constructor (1 node "y")'], // prettier-ignore
    ['that the layout is another', () => load(chain([x, { name: 'y', op: 'MaxPool', input: ['x'], attr: { data_format: text('NCHW_VECT_C') } }])), "node 'y' (MaxPool)", 'NCHW_VECT_C', 'NHWC and NCHW'], // prettier-ignore
    ['that a fused op is unknown', () => load(chain([x, { name: 'y', op: '_FusedConv2D', input: ['x', 'x', 'x'], attr: { fused_ops: texts('BiasAdd', 'Magic') } }])), "'magic'", 'Relu6'], // prettier-ignore
    ['that a fused op lacks its slopes', () => load(chain([x, { name: 'y', op: '_FusedConv2D', input: ['x', 'x', 'x'], attr: { fused_ops: texts('BiasAdd', 'Prelu') } }])), 'needs 4 inputs, but has 3'], // prettier-ignore
    ['that an attribute is none', () => load(chain([x, { ...relu, op: 'Unpack', attr: { num: { i: 'three' } } }, { name: 'z', op: 'Relu', input: ['y'] }])), "node 'y' (Unpack): attribute 'num' is 'three'"], // prettier-ignore
    ['that a constant would be too large', () => load(chain([{ name: 'y', op: 'Fill', input: ['dims', 'value'] }], [ints('dims', [65536, 65536]), floats('value', [], [1])])), "node 'y' (Fill)", '[65536, 65536]', '16777216'], // prettier-ignore
    ['that constants together would be', () => load(chain([...Array.from({ length: 5 }, (_, i) => ({ name: `f${i}`, op: 'Fill', input: ['dims', 'value'] })), { name: 'y', op: 'AddN', input: ['f0', 'f1', 'f2', 'f3', 'f4'] }], [ints('dims', [2 ** 24]), floats('value', [], [1])])), "node 'f2' (Fill)", '16777216 steps', 'of the 33554432'], // prettier-ignore
    ['that a range never ends', () => load(chain([{ name: 'y', op: 'Range', input: ['a', 'b', 'a'] }], [ints('a', [0], []), ints('b', [1], [])])), 'its step is 0'], // prettier-ignore
    ['that there are too many pieces', () => load(chain([{ name: 'y', op: 'Unpack', input: ['a'] }], [ints('a', Array(5000).fill(1))])), '5000 pieces', '4096'], // prettier-ignore
    ['that an index is beyond its axis', () => load(chain([{ name: 'y', op: 'GatherV2', input: ['a', 'i', 'zero'] }], [ints('a', [1, 2, 3]), ints('i', [0, 3]), ints('zero', [0], [])])), 'index 3 of an axis of size 3'], // prettier-ignore
    ['that an axis is none', () => load(chain([{ name: 'y', op: 'ArgMax', input: ['a', 'i'] }], [ints('a', [1, 2]), ints('i', [], [0])])), '0 elements', 'single number'], // prettier-ignore
  ];
  test.for(cases)('%s', ([, call, ...words]) => {
    const message = messageOf(call);
    for (const word of ['load:', ...words]) expect(message).toContain(word);
  });
});

describe('a graph', () => {
  test('of a hundred thousand nodes in a row is sorted', () => {
    const nodes = Array.from({ length: 100_000 }, (_, i) => ({ name: `n${i}`, op: 'Relu', input: [i === 0 ? 'x' : `n${i - 1}`] })); // prettier-ignore
    const graph = load(chain([...nodes.toReversed(), x]));
    expect(graph.nodes.map(({ name }) => name)).toEqual(nodes.map(({ name }) => name));
  });

  test('has only the nodes that its outputs need, whatever the others are', () => {
    const graph = load(chain([x, relu, { name: 'loop', op: 'While', input: ['y', 'nobody'] }]), { outputs: ['y'] });
    expect(graph.nodes.map(({ name }) => name)).toEqual(['y']);
  });

  test('can be cut in front of nodes that cannot be computed', () => {
    const files = chain([x, { name: 'loop', op: 'While', input: ['x'] }, { ...relu, input: ['loop:2'] }]);
    expect(load(files, { inputs: ['loop'], outputs: ['y'] }).inputs).toMatchObject([{ name: 'loop' }]);
  });

  test('may have names that are properties of every JavaScript object', () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
    const nodes = names.map((name, i) => ({ name, op: 'Add', input: [i === 0 ? 'x' : names[i - 1], 'valueOf'] }));
    const files = chain([x, ...nodes], [floats('valueOf', [1], [2])]);
    const text2 = JSON.stringify({ ...files.model, signature: 'S' }).replace(
      '"S"',
      '{"inputs":{"__proto__":{"name":"x"}},"outputs":{"__proto__":{"name":"hasOwnProperty:0","polluted":true}}}',
    );
    const graph = load({ ...files, model: text2 as never });
    expect(graph.nodes.map(({ name }) => name)).toEqual(names);
    expect(graph.inputs.map(({ name }) => name)).toEqual(['__proto__']);
    expect(graph.outputs.map(({ name }) => name)).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test('takes inputs and outputs from its signature', () => {
    const info = { name: 'x:0', dtype: 'DT_INT32', tensorShape: { dim: [{ size: '-1' }, { size: 3 }] } };
    const signature = { inputs: { 'image:0': info }, outputs: { mesh: { name: 'y:0' }, 'flag:0': { name: 'x' } } };
    const anyShape = { ...x, attr: { dtype: type('DT_INT32'), shape: { shape: { unknownRank: true } } } };
    const graph = load(tinyModel([anyShape, relu], [], { signature }));
    expect(graph.inputs).toEqual([
      { name: 'image', reference: { node: 'x', output: 0 }, shape: [-1, 3], dtype: 'int32' },
    ]);
    expect(graph.outputs.map(({ name }) => name)).toEqual(['mesh', 'flag']);
    expect(load(tinyModel([anyShape, relu], [], { userDefinedMetadata: { signature } })).inputs).toEqual(graph.inputs);
  });

  test('computes shapes on the CPU, data on the GPU, and what depends on data after it', () => {
    const graph = load(
      chain(
        [
          x,
          { name: 'shape', op: 'Shape', input: ['x'] },
          { name: 'rows', op: 'StridedSlice', input: ['shape', 'zero', 'one', 'one'], attr: { shrink_axis_mask: integer(1) } }, // prettier-ignore
          { name: 'target', op: 'Pack', input: ['rows', 'rest'] },
          { name: 'flat', op: 'Reshape', input: ['x', 'target'] },
          { name: 'best', op: 'ArgMax', input: ['flat', 'axis'], attr: { T: type('DT_FLOAT') } },
          { name: 'half', op: 'Mod', input: ['best', 'two'] },
          { name: 'twice', op: 'Mul', input: ['two', 'two'] },
          { name: 'y', op: 'Add', input: ['half', 'twice'] },
        ],
        [ints('zero', [0]), ints('one', [1]), ints('rest', [-1], []), ints('axis', [1], []), ints('two', [2], [])],
      ),
    );
    expect(Object.fromEntries(graph.nodes.map(({ name, place }) => [name, place]))).toEqual({
      shape: 'host',
      rows: 'host',
      target: 'host',
      flat: 'gpu',
      best: 'gpu',
      half: 'readback',
      y: 'readback', // prettier-ignore
    });
    expect(graph.constants.get('twice')![0]).toMatchObject({ values: Int32Array.of(4), constant: 'twice:0' });
    expect(graph.stages[0].reads).toEqual([{ node: 'best', output: 0 }]);
  });

  test('may have a node of more inputs than a call takes arguments', () => {
    const many = Array.from({ length: 500_000 }, () => 'x');
    expect(load(chain([x, { name: 'y', op: 'AddN', input: many }])).nodes).toHaveLength(1);
  });

  test('goes back to the GPU after what is read, in a stage of its own', () => {
    const { stages } = load(
      chain(
        [
          x,
          { name: 'size', op: 'Relu', input: ['x'] },
          { name: 'resized', op: 'ResizeBilinear', input: ['x', 'size'] },
          { name: 'i', op: 'Mod', input: ['resized', 'w'] },
          { name: 'y', op: 'Prelu', input: ['i', 'w'] },
          { name: 'z', op: 'AddN', input: ['y', 'resized'] },
        ],
        [floats('w', [1], [3])],
      ),
    );
    const of = (node: string): { node: string; output: number } => ({ node, output: 0 });
    expect(stages.map(({ nodes, after }) => [nodes, after].map((list) => list.map(({ name }) => name)))).toEqual([
      [['size'], []],
      [['resized'], ['i']],
      [['y', 'z'], []],
    ]);
    expect(stages.map(({ takes }) => takes)).toEqual([[of('x')], [of('x')], [of('i'), of('resized')]]);
    expect(stages.map(({ knows }) => knows)).toEqual([[], [of('size')], []]);
    expect(stages.map(({ gives }) => gives)).toEqual([[of('size')], [of('resized')], [of('z')]]);
    expect(stages.map(({ reads }) => reads)).toEqual([[of('size')], [of('resized')], []]);
  });

  test('sees through identities of its weights', () => {
    const { constants } = load(
      chain([x, { name: 'read', op: 'Identity', input: ['w'] }, { name: 'y', op: 'Add', input: ['x', 'read'] }], [floats('w', [3], [1, 2, 3])]), // prettier-ignore
    );
    expect(constants.get('read')![0]).toBe(constants.get('w')![0]);
  });
});

test('attributes are read as JSON of protocol buffers has them', () => {
  const attributes = attributesOf('n', {
    padding: text('SAME'),
    bytes: { s: [83, 65] },
    names: texts('BiasAdd', 'Relu'),
    steps: integers(1, 2),
    none: { list: {} },
    axis: { i: 3 },
    alpha: { f: '0.25' },
    keep: flag(true),
    byName: type('DT_UINT8'),
    byNumber: type(10),
    shape: sizes(1, -1),
    open: { shape: { unknownRank: true } },
  });
  expect(attributes.text('padding', '')).toBe('SAME');
  expect(attributes.text('bytes', '')).toBe('SA');
  expect(attributes.text('toString', 'none')).toBe('none');
  expect(attributes.texts('names')).toEqual(['BiasAdd', 'Relu']);
  expect(attributes.integers('steps')).toEqual([1, 2]);
  expect(attributes.integers('none')).toEqual([]);
  expect(attributes.integers('missing')).toBeUndefined();
  expect(attributes.integer('axis', 0)).toBe(3);
  expect(attributes.number('alpha', 0)).toBe(0.25);
  expect(attributes.flag('keep', false)).toBe(true);
  expect(attributes.dtype('byName')).toBe('int32');
  expect(attributes.dtype('byNumber')).toBe('bool');
  expect(attributes.shape('shape')).toEqual([1, -1]);
  expect(attributes.shape('open')).toBeUndefined();
  const wrong = attributesOf('n', { s: { s: '%%%' }, i: { i: 1.5 }, f: { f: 'big' }, b: { b: 1 }, t: type('DT_STRING'), l: { list: { i: 3 } } }); // prettier-ignore
  expect(() => wrong.text('s', '')).toThrow("n: attribute 's' is '%%%'");
  expect(() => wrong.integer('i', 0)).toThrow("attribute 'i' is 1.5");
  expect(() => wrong.number('f', 0)).toThrow("attribute 'f' is 'big'");
  expect(() => wrong.flag('b', true)).toThrow("attribute 'b' is 1");
  expect(() => wrong.dtype('t')).toThrow("attribute 't' is 'DT_STRING'");
  expect(() => wrong.integers('l')).toThrow("attribute 'l' is 3");
});

test('a file that is damaged anywhere is refused in words, or loads', () => {
  const files = tinyModel(
    [
      placeholder('x', [1, 4, 4, 2]),
      { name: 'c', op: '_FusedConv2D', input: ['x', 'w', 'b'], attr: { strides: integers(1, 1, 1, 1), padding: text('SAME'), fused_ops: texts('BiasAdd', 'Relu'), num_args: integer(1), data_format: text('NHWC') } }, // prettier-ignore
      { name: 's', op: 'Shape', input: ['c'], attr: { T: type('DT_FLOAT') } },
      { name: 'p', op: 'Pack', input: ['one', 'k', 'one'], attr: { axis: integer(0) } },
      { name: 't', op: 'Split', input: ['one', 'p'], attr: { num_split: integer(1) } },
      { name: 'r', op: 'Reshape', input: ['c', 't'] },
      { name: 'y', op: 'TopKV2', input: ['r', 'k'], attr: { sorted: flag(true) } },
    ],
    [
      floats('w', [1, 1, 2, 3], [1, 2, 3, 4, 5, 6]),
      { name: 'b', shape: [3], stored: Uint8Array.of(1, 2, 3), quantization: { dtype: 'uint8', scale: 1, min: 0 } },
      ints('one', [0], []),
      ints('k', [3], []),
    ],
    {
      signature: {
        inputs: { x: { name: 'x:0', dtype: 'DT_FLOAT' } },
        outputs: { y: { name: 'y:0' }, s: { name: 's' } },
      },
    },
  );
  const junk = [null, true, -1, 0, 1.5, 1e300, '', 'x', 'y', '__proto__', '../up', 'DT_STRING', '99999999999', [], {}, [[]], { i: {} }]; // prettier-ignore
  const next = generator(5);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)];
  const messages: string[] = [];
  for (let round = 0; round < 3000; round++) {
    const model = structuredClone(files.model) as unknown as Record<string, unknown>;
    let at: Record<string, unknown> = model;
    // Follows a random path into the model, and replaces the value at its end.
    for (;;) {
      const key = pick(Object.keys(at));
      const value = at[key];
      if (typeof value === 'object' && value !== null && Object.keys(value).length > 0 && next() < 0.9) {
        at = value as Record<string, unknown>;
        continue;
      }
      if (next() < 0.2) delete at[key];
      else at[key] = pick(junk);
      break;
    }
    try {
      graphOfFiles('load', { ...files, model });
    } catch (error) {
      messages.push((error as Error).message);
    }
  }
  expect(messages.length).toBeGreaterThan(1000);
  const clear = /^load: (?!.*(undefined \(|Cannot|not iterable|is not a function))/;
  expect(messages.filter((message) => !clear.test(message))).toEqual([]);
});
