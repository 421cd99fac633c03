/**
 * Cases of one node each, for every op: its inputs and its attributes. On the GPU its data are fed, on the CPU they are
 * constants. In both cases TensorFlow.js computes the same files.
 */
import { flag, float, floats, integer, integers, ints, placeholder, text, texts, tinyModel, type, type TinyFiles, type TinyWeight } from './graph-model'; // prettier-ignore
import { randomValues } from './random';

/** A node. */
export interface GraphCase {
  readonly name: string;
  readonly op: string;
  /** Data: shapes to fill with random numbers in [-1, 1), or numbers. */
  readonly data: readonly (readonly number[] | Numbers)[];
  /** Inputs that are always constants, such as axes. They come after the data unless `first` is set. */
  readonly parameters?: readonly TinyWeight[];
  readonly first?: boolean;
  readonly attr?: object;
  /** How many outputs; default 1. */
  readonly outputs?: number;
  /** Added to the random numbers, for functions that are not defined everywhere. */
  readonly above?: number;
}

/** Data that is not random. */
interface Numbers {
  readonly shape: readonly number[];
  readonly dtype?: 'float32' | 'int32' | 'bool';
  readonly values: readonly number[];
}

const list = (name: string, ...values: number[]): TinyWeight => ints(name, values);
const scalar = (name: string, value: number): TinyWeight => ints(name, [value], []);
const number = (name: string, value: number): TinyWeight => floats(name, [], [value]);
const whole = (shape: readonly number[], values: readonly number[]): Numbers => ({ shape, dtype: 'int32', values });
const truths = (shape: readonly number[], values: readonly number[]): Numbers => ({ shape, dtype: 'bool', values });

function one(op: string, data: GraphCase['data'], more: Partial<GraphCase> = {}): GraphCase {
  const details = data.map((d) => ('shape' in d ? `${d.dtype ?? 'float32'} [${String(d.shape)}]` : `[${String(d)}]`));
  const parameters = (more.parameters ?? []).map(({ name, stored }) => `${name} ${String(stored)}`);
  return { name: [op, ...details, ...parameters, shown(more.attr ?? {})].join(' '), op, data, ...more };
}

/** Attributes in a short form. */
function shown(attr: object): string {
  const plain = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(plain) : typeof value === 'string' && /[A-Za-z]/.test(value) ? atob(value) : value;
  const entries = Object.entries(attr).map(([name, value]: [string, Record<string, object>]) => {
    const [kind, [content]] = [Object.keys(value)[0], Object.values(value.list ?? value)];
    return `${name} ${String(kind === 'type' ? content : plain(content))}`;
  });
  return entries.join('; ');
}

const stride = (...s: number[]): object => integers(1, ...s, 1);
const conv = { strides: stride(1, 1), padding: text('SAME'), data_format: text('NHWC'), dilations: stride(1, 1) };
const fusing = (...names: string[]): object => ({ fused_ops: texts(...names), num_args: integer(names.length) });
const explicit = { padding: text('EXPLICIT'), explicit_paddings: integers(0, 0, 1, 2, 0, 1, 0, 0) };
const strided = (
  begin: number[],
  end: number[],
  strides: number[],
  masks: Record<string, number> = {},
): Partial<GraphCase> => ({
  parameters: [list('begin', ...begin), list('end', ...end), list('strides', ...strides)],
  attr: Object.fromEntries(Object.entries(masks).map(([mask, bits]) => [`${mask}_mask`, integer(bits)])),
});
const X = [1, 5, 6, 4] as const;
const small = (...names: string[]): GraphCase[] => names.map((op) => one(op, [[2, 3, 4]]));
const pairs = (...names: string[]): GraphCase[] =>
  names.flatMap((op) => [one(op, [[2, 3, 4], [2, 3, 4]]), one(op, [[2, 3, 4], [3, 1]]), one(op, [[1, 1, 4], [2, 3, 1]])]); // prettier-ignore

