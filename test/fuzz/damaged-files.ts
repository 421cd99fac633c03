/**
 * Model files damaged as by accident or by an attacker: parts of a model.json are swapped, dropped, made huge or linked into a
 * cycle, and weights are cut, stretched or removed.
 */
import { float, floats, integer, integers, ints, placeholder, text, tinyModel, type, type TinyFiles, type TinyNode } from '../support/graph-model'; // prettier-ignore
import { generator } from '../support/random';

/** The input of a loader, and how it was damaged. */
export interface DamagedFile {
  readonly model: string | object;
  readonly weights: readonly Uint8Array[];
  readonly how: string;
}

const ones = (count: number): Float32Array => new Float32Array(count).fill(1);
const node = (name: string, op: string, input: readonly string[], attr: object = {}): TinyNode => ({
  name,
  op,
  input,
  attr: attr as Record<string, unknown>,
});

/** Small models with every feature that a file can have: every kind of node, attribute, weight and signature. */
const MODELS: readonly TinyFiles[] = [
  tinyModel(
    [
      placeholder('x', [1, 4, 4, 2]),
      node('conv', '_FusedConv2D', ['x', 'filter', 'bias'], {
        strides: integers(1, 2, 2, 1),
        padding: text('SAME'),
        fused_ops: { list: { s: [btoa('BiasAdd'), btoa('Relu6')] } },
        num_args: integer(1),
      }),
      node('pool', 'MaxPool', ['conv'], { ksize: integers(1, 2, 2, 1), strides: integers(1, 1, 1, 1), padding: text('VALID') }), // prettier-ignore
      node('flat', 'Reshape', ['pool', 'shape']),
      node('y', 'MatMul', ['flat', 'dense'], { transpose_b: { b: false } }),
    ],
    [floats('filter', [3, 3, 2, 3], ones(54)), floats('bias', [3], ones(3)), ints('shape', [1, 3]), floats('dense', [3, 2], ones(6))], // prettier-ignore
    { signature: { inputs: { image: { name: 'x:0' } }, outputs: { scores: { name: 'y:0' } } } },
  ),
  tinyModel(
    [
      placeholder('x', [-1, 6]),
      node('parts', 'Split', ['axis', 'x'], { num_split: integer(2) }),
      node('both', 'ConcatV2', ['parts:1', 'parts', 'axis']),
      node('dims', 'Shape', ['both']),
      node('row', 'StridedSlice', ['dims', 'zero', 'one', 'one'], { shrink_axis_mask: integer(1) }),
      node('packed', 'Pack', ['row', 'six'], { axis: integer(0) }),
      node('again', 'Reshape', ['both', 'packed']),
      node('soft', 'Softmax', ['again']),
      node('best', 'TopKV2', ['soft', 'two']),
      node('picked', 'GatherV2', ['soft', 'best:1', 'axis']),
    ],
    [ints('axis', [1], []), ints('zero', [0]), ints('one', [1]), ints('six', [6], []), ints('two', [2], [])],
    { signature: { inputs: { x: { name: 'x' } }, outputs: { soft: { name: 'soft' }, best: { name: 'best:1' } } } },
  ),
  tinyModel(
    [
      node('filled', 'Fill', ['dims', 'value']),
      node('times', 'Tile', ['filled', 'dims']),
      node('sum', 'Max', ['times', 'first'], { keep_dims: { b: true } }),
      node('turned', 'Transpose', ['sum', 'order']),
      node('cast', 'Cast', ['turned'], { SrcT: type('DT_FLOAT'), DstT: type('DT_INT32') }),
      node('range', 'Range', ['start', 'limit', 'step']),
      placeholder('x', [2]),
      node('y', 'AddV2', ['x', 'cast']),
      node('z', 'LeakyRelu', ['y'], { alpha: float(0.1) }),
    ],
    [ints('dims', [2, 2]), floats('value', [], [3]), ints('first', [0]), ints('order', [1, 0]), ints('start', [0], []), ints('limit', [5], []), ints('step', [1], []), { name: 'q', shape: [4], stored: Uint8Array.of(1, 2, 3, 4), quantization: { dtype: 'uint8', scale: 0.5, min: -1 } }], // prettier-ignore
  ),
];

/** Replacement values. */
const JUNK: readonly unknown[] = [
  null, true, -1, 0, 1.5, 1e300, -0, '', 'x', 'y', 'axis', '__proto__', 'constructor', '../up', 'DT_STRING', '99999999999', '-1',
  [], {}, [[]], [1, [2]], { i: {} }, { list: {} }, '\u0000', 'é', 'x'.repeat(5000), { toString: 1 },
]; // prettier-ignore
const SIZES: readonly unknown[] = [-1, 0, -7, 1.5, 2 ** 24, 2 ** 31, 2 ** 32 + 1, 2 ** 50, 2 ** 53, 1e308, '9223372036854775807', null]; // prettier-ignore
const OPS = ['Fill', 'Range', 'Tile', 'Reshape', 'Max', 'Sum', 'ConcatV2', 'Pack', 'Unpack', 'Split', 'SplitV', 'GatherV2', 'GatherNd', 'Transpose', 'Pad', 'Conv2D', 'DepthwiseConv2dNative', 'Identity', 'Const', 'Placeholder', 'NoOp', 'While', 'TopKV2', 'ArgMax', 'Mul', 'Shape', 'Select', 'Cast', 'StridedSlice', 'Slice', 'ResizeBilinear', 'MirrorPad', 'ExpandDims', 'Squeeze']; // prettier-ignore

