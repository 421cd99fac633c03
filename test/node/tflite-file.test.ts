/**
 * .tflite files from unknown sources: correct files are read as the schema says, and errors name each fault with its numbers,
 * within a time limit.
 */
import { describe, expect, test } from 'vitest';
import { tfliteFile } from '../../src/load/tflite/file';
import { tfliteGraph } from '../../src/load/tflite/load-tflite-model';
import { damagedTflite, TFLITE_FILES } from '../fuzz/damaged-tflite';
import { leastMs } from '../support/least-ms';
import { messageOf } from '../support/message';
import {
  tinyTflite,
  type TinyOperator,
  type TinySparsity,
  type TinyTensor,
  type TinyTflite,
} from '../support/tflite-file';

const read = (file: TinyTflite): ReturnType<typeof tfliteFile> => tfliteFile('load: a file', tinyTflite(file));

/** A file whose operators read these constants. */
function holding(tensors: Readonly<Record<string, TinyTensor>>, more: Partial<TinyTflite> = {}): TinyTflite {
  return {
    tensors: { ...tensors, y: { shape: [1] } },
    operators: [{ op: 'ADD_N', inputs: Object.keys(tensors), outputs: ['y'] }],
    inputs: [],
    outputs: ['y'],
    ...more,
  };
}

/** Of a tensor of [3, 4]. */
const ROWS: TinySparsity = {
  order: [0, 1],
  levels: [3, { segments: Uint8Array.of(0, 2, 2, 3), indices: Uint8Array.of(1, 3, 0) }],
};

/** The first and the last block of 2x2 of a tensor of [2, 6]. */
const BLOCKS: TinySparsity = {
  order: [0, 1, 2, 3],
  blocks: [0, 1],
  levels: [1, { segments: Int32Array.of(0, 2), indices: Int32Array.of(0, 2) }, 2, 2],
};

/** Reads the values of all constants of a file. */
function decode({ topology, weights }: ReturnType<typeof tfliteFile>): void {
  for (const { op, name, attributes } of topology.nodes.values()) {
    if (op === 'Const') void weights.get(name)!.values;
    attributes.dtype('output0');
    for (const option of ['stride_w', 'axis']) attributes.integer(option, 0);
    for (const option of ['padding', 'fused_activation_function']) attributes.text(option, '');
    attributes.integers('new_shape');
  }
}