/** Ops that the GPU computes. */
export const gpuCases: readonly GraphCase[] = [
  one('Conv2D', [X, [3, 3, 4, 8]], { attr: conv }),
  one('Conv2D', [X, [3, 2, 4, 5]], { attr: { ...conv, padding: text('VALID'), strides: stride(2, 1) } }),
  one('Conv2D', [X, [3, 3, 4, 8]], { attr: { ...conv, dilations: stride(2, 2) } }),
  one('Conv2D', [X, [3, 3, 4, 8]], { attr: { ...conv, ...explicit } }),
  one('_FusedConv2D', [X, [1, 1, 4, 8], [8]], { attr: { ...conv, ...fusing('BiasAdd') } }),
  ...['Relu', 'Relu6', 'Elu', 'Sigmoid', 'LeakyRelu'].map((name) =>
    one('_FusedConv2D', [X, [3, 3, 4, 8], [8]], {
      attr: { ...conv, ...fusing('BiasAdd', name), num_args: integer(1), leakyrelu_alpha: float(0.3) },
    }),
  ),
  one('_FusedConv2D', [X, [3, 3, 4, 8], [8], [1, 1, 8]], { attr: { ...conv, ...fusing('BiasAdd', 'Prelu') } }),
  one('_FusedConv2D', [X, [3, 3, 4, 8], [8], [5, 6, 8]], { attr: { ...conv, ...fusing('BiasAdd', 'Prelu') } }),
  one('DepthwiseConv2dNative', [X, [3, 3, 4, 1]], { attr: conv }),
  one('DepthwiseConv2dNative', [X, [3, 3, 4, 2]], { attr: { ...conv, strides: stride(2, 2) } }),
  one('FusedDepthwiseConv2dNative', [X, [3, 3, 4, 1], [4]], {
    attr: { ...conv, ...fusing('BiasAdd', 'Relu6'), num_args: integer(1) },
  }),
  one('FusedDepthwiseConv2dNative', [X, [5, 5, 4, 1], [4], [1, 1, 4]], {
    attr: { ...conv, ...fusing('BiasAdd', 'Prelu') },
  }),
  // The size of the output comes first, and the filter before the image.
  one('Conv2DBackpropInput', [[3, 3, 8, 4], X], {
    parameters: [list('sizes', 1, 10, 12, 8)],
    first: true,
    attr: { ...conv, strides: stride(2, 2) },
  }),
  one('Conv2DBackpropInput', [[4, 4, 3, 4], X], {
    parameters: [list('sizes', 1, 9, 11, 3)],
    first: true,
    attr: { ...conv, strides: stride(2, 2) },
  }),
  one('Conv2DBackpropInput', [[2, 3, 5, 4], X], {
    parameters: [list('sizes', 1, 6, 13, 5)],
    first: true,
    attr: { ...conv, padding: text('VALID'), strides: stride(1, 2) },
  }),
  one('MatMul', [[3, 5], [5, 4]]), // prettier-ignore
  one('MatMul', [[5, 3], [4, 5]], { attr: { transpose_a: flag(true), transpose_b: flag(true) } }), // prettier-ignore
  one('_FusedMatMul', [[3, 5], [5, 4], [4]], { attr: fusing('BiasAdd') }), // prettier-ignore
  one('_FusedMatMul', [[3, 5], [5, 4], [4]], { attr: { ...fusing('BiasAdd', 'Relu'), num_args: integer(1) } }), // prettier-ignore
  one('_FusedMatMul', [[3, 5], [5, 4], [4], [4]], { attr: fusing('BiasAdd', 'Prelu') }), // prettier-ignore
  one('_FusedMatMul', [[3, 5], [4, 5], [4]], {
    attr: { ...fusing('BiasAdd', 'Relu'), num_args: integer(1), transpose_b: flag(true) },
  }),
  one('BatchMatMulV2', [[2, 3, 5], [2, 4, 5]], { attr: { adj_y: flag(true) } }), // prettier-ignore
  one('BatchMatMulV2', [[2, 4, 3, 5], [4, 5, 2]]), // prettier-ignore
  one('MaxPool', [X], { attr: { ...conv, ksize: stride(3, 3), strides: stride(2, 2) } }),
  one('MaxPool', [X], { attr: { ...conv, ksize: stride(2, 3), padding: text('VALID') } }),
  one('AvgPool', [X], { attr: { ...conv, ksize: stride(3, 3), strides: stride(2, 2) } }),
  one('LeakyRelu', [[2, 3, 4]], { attr: { alpha: float(0.1) } }),
  ...small('Identity'),
  one('Prelu', [X, [1, 1, 4]]),
  one('Prelu', [X, [5, 6, 4]]),
  one('FusedBatchNormV3', [X, [4], [4], [4], [4]], {
    above: 1.5,
    attr: { epsilon: float(1e-3), is_training: flag(false), data_format: text('NHWC') },
  }),
  ...['ResizeBilinear', 'ResizeNearestNeighbor'].flatMap((op) =>
    [{}, { align_corners: flag(true) }, { half_pixel_centers: flag(true) }].map((attr) =>
      one(op, [X], { parameters: [list('size', 10, 9)], attr }),
    ),
  ),
  one('MirrorPad', [[3, 4]], { parameters: [ints('paddings', [1, 2, 0, 3], [2, 2])], attr: { mode: text('REFLECT') } }),
  one('MirrorPad', [[3, 4]], { parameters: [ints('paddings', [3, 0, 2, 4], [2, 2])], attr: { mode: text('SYMMETRIC') } }), // prettier-ignore
  one('DepthToSpace', [[1, 2, 3, 8]], { attr: { block_size: integer(2), data_format: text('NHWC') } }),
  one('Pad', [X], { parameters: [ints('paddings', [0, 0, 1, 2, 0, 1, 3, 0], [4, 2])] }),
  one('PadV2', [[2, 3]], { parameters: [ints('paddings', [1, 0, 0, 2], [2, 2]), number('value', -1.5)] }),
  one('PadV2', [[2, 3]], { parameters: [ints('paddings', [1, 0, 0, 2], [2, 2]), number('value', -Infinity)] }),
  one('Einsum', [[2, 3, 4], [4, 5]], { attr: { equation: text('abc,cd->abd') } }), // prettier-ignore
  one('Einsum', [[2, 3, 4], [2, 5, 4]], { attr: { equation: text('bnd,bmd->bnm') } }), // prettier-ignore
  one('Einsum', [[2, 3, 2, 4], [2, 5, 2, 4]], { attr: { equation: text('BNHD,BMHD->BHNM') } }), // prettier-ignore
  one('Einsum', [[3, 4], [2, 4, 5]], { attr: { equation: text('ij,ajk->kai') } }), // prettier-ignore
  one('SpaceToBatchND', [[2, 4, 6, 3]], { parameters: [list('block', 2, 3), ints('paddings', [1, 1, 0, 0], [2, 2])] }),
  one('BatchToSpaceND', [[12, 3, 2, 3]], { parameters: [list('block', 2, 3), ints('crops', [1, 1, 0, 2], [2, 2])] }),
  one('LRN', [[1, 3, 4, 9]], {
    attr: { depth_radius: integer(2), bias: float(1.5), alpha: float(0.3), beta: float(0.75) },
  }),
  one('LRN', [[1, 2, 2, 4]]),
  one('BatchMatMulV2', [[2, 3, 5], [1, 5, 2]]), // prettier-ignore
  one('MirrorPad', [[2, 9]], { parameters: [ints('paddings', [0, 0, 8, 7], [2, 2])], attr: { mode: text('REFLECT') } }),
];