type Json = Record<string, unknown>;

/** The damaged file of a seed. */
export function damagedFile(seed: number): DamagedFile {
  const next = generator(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)];
  const files = pick(MODELS);
  const model = structuredClone(files.model) as unknown as Json;
  let weights: Uint8Array[] = [files.weights.slice()];
  let written: string | undefined;
  const how: string[] = [];
  const nodes = (): Json[] => {
    const list = (model.modelTopology as Json | null | undefined)?.node;
    return Array.isArray(list)
      ? list.filter((entry): entry is Json => typeof entry === 'object' && entry !== null)
      : [];
  };
  const specs = (): Json[] => {
    const all = model.weightsManifest;
    const groups = Array.isArray(all) ? (all as readonly unknown[]) : [];
    return groups.flatMap((group) => {
      const list = (group as Json | null)?.weights;
      return Array.isArray(list)
        ? list.filter((entry): entry is Json => typeof entry === 'object' && entry !== null)
        : [];
    });
  };
  /** A random place in the file. */
  const place = (): readonly [Json, string] => {
    let at = model;
    for (;;) {
      const keys = Object.keys(at);
      if (keys.length === 0) return [at, 'new'];
      const key = pick(keys);
      const value = at[key];
      if (typeof value !== 'object' || value === null || next() < 0.15) return [at, key];
      at = value as Json;
    }
  };
  const damages: Readonly<Record<string, () => void>> = {
    junk() {
      const [at, key] = place();
      at[key] = pick(JUNK);
    },
    missing() {
      const [at, key] = place();
      delete at[key];
    },
    copied() {
      const [[at, key], [from, other]] = [place(), place()];
      at[key] = structuredClone(from[other]);
    },
    op() {
      const one = pick(nodes());
      if (one !== undefined) one.op = pick(OPS);
    },
    input() {
      const [one, other] = [pick(nodes()), pick(nodes())];
      if (one === undefined) return;
      const inputs = Array.isArray(one.input) ? (one.input as unknown[]) : [];
      inputs[Math.floor(next() * (inputs.length + 1))] = pick([
        other.name,
        `${String(other.name)}:${pick([0, 1, 2, 9])}`,
      ]);
      one.input = inputs;
    },
    circle() {
      const all = nodes();
      const [one, other] = [pick(all), pick(all)];
      if (one === undefined) return;
      one.input = [other.name];
      other.input = [one.name];
    },
    names() {
      const [one, other] = [pick(nodes()), pick(nodes())];
      if (one !== undefined) [one.name, other.name] = [other.name, one.name];
    },
    shape() {
      const spec = pick(specs());
      if (spec === undefined || !Array.isArray(spec.shape)) return;
      const shape = spec.shape as unknown[];
      shape[Math.floor(next() * (shape.length + 1))] = pick(SIZES);
      if (next() < 0.4) shape.push(0);
    },
    dtype() {
      const spec = pick(specs());
      if (spec !== undefined) spec.dtype = pick(['float32', 'int32', 'bool', 'uint8', 'string', 'complex64', 7]);
    },
    quantized() {
      const spec = pick(specs());
      if (spec !== undefined) spec.quantization = { dtype: pick(['uint8', 'uint16', 'float16', 'int4']), scale: pick([1, 0, 1e308, 'x', null]), min: 0 }; // prettier-ignore
    },
    placeholder() {
      const one = nodes().find(({ op }) => op === 'Placeholder');
      if (one !== undefined) one.attr = { dtype: type('DT_FLOAT'), shape: { dim: Array.from({ length: 4 }, () => ({ size: pick(SIZES) })) } }; // prettier-ignore
    },
    numbers() {
      // The weights include the numbers that give shapes, axes and sizes.
      const view = new DataView(weights[0].buffer);
      for (let at = 0; at + 4 <= view.byteLength; at += 4) {
        if (next() < 0.3) view.setInt32(at, pick([-1, 0, 1, 3, 2 ** 12, 2 ** 24, 2 ** 24 + 1, 2 ** 31 - 1, -(2 ** 31), 0x7fc00000, 0x7f800000]), true); // prettier-ignore
      }
    },
    cut: () => void (weights = [weights[0].slice(0, Math.floor(next() * weights[0].length))]),
    stretched: () => void (weights = [...weights, new Uint8Array(1 + Math.floor(next() * 9))]),
    pieces: () => void (weights = [weights[0].slice(0, 3), weights[0].slice(3)]),
    detached() {
      structuredClone(weights[0], { transfer: [weights[0].buffer] });
    },
    bytes() {
      const all = (written ?? JSON.stringify(model)).split('');
      for (let i = 1 + Math.floor(next() * 3); i > 0; i--) all[Math.floor(next() * all.length)] = pick('"{}[]:,0-9e\\ \u0000x'.split('')); // prettier-ignore
      written = all.join('');
    },
    end: () => void (written = (written ?? JSON.stringify(model)).slice(0, Math.floor(next() * 2000))),
  };
  const kinds = Object.keys(damages);
  for (let count = next() < 0.7 ? 1 : 3; count > 0; count--) {
    const kind = pick(kinds);
    // Weights without bytes are damaged enough.
    if (weights[0].byteLength === 0) break;
    damages[kind]();
    how.push(kind);
  }
  return { model: written ?? model, weights, how: how.join(', ') };
}