describe('constants are decoded', () => {
  const decoded = (tensor: TinyTensor): ArrayLike<number> => read(holding({ w: tensor })).weights.get('w')!.values;
  const cases: readonly (readonly [string, TinyTensor, ArrayLike<number>])[] = [
    ['float32', { shape: [2], data: Float32Array.of(1.5, -2) }, Float32Array.of(1.5, -2)],
    ['float64', { shape: [2], type: 'FLOAT64', data: Float64Array.of(1.5, -2) }, Float32Array.of(1.5, -2)],
    ['float16', { shape: [4], type: 'FLOAT16', data: Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7bff) }, Float32Array.of(1, -2, 2 ** -24, 65504)], // prettier-ignore
    ['int32', { shape: [2], type: 'INT32', data: Int32Array.of(7, -9) }, Int32Array.of(7, -9)],
    ['int64 beyond int32', { shape: [3], type: 'INT64', data: BigInt64Array.of(2n ** 62n, -(2n ** 40n), -5n) }, Int32Array.of(2 ** 31 - 1, -(2 ** 31), -5)], // prettier-ignore
    ['uint32 beyond int32', { shape: [1], type: 'UINT32', data: Uint32Array.of(2 ** 32 - 1) }, Int32Array.of(2 ** 31 - 1)], // prettier-ignore
    ['int16', { shape: [2], type: 'INT16', data: Int16Array.of(-300, 5) }, Int32Array.of(-300, 5)],
    ['uint16', { shape: [2], type: 'UINT16', data: Uint16Array.of(65535, 5) }, Int32Array.of(65535, 5)],
    ['uint8 without scales', { shape: [2], type: 'UINT8', data: Uint8Array.of(255, 5) }, Int32Array.of(255, 5)],
    ['truth values', { shape: [3], type: 'BOOL', data: Uint8Array.of(0, 1, 7) }, Uint8Array.of(0, 1, 1)],
    ['int8 by one scale', { shape: [3], type: 'INT8', data: Int8Array.of(-128, 3, 127), scales: [0.5], zeroPoints: [3] }, Float32Array.of(-65.5, 0, 62)], // prettier-ignore
    ['uint8 by one scale', { shape: [2], type: 'UINT8', data: Uint8Array.of(0, 255), scales: [2], zeroPoints: [128] }, Float32Array.of(-256, 254)], // prettier-ignore
    ['int8 by a scale per row', { shape: [2, 2], type: 'INT8', data: Int8Array.of(1, 2, 3, 4), scales: [1, 10], axis: 0 }, Float32Array.of(1, 2, 30, 40)], // prettier-ignore
    ['int8 by a scale per column', { shape: [2, 2], type: 'INT8', data: Int8Array.of(1, 2, 3, 4), scales: [1, 10], zeroPoints: [0, 1], axis: 1 }, Float32Array.of(1, 10, 3, 30)], // prettier-ignore
    ['int8 by a scale in the middle', { shape: [2, 2, 2], type: 'INT8', data: Int8Array.of(1, 2, 3, 4, 5, 6, 7, 8), scales: [1, 10], axis: 1 }, Float32Array.of(1, 2, 30, 40, 5, 6, 70, 80)], // prettier-ignore
    ['int32 by a scale', { shape: [2], type: 'INT32', data: Int32Array.of(1000, -8), scales: [0.25] }, Float32Array.of(250, -2)], // prettier-ignore
    ['int64 by a scale', { shape: [2], type: 'INT64', data: BigInt64Array.of(2n ** 40n, -8n), scales: [0.25] }, Float32Array.of(2 ** 38, -2)], // prettier-ignore
    ['int4, the lower half of a byte first', { shape: [3], type: 'INT4', data: Uint8Array.of(0x87, 0x0f), scales: [1] }, Float32Array.of(7, -8, -1)], // prettier-ignore
    ['rows with few numbers', { shape: [3, 4], data: Float32Array.of(1, 2, 3), sparsity: ROWS }, Float32Array.of(0, 1, 0, 2, 0, 0, 0, 0, 3, 0, 0, 0)], // prettier-ignore
    ['columns with few numbers, of float16', { shape: [3, 4], type: 'FLOAT16', data: Uint16Array.of(0x3c00, 0xc000), sparsity: { order: [1, 0], levels: [4, { segments: Uint16Array.of(0, 0, 1, 1, 2), indices: Uint16Array.of(2, 0) }] } }, Float32Array.of(0, 0, 0, -2, 0, 0, 0, 0, 0, 1, 0, 0)], // prettier-ignore
    ['blocks of 2x2, of scaled int8', { shape: [2, 6], type: 'INT8', data: Int8Array.of(1, 2, 3, 4, 5, 6, 7, 8), scales: [0.5], sparsity: BLOCKS }, Float32Array.of(0.5, 1, 0, 0, 2.5, 3, 1.5, 2, 0, 0, 3.5, 4)], // prettier-ignore
    ['two sparse levels', { shape: [3, 1, 2], data: Float32Array.of(7), sparsity: { order: [0, 1, 2], levels: [{ segments: Uint8Array.of(0, 1), indices: Uint8Array.of(2) }, 1, { segments: Int32Array.of(0, 1), indices: Int32Array.of(1) }] } }, Float32Array.of(0, 0, 0, 0, 0, 7)], // prettier-ignore
    ['nothing', { shape: [0], type: 'INT32' }, new Int32Array()],
    ['a scalar', { shape: [], data: Float32Array.of(3) }, Float32Array.of(3)],
  ];
  test.for(cases)('of %s', ([, tensor, expected]) => {
    expect(decoded(tensor)).toEqual(expected);
  });

  test('from any place in a larger buffer', () => {
    const file = tinyTflite(holding({ w: { shape: [2], data: Float32Array.of(1.5, -2) } }));
    for (const shift of [0, 1, 2, 3, 5]) {
      const larger = new Uint8Array(file.length + shift);
      larger.set(file, shift);
      const { weights } = tfliteFile('load: a file', larger.subarray(shift));
      expect(weights.get('w')!.values).toEqual(Float32Array.of(1.5, -2));
    }
  });

  test('weights of 8 bits and of float16 may be kept as float16 on the GPU', () => {
    const { weights } = read(
      holding({
        a: { shape: [1], type: 'INT8', data: Int8Array.of(1), scales: [0.1] },
        b: { shape: [1], type: 'FLOAT16', data: Uint16Array.of(1) },
        c: { shape: [1], type: 'INT32', data: Int32Array.of(1), scales: [0.1] },
        d: { shape: [1], data: Float32Array.of(1) },
      }),
    );
    expect(['a', 'b', 'c', 'd'].map((name) => weights.get(name)!.half)).toEqual([true, true, false, false]);
  });
});