/** Ops that both the GPU and the CPU compute. */
export const bothCases: readonly GraphCase[] = [
  ...small('Relu', 'Relu6', 'Sigmoid', 'Tanh', 'Softmax', 'Exp', 'Neg', 'Abs', 'Square', 'Floor', 'Ceil'),
  ...['Sqrt', 'Rsqrt', 'Log', 'Reciprocal'].map((op) => one(op, [[2, 3, 4]], { above: 1.25 })),
  one('Round', [{ shape: [6], values: [0.5, 1.5, -0.5, -2.5, 0.49, 2.51] }]),
  ...pairs('Add', 'AddV2', 'Sub', 'Mul', 'RealDiv', 'Minimum', 'Maximum', 'SquaredDifference'),
  one('Mul', [[2, 3]], { parameters: [number('factor', 0.3)] }),
  one('Sub', [[2, 3]], { parameters: [number('from', 2)], first: true }),
  one('RealDiv', [[2, 3]], { parameters: [floats('by', [1, 1, 1], [0.3])] }),
  one('Pow', [[2, 3], [2, 3]], { above: 1.5 }), // prettier-ignore
  one('AddN', [[2, 3], [2, 3], [2, 3]]), // prettier-ignore
  one('ClipByValue', [[2, 3]], { parameters: [number('low', -0.3), number('high', 0.4)] }),
  ...['Sum', 'Mean', 'Max', 'Min'].flatMap((op) => [
    one(op, [[2, 3, 4]], { parameters: [list('axes', 1)] }),
    one(op, [[2, 3, 4]], { parameters: [list('axes', 0, -1)], attr: { keep_dims: flag(true) } }),
    one(op, [[2, 3, 4]], { parameters: [scalar('axis', 2)] }),
  ]),
  one('ArgMax', [[2, 30, 4]], { parameters: [scalar('axis', 1)] }),
  one('ArgMax', [[3, 7]], { parameters: [scalar('axis', -1)] }),
  one('Reshape', [[2, 3, 4]], { parameters: [list('shape', 4, -1)] }),
  one('ExpandDims', [[2, 3]], { parameters: [scalar('axis', 1)] }),
  one('ExpandDims', [[2, 3]], { parameters: [scalar('axis', -1)] }),
  one('Squeeze', [[1, 3, 1]]),
  one('Squeeze', [[1, 3, 1]], { attr: { squeeze_dims: integers(-1) } }),
  one('Transpose', [[2, 3, 4]], { parameters: [list('perm', 2, 0, 1)] }),
  one('ConcatV2', [[2, 3], [2, 1], [2, 2]], { parameters: [scalar('axis', 1)] }), // prettier-ignore
  one('ConcatV2', [[2, 3], [1, 3]], { parameters: [scalar('axis', -2)] }), // prettier-ignore
  one('Pack', [[2, 3], [2, 3]], { attr: { axis: integer(1) } }), // prettier-ignore
  one('Pack', [[2, 3], [2, 3]], { attr: { axis: integer(-1) } }), // prettier-ignore
  one('Unpack', [[2, 3, 4]], { attr: { axis: integer(1), num: integer(3) }, outputs: 3 }),
  one('Unpack', [[1, 3]], { attr: { num: integer(1) }, outputs: 1 }),
  one('Split', [[4, 6]], { parameters: [scalar('axis', 1)], first: true, attr: { num_split: integer(3) }, outputs: 3 }),
  one('SplitV', [[2, 6]], {
    parameters: [list('sizes', 1, 3, 2), scalar('axis', 1)],
    attr: { num_split: integer(3) },
    outputs: 3,
  }),
  one('Slice', [[4, 6]], { parameters: [list('begin', 1, 2), list('size', 2, -1)] }),
  one('StridedSlice', [[4, 6, 3]], strided([1, 2, 0], [3, 6, 2], [1, 1, 1])),
  one('StridedSlice', [[4, 6, 3]], strided([1, 1, 0], [4, 6, 3], [2, 3, 2])),
  one('StridedSlice', [[4, 6, 3]], strided([-2, -4, 0], [-1, -1, 3], [1, 1, 1])),
  one('StridedSlice', [[4, 6, 3]], strided([1, 2], [0, 0], [1, 1], { begin: 1, end: 3 })),
  one('StridedSlice', [[4, 6, 3]], strided([1, 2, 1], [2, 3, 2], [1, 1, 1], { shrink_axis: 5 })),
  one('StridedSlice', [[4, 6, 3]], strided([0, 0, 1], [0, 0, 2], [1, 1, 1], { new_axis: 1, ellipsis: 2 })),
  one('StridedSlice', [[4, 6, 3]], strided([0, -1], [0, 0], [1, 1], { ellipsis: 1, shrink_axis: 2 })),
  one('StridedSlice', [[4, 6, 3]], strided([2, 0, 1], [4, 0, 9], [1, 1, 1], { new_axis: 2 })),
  one('StridedSlice', [[4, 6]], strided([3, 5], [0, 0], [-1, -2], { end: 3 })),
  one('Tile', [[2, 3]], { parameters: [list('multiples', 2, 3)] }),
  ...['FloorDiv', 'FloorMod'].map((op) => one(op, [[2, 3], [3]], { above: 3 })), // prettier-ignore
  ...['Equal', 'NotEqual', 'Less', 'LessEqual', 'Greater', 'GreaterEqual'].map((op) =>
    one(op, [
      { shape: [2, 3], values: [1, 2, 3, 4, 5, 6] },
      { shape: [3], values: [1, 5, 3] },
    ]),
  ),
  ...['LogicalAnd', 'LogicalOr'].map((op) => one(op, [truths([4], [0, 0, 1, 1]), truths([4], [0, 1, 0, 1])])),
  one('LogicalNot', [truths([3], [0, 1, 1])]),
  ...['All', 'Any'].map((op) => one(op, [truths([2, 3], [0, 1, 1, 1, 1, 1])], { parameters: [list('axes', 1)] })),
  one('DivNoNan', [[2, 3], { shape: [3], values: [0, 2, -4] }]), // prettier-ignore
  one('BiasAdd', [X, [4]], { attr: { data_format: text('NHWC') } }),
  ...small('Elu', 'Softplus', 'Sign', 'Snapshot', 'PlaceholderWithDefault'),
  ...small('Sin', 'Cos', 'Tan', 'Asin', 'Acos', 'Atan', 'Sinh', 'Cosh', 'Erf', 'Expm1', 'Selu', 'LeakyRelu'),
  one('Log1p', [[2, 3]], { above: 1.25 }), // prettier-ignore
  ...pairs('Atan2'),
  one('IsNan', [{ shape: [4], values: [NaN, 1, 0, Infinity] }]),
  one('EuclideanNorm', [[2, 3, 4]], { parameters: [list('axes', 1)], attr: { keep_dims: flag(true) } }),
  one('Select', [truths([2, 2], [0, 1, 1, 0]), [2, 2], [2, 2]]),
  one('SelectV2', [truths([2, 1], [0, 1]), [2, 3], [3]]),
  one('BroadcastTo', [[3, 1]], { parameters: [ints('shape', [2, 3, 4], [3])] }),
  one('ReverseV2', [[3, 4]], { parameters: [ints('axis', [1], [1])] }),
  one('IdentityN', [[2, 3], [4]], { outputs: 2 }), // prettier-ignore
  one('Cast', [{ shape: [4], values: [1.9, -1.9, 0, 3] }], {
    attr: { SrcT: type('DT_FLOAT'), DstT: type('DT_INT32') },
  }),
  one('Cast', [whole([3], [0, 1, 7])], { attr: { SrcT: type(3), DstT: type(10) } }),
  one('FakeQuantWithMinMaxVars', [[2, 3]], { parameters: [number('min', -1), number('max', 1)] }),
  one('Prod', [[2, 3]], { parameters: [list('axes', 0)] }),
  one('ArgMin', [[2, 9]], { parameters: [scalar('axis', 1)] }),
  one('GatherV2', [[4, 3]], { parameters: [list('indices', 3, 0, 0), scalar('axis', 0)] }),
  one('GatherV2', [[4, 3]], { parameters: [ints('indices', [2, 0, 1, 1], [2, 2]), scalar('axis', 1)] }),
  one('GatherV2', [[2, 4, 3]], {
    parameters: [ints('indices', [2, 0, 1, 1], [2, 2]), scalar('axis', 1)],
    attr: { batch_dims: integer(1) },
  }),
  one('GatherNd', [[4, 3]], { parameters: [ints('indices', [3, 1, 0, 2], [2, 2])] }),
  one('GatherNd', [[4, 3]], { parameters: [ints('indices', [3, 1], [2, 1])] }),
  one('Gather', [[4, 3]], { parameters: [list('indices', 3, 0)] }),
  one('OneHot', [whole([4], [0, 2, 5, 1])], {
    parameters: [scalar('depth', 3), number('on', 2), number('off', -1)],
    attr: { axis: integer(-1), T: type('DT_FLOAT') },
  }),
  ...[{}, { exclusive: flag(true) }, { reverse: flag(true) }, { exclusive: flag(true), reverse: flag(true) }].map(
    (attr) => one('Cumsum', [[2, 5, 3]], { parameters: [scalar('axis', 1)], attr }),
  ),
  one('LogSoftmax', [[2, 7]]), // prettier-ignore
];

