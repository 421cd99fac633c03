/**
 * ONNX files damaged as by accident or by an attacker: bytes are flipped, cut, doubled and moved; nodes get other operators and
 * inputs; sizes and indices become huge.
 */
import { onnxFile, type OnnxConstant, type OnnxFileNode, type OnnxFileParts } from './onnx-file';
import { generator } from './random';

const whole = (...values: number[]): OnnxConstant => ({ shape: [values.length], values, type: 'int64' });
const listed = (...values: number[]): OnnxConstant => ({ ...whole(...values), listed: true });
const ones = (...shape: number[]): OnnxConstant => ({ shape, values: Array(shape.reduce((a, b) => a * b, 1)).fill(1) });
const node = (
  op: string,
  inputs: string,
  outputs: string,
  attributes: OnnxFileNode['attributes'] = {},
): OnnxFileNode => ({
  op,
  inputs: inputs.split(' ').map((name) => (name === '-' ? '' : name)),
  outputs: outputs.split(' '),
  attributes,
});

/** Small models with the features that a file can have. */
const MODELS: readonly OnnxFileParts[] = [
  {
    opset: 13,
    inputs: [{ name: 'x', shape: ['n', 2, 8, 8] }],
    constants: { w: ones(4, 2, 3, 3), b: ones(4), scales: { ...ones(4), listed: true }, minus: whole(-1), dense: ones(4, 3), six: ones(), i: listed(1), rest: whole(3, -1) }, // prettier-ignore
    nodes: [
      node('Conv', 'x w b', 'conv', { pads: [1, 1, 1, 1], strides: [2, 2], group: 1, auto_pad: 'NOTSET' }),
      node('Clip', 'conv - six', 'clip'),
      node('MaxPool', 'clip', 'pool', { kernel_shape: [2, 2], ceil_mode: 1 }),
      node('Resize', 'pool - scales', 'resized', { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }), // prettier-ignore
      node('Shape', 'resized', 'shape'),
      node('Gather', 'shape i', 'channels', { axis: 0 }),
      node('Concat', 'minus channels', 'target', { axis: 0 }),
      node('Reshape', 'resized target', 'flat'),
      node('MatMul', 'flat dense', 'scores'),
      node('Softmax', 'scores', 'y', { axis: 1 }),
    ],
    outputs: [{ name: 'y', shape: ['n', 3] }],
  },
  {
    opset: 11,
    inputs: [{ name: 'x', shape: [1, 6] }],
    constants: { starts: listed(0), ends: listed(4), one: { ...ones(1), type: 'float16' }, table: { shape: [2, 2], values: [1, 2, 3, 4], type: 'double', listed: true }, order: whole(1, 0) }, // prettier-ignore
    nodes: [
      node('Constant', '', 'dims', { value: { tensor: whole(2, 2) } }),
      node('ConstantOfShape', 'dims', 'filled', { value: { tensor: { shape: [1], values: [2], type: 'float' } } }),
      node('Transpose', 'filled', 'turned', { perm: [1, 0] }),
      node('Tile', 'turned dims', 'tiled'),
      node('ReduceMax', 'tiled', 'most', { axes: [0], keepdims: 0 }),
      node('Slice', 'x starts ends', 'part'),
      node('Split', 'part', 'left right', { axis: 1, split: [2, 2] }),
      node('Mul', 'left one', 'half'),
      node('Sum', 'half right table', 'sum'),
      node('Pad', 'sum dims', 'padded', { mode: 'constant' }),
      node('Cast', 'filled', 'y', { to: 7 }),
      node('Constant', '', 'number', { value_float: { float: 3 } }),
      node('Expand', 'number dims', 'z'),
    ],
    outputs: [{ name: 'sum' }, { name: 'y', type: 'int64' }, { name: 'z' }, { name: 'most' }],
  },
];

const OPS = 'Conv MaxPool AveragePool Reshape Concat Split Slice Tile Expand Pad Resize Softmax Range ConstantOfShape Constant Transpose ReduceMax Gather Loop If Squeeze Unsqueeze Flatten Identity Cast Shape Where Const Placeholder'.split(' '); // prettier-ignore
const SIZES = [-1, 0, -7, 2, 4096, 2 ** 24, 2 ** 31, 2 ** 32 + 1, 2 ** 53];
const BYTES = [0, 1, 8, 10, 0x7f, 0x80, 0xff];