test('nodes are called as their first result, inputs and outputs as the signature has them', () => {
  const { topology } = tfliteFile('load: a file', TFLITE_FILES[0]);
  const shown = [...topology.nodes.values()].map(({ op, name, inputs }) => `${op} ${name}(${inputs.map((x) => x?.node ?? '-').join(', ')})`); // prettier-ignore
  expect(shown).toMatchInlineSnapshot(`
    [
      "Placeholder x()",
      "CONV_2D conv(x, filter, bias)",
      "MAX_POOL_2D pool(conv)",
      "RESHAPE flat(pool, size)",
      "DEQUANTIZE dense(halves)",
      "FULLY_CONNECTED y(flat, dense, -)",
      "Const filter()",
      "Const bias()",
      "Const size()",
      "Const halves()",
    ]
  `);
  expect(topology.signature).toEqual({
    inputs: [{ name: 'image', reference: { node: 'x', output: 0 }, shape: [-1, 4, 4, 2], dtype: 'float32' }],
    outputs: [{ name: 'scores', reference: { node: 'y', output: 0 }, shape: [1, 2], dtype: 'float32' }],
  });
  const conv = topology.nodes.get('conv')!.attributes;
  expect(conv.integer('stride_w', 1)).toBe(2);
  expect(conv.text('padding', '')).toBe('SAME');
  expect(conv.text('fused_activation_function', 'NONE')).toBe('RELU6');
  expect(conv.shape('output')).toEqual([1, 2, 2, 3]);
  expect(conv.integer('no such option', 7)).toBe(7);
});

test('without a signature, and with several results, names are those of the tensors; those that are not unique are made so', () => {
  const { topology } = tfliteFile('load: a file', TFLITE_FILES[1]);
  expect(topology.signature!.outputs.map(({ name, dtype }) => `${name} ${dtype}`)).toEqual(['y float32', 'dims int32', 'four float32']); // prettier-ignore
  expect(topology.find!('b')).toEqual({ node: 'a', output: 1 });
  expect(topology.find!('nothing')).toBeUndefined();
  expect(topology.nodes.get('both')!.inputs).toEqual([
    { node: 'a', output: 1 },
    { node: 'a', output: 0 },
  ]);
  expect(topology.nodes.get('both')!.attributes.numbers('range')).toEqual([-31.25, 32.5]);
  expect(tfliteFile('load', TFLITE_FILES[2]).topology.nodes.get('up')!.attributes.integers('custom_options')).toEqual([1, 2, 2]); // prettier-ignore
});

describe('an error about a file says', () => {
  const w: TinyTensor = { shape: [2], data: Float32Array.of(1, 2) };
  const add = (...inputs: string[]): TinyOperator => ({ op: 'ADD', inputs, outputs: ['y'] });
  const decodes = (file: TinyTflite): void => decode(read(file));
  const cases: readonly (readonly [string, () => unknown, ...string[]])[] = [
    ['that it is none', () => tfliteFile('load: a file', Uint8Array.of(1, 2, 3)), "'TFL3' at byte 4", '3 bytes'],
    ['that it is another', () => read(holding({ w }, { identifier: 'TFL9' })), 'no .tflite file'],
    ['that bytes are missing', () => decodes(holding({ w: { ...w, shape: [3] } })), "tensor 'w' [3] of FLOAT32 needs 12 bytes", 'has 8'], // prettier-ignore
    ['that numbers of a sparse tensor are missing', () => decodes(holding({ w: { ...w, shape: [3, 4], sparsity: ROWS } })), "tensor 'w' [3, 4] of FLOAT32 needs 12 bytes", 'has 8'], // prettier-ignore
    ['that a place is outside', () => read(holding({ w: { ...w, shape: [3, 3], sparsity: ROWS } })), 'tensors[0].sparsity.dim_metadata[1] of a tensor [3, 3] must have 3 places for each of 3 nodes', '3 places in 4 segments'], // prettier-ignore
    ['that segments do not fit the rows', () => read(holding({ w: { ...w, shape: [2, 4], sparsity: ROWS } })), 'dim_metadata[0] of a tensor [2, 4] must have 2 places for each of 1 nodes; it has 3'], // prettier-ignore
    ['that blocks do not fit the shape', () => read(holding({ w: { ...w, shape: [2, 5], sparsity: BLOCKS } })), 'dim_metadata[1] of a tensor [2, 5] must have 2.5 places'], // prettier-ignore
    ['that a sparse tensor is far larger than what is stored', () => read(holding({ w: { shape: [2 ** 28], data: Float32Array.of(1), sparsity: { order: [0], levels: [{ segments: Uint8Array.of(0, 1), indices: Uint8Array.of(5) }] } } })), 'stores 1 numbers of a tensor [268435456]', 'have 4352'], // prettier-ignore
    ['that an axis has no level', () => read(holding({ w: { ...w, shape: [3, 4], sparsity: { ...ROWS, order: [0, 0] } } })), 'has 2 levels in the order [0,0]'], // prettier-ignore
    ['that nothing makes a tensor', () => decodes(holding({ w: { shape: [3] } })), "tensor 'w' [3] is read, but no operator makes it"], // prettier-ignore
    ['that scales are too few', () => read(holding({ w: { shape: [3], type: 'INT8', data: new Int8Array(3), scales: [1, 2] } })), "tensor 'w' [3] has 2 scales along axis 0"], // prettier-ignore
    ['that a scale is no number', () => read(holding({ w: { shape: [1], type: 'INT8', data: new Int8Array(1), scales: [NaN] } })), "tensor 'w' has a scale or zero point of NaN"], // prettier-ignore
    ['that texts are no numbers', () => decodes(holding({ w: { shape: [1], type: 'STRING', data: new Int8Array(1) } })), "'w' is STRING, which cannot be computed with"], // prettier-ignore
    ['that a size is negative', () => read(holding({ w: { ...w, shape: [-2] } })), "tensor 'w' has shape [-2]"],
    ['that it is too large', () => read(holding({ w: { ...w, shape: [2 ** 30, 2 ** 10] } })), 'multiply to more than 2147483648'], // prettier-ignore
    ['that axes are too many', () => read(holding({ w: { ...w, shape: Array<number>(9).fill(1) } })), 'at most 8 sizes'], // prettier-ignore
    ['that a tensor is made twice', () => read(holding({ w }, { operators: [add('w'), add('w')] })), "tensor 'y' is made by"], // prettier-ignore
  ];
  test.for(cases)('%s', ([, call, ...words]) => {
    const message = messageOf(call);
    for (const word of ['load: a file', ...words]) expect(message).toContain(word);
  });
});