/** Ops that only the CPU computes. */
export const hostCases: readonly GraphCase[] = [
  one('Add', [whole([2, 2], [1, -2, 3, 40]), whole([2], [7, 8])]),
  one('Mul', [whole([3], [3, -4, 5]), whole([3], [7, 6, -2])]),
  ...['FloorDiv', 'FloorMod'].map((op) =>
    one(op, [whole([6], [7, -7, 7, -7, 6, 0]), whole([6], [3, 3, -3, -3, 3, 5])]),
  ),
  ...['Equal', 'NotEqual', 'Less', 'LessEqual', 'Greater', 'GreaterEqual'].map((op) =>
    one(op, [whole([2, 3], [1, 2, 3, 4, 5, 6]), whole([3], [1, 5, 3])]),
  ),
  one('TopKV2', [[2, 50]], { parameters: [scalar('k', 7)], outputs: 2, attr: { sorted: flag(true) } }),
  one('TopKV2', [{ shape: [6], values: [1, 3, 3, 2, 3, 0] }], { parameters: [scalar('k', 4)], outputs: 2, attr: { sorted: flag(true) } }), // prettier-ignore
  one('Shape', [[2, 3, 4]]),
  one('Size', [[2, 3, 4]]),
  one('Rank', [[2, 3, 4]]),
  one('ZerosLike', [[2, 3]]),
  one('OnesLike', [[2, 3]]),
  one('Fill', [whole([2], [2, 3])], { parameters: [number('value', 1.5)], attr: { T: type('DT_FLOAT') } }),
  one('Range', [whole([], [2]), whole([], [11]), whole([], [3])]),
  one('Range', [whole([], [5]), whole([], [-2]), whole([], [-3])]),
  ...small('IsFinite', 'IsInf', 'Asinh', 'Atanh'),
  one('Acosh', [[2, 3]], { above: 2.25 }), // prettier-ignore
  one('LinSpace', [{ shape: [], values: [1] }, { shape: [], values: [3] }, whole([], [5])]),
  one('BroadcastArgs', [whole([2], [3, 1]), whole([3], [2, 1, 4])]),
  one('SparseToDense', [whole([2, 2], [0, 1, 2, 0])], {
    parameters: [list('shape', 3, 2), floats('values', [2], [5, 7]), number('fill', -1)],
    attr: { T: type('DT_FLOAT') },
  }),
  one('ScatterNd', [whole([3, 1], [2, 0, 2]), [3, 2]], {
    parameters: [list('shape', 4, 2)],
    attr: { T: type('DT_FLOAT') },
  }),
  one('TensorScatterUpdate', [[4, 2], whole([2, 1], [3, 1]), [2, 2]]), // prettier-ignore
  one('UniqueV2', [whole([6], [4, 2, 4, 4, 7, 2])], { parameters: [list('axis', 0)], outputs: 2 }),
  one(
    'CropAndResize',
    [[2, 5, 6, 3], { shape: [2, 4], values: [0, 0, 1, 1, 0.2, 0.9, 0.8, -0.1] }, whole([2], [1, 0])],
    {
      parameters: [list('size', 3, 4)],
      attr: { method: text('bilinear'), extrapolation_value: float(0.5) },
    },
  ),
];