/** The damaged file of a seed, and how it was damaged. */
export function damagedOnnx(seed: number): { readonly file: Uint8Array; readonly how: string } {
  const next = generator(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)];
  let parts = structuredClone(pick(MODELS)) as { -readonly [K in keyof OnnxFileParts]: OnnxFileParts[K] };
  const names = (): readonly string[] => ['', ...parts.nodes.flatMap(({ outputs }) => outputs), 'x', ...Object.keys(parts.constants ?? {})]; // prettier-ignore
  const change = (at: number, by: Partial<OnnxFileNode>): void => {
    parts = { ...parts, nodes: parts.nodes.with(at, { ...parts.nodes[at], ...by }) };
  };
  const somewhere = (): number => Math.floor(next() * parts.nodes.length);
  const structural: Readonly<Record<string, () => void>> = {
    op: () => change(somewhere(), { op: pick(OPS) }),
    input() {
      const at = somewhere();
      const { inputs } = parts.nodes[at];
      change(at, { inputs: inputs.with(Math.floor(next() * inputs.length), pick(names())) });
    },
    inputs: () => change(somewhere(), { inputs: Array.from({ length: Math.floor(next() * 7) }, () => pick(names())) }),
    output: () => change(somewhere(), { outputs: [pick(names()), pick(names())] }),
    attribute() {
      const at = somewhere();
      const [name] = Object.keys(parts.nodes[at].attributes ?? {});
      const value = pick([{ float: NaN }, 7, -1, 'SAME_UPPER', [0, 0], [2 ** 31, 2 ** 31], [], ['a'], { tensor: whole(2 ** 40) }]); // prettier-ignore
      change(at, { attributes: { ...parts.nodes[at].attributes, [name ?? 'axis']: value } });
    },
    constant() {
      const [name, constant] = pick(Object.entries(parts.constants ?? {}));
      const values = constant.values.map((value) => (next() < 0.5 ? pick(SIZES) : value));
      parts = { ...parts, constants: { ...parts.constants, [name]: { ...constant, values } } };
    },
    shape() {
      const [name, constant] = pick(Object.entries(parts.constants ?? {}));
      const shape = Array.from({ length: Math.floor(next() * 6) }, () => pick(SIZES));
      parts = { ...parts, constants: { ...parts.constants, [name]: { ...constant, shape } } };
    },
    external() {
      const [name, constant] = pick(Object.entries(parts.constants ?? {}));
      const external = { location: pick(['w', '../w', '/etc/passwd', '']), offset: pick(['0', '-1', '9e9', '99999999999999']) }; // prettier-ignore
      parts = { ...parts, constants: { ...parts.constants, [name]: { ...constant, external } } };
    },
    opset: () => void (parts = { ...parts, opset: pick([0, 1, 6, 7, 9, 18, 25, 1000]) }),
  };
  const how: string[] = [];
  for (let count = Math.floor(next() * 3); count > 0; count--) {
    const kind = pick(Object.keys(structural));
    structural[kind]();
    how.push(kind);
  }
  let file = onnxFile(parts);
  const at = (): number => Math.floor(next() * file.length);
  const bytewise: Readonly<Record<string, () => void>> = {
    turned() {
      for (let i = 0; i < 4; i++) file[at()] = pick(BYTES);
    },
    bit: () => void (file[at()] ^= 1 << Math.floor(next() * 8)),
    cut: () => void (file = file.slice(0, at())),
    doubled() {
      const [from, to] = [at(), at()].toSorted((a, b) => a - b);
      file = Uint8Array.of(...file.slice(0, to), ...file.slice(from, to), ...file.slice(to));
    },
    dropped() {
      const from = at();
      file = Uint8Array.of(...file.slice(0, from), ...file.slice(from + 1 + Math.floor(next() * 9)));
    },
    long: () => void file.fill(0xff, at(), at() + 12),
  };
  for (let count = how.length === 0 ? 1 : Math.floor(next() * 2); count > 0 && file.length > 0; count--) {
    const kind = pick(Object.keys(bytewise));
    bytewise[kind]();
    how.push(kind);
  }
  return { file, how: how.join(', ') };
}