const CLEAR = /^load: (?!.*(undefined|NaN \(|Cannot|not iterable|is not a function|Offset is outside|Invalid))/;

test('a file that ends early is refused in words, or lacks nothing that is read', () => {
  for (const file of TFLITE_FILES) {
    decode(tfliteFile('load: a file', file));
    const messages: string[] = [];
    for (let end = 0; end < file.length; end++) {
      try {
        decode(tfliteFile('load: a file', file.slice(0, end)));
      } catch (error) {
        messages.push((error as Error).message);
      }
    }
    expect(messages.filter((message) => !CLEAR.test(message))).toEqual([]);
    // The last bytes of a file may be padding, so a file can lack them and still be complete.
    expect(messages.length).toBeGreaterThan(file.length - 16);
  }
});

test('a file that is damaged anywhere is refused in words, or read, within a second', () => {
  const wrong: string[] = [];
  let refused = 0;
  for (let seed = 0; seed < 3000; seed++) {
    const bytes = damagedTflite(seed);
    const begin = performance.now();
    try {
      decode(tfliteFile('load: a file', bytes));
      tfliteGraph('load', 'a file', bytes);
    } catch (error) {
      refused++;
      const { message } = error as Error;
      if (!CLEAR.test(message)) wrong.push(`${seed}: ${message}`);
    }
    const ms = performance.now() - begin;
    if (ms > 1000) wrong.push(`${seed}: it took ${ms} ms`);
  }
  expect(wrong).toEqual([]);
  expect(refused).toBeGreaterThan(900);
});

test('a file whose lists are one table, again and again, is refused before all of it is read', async () => {
  // The long constant holds a list of tables. All entries refer to the same table after the list, and the name of that table
  // takes the rest of the constant.
  const size = 2 ** 19;
  const bytes = tinyTflite(holding({ w: { shape: [size], type: 'UINT8', data: new Uint8Array(size) } }));
  const view = new DataView(bytes.buffer);
  const list = bytes.length - size + 64;
  const count = size / 16;
  const table = list + 4 + 4 * count;
  const text = table + 32;
  view.setUint32(tensorsOf(view), list - tensorsOf(view), true);
  view.setUint32(list, count, true);
  for (let at = list + 4; at < table; at += 4) view.setUint32(at, table - at, true);
  // The description of the table's fields follows the table. The fourth field is its name.
  view.setInt32(table, -16, true);
  view.setUint16(table + 16, 12, true);
  view.setUint16(table + 16 + 10, 4, true);
  view.setUint32(table + 4, text - table - 4, true);
  view.setUint32(text, bytes.length - text - 4, true);
  let message = '';
  expect(await leastMs(() => (message = messageOf(() => tfliteFile('load: a file', bytes))), 1000)).toBeLessThan(1000);
  expect(message).toContain('have more elements than its');
});

/** The byte at which the file stores the place of the first graph's list of tensors. */
function tensorsOf(view: DataView): number {
  const field = (table: number, slot: number): number => table + view.getUint16(table - view.getInt32(table, true) + 4 + 2 * slot, true); // prettier-ignore
  const graphs = field(view.getUint32(0, true), 2);
  const first = graphs + view.getUint32(graphs, true) + 4;
  return field(first + view.getUint32(first, true), 0);
}