const boxes: Numbers = { shape: [6, 4], values: [0, 0, 1, 1, 0, 0.1, 1, 1.1, 0, -0.1, 1, 0.9, 0, 10, 1, 11, 0, 10.1, 1, 11.1, 0, 100, 1, 101] }; // prettier-ignore
const scores: Numbers = { shape: [6], values: [0.9, 0.75, 0.6, 0.95, 0.5, 0.3] };
const limits = [scalar('most', 4), number('iou', 0.5), number('score', 0.4)];

/** Ops that depend on data, so that TensorFlow.js is asynchronous, too. */
export const dataCases: readonly GraphCase[] = [
  one('Where', [truths([2, 3], [0, 1, 1, 0, 0, 1])]),
  one('NonMaxSuppressionV2', [boxes, scores], { parameters: limits.slice(0, 2) }),
  one('NonMaxSuppressionV3', [boxes, scores], { parameters: limits }),
  one('NonMaxSuppressionV4', [boxes, scores], { parameters: limits, outputs: 2, attr: { pad_to_max_output_size: flag(true) } }), // prettier-ignore
  one('NonMaxSuppressionV5', [boxes, scores], { parameters: [...limits, number('sigma', 0.5)], outputs: 2 }),
];

/** The inputs of a case's node. */
export function dataOf({ data, above = 0 }: GraphCase): TinyWeight[] {
  return data.map((given, i): TinyWeight => {
    if (!('shape' in given)) {
      const size = given.reduce((product, n) => product * n, 1);
      return floats(`data${i}`, given, randomValues(size, i + 1).map((v) => v + above)); // prettier-ignore
    }
    const { shape, values, dtype = 'float32' } = given;
    const name = `data${i}`;
    if (dtype === 'int32') return ints(name, values, shape);
    return dtype === 'bool' ? { name, shape, dtype, stored: Uint8Array.from(values) } : floats(name, shape, values);
  });
}

const PLACED: ReadonlyMap<string, string> = new Map([
  ['float32', 'DT_FLOAT'],
  ['int32', 'DT_INT32'],
  ['bool', 'DT_BOOL'],
]);

/**
 * The files of a case, with outputs `node`, `node:1`, ...
 *
 * @param fed whether the data are inputs instead of constants
 */
export function filesOf(given: GraphCase, fed: boolean): TinyFiles {
  const { op, parameters = [], first = false, attr = {} } = given;
  const data = dataOf(given);
  const names = [data, parameters].map((weights) => weights.map(({ name }) => name));
  const whole32 = data[0].dtype === 'int32' ? 'DT_INT32' : 'DT_FLOAT';
  const T = type(data[0].dtype === 'bool' ? 'DT_BOOL' : whole32);
  return tinyModel(
    [
      ...(fed ? data.map(({ name, shape, dtype = 'float32' }) => placeholder(name, shape, PLACED.get(dtype))) : []),
      {
        name: 'node',
        op,
        input: (first ? names.toReversed() : names).flat(),
        attr: { T, N: integer(data.length), ...attr },
      },
    ],
    [...(fed ? [] : data), ...parameters],
  );
}
