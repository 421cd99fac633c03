/**
 * Operators of TensorFlow Lite, many to a file. Each result is an output, so one run of LiteRT gives the meaning of all of them.
 */
import { randomValues } from './random';
import type { TinyOperator, TinyTensor, TinyTflite } from './tflite-file';

/** A file and what it is fed. */
export interface TfliteCase {
  readonly name: string;
  readonly file: TinyTflite;
  readonly feeds: Readonly<Record<string, Float32Array | Int32Array>>;
}

type Values = TinyOperator['options'];

/** An operator, its inputs (tensors by name, or constants), the shapes of its results, its options, and their type. */
type Line = readonly [
  op: string,
  inputs: readonly (string | TinyTensor)[],
  shapes: readonly (readonly number[])[],
  options?: Values,
  type?: string,
];

const floats = (shape: readonly number[], values: ArrayLike<number>): TinyTensor => ({ shape, data: Float32Array.from(values) }); // prettier-ignore
const ints = (values: readonly number[], shape: readonly number[] = [values.length]): TinyTensor => ({ shape, type: 'INT32', data: Int32Array.from(values) }); // prettier-ignore
const random = (shape: readonly number[], seed: number): TinyTensor => floats(shape, randomValues(shape.reduce((a, b) => a * b, 1), seed)); // prettier-ignore

/** Versions of ops that have no first version. */
const VERSIONS: ReadonlyMap<string, number> = new Map([['BROADCAST_TO', 2]]);

/**
 * A file of operators side by side. An operator may read a result of an earlier one by its name, such as `ABS_0` for the
 * first operator. Further results of an operator have names such as `SPLIT_3_1`.
 */
function together(
  name: string,
  inputs: Readonly<Record<string, TinyTensor>>,
  lines: readonly Line[],
  feeds: TfliteCase['feeds'],
): TfliteCase {
  const tensors: Record<string, TinyTensor> = { ...inputs };
  const outputs: string[] = [];
  const operators = lines.flatMap(([op, reads, shapes, options, type], i): TinyOperator[] => {
    const names = reads.map((input, j) => {
      if (typeof input === 'string') return input;
      tensors[`c${i}_${j}`] = input;
      return `c${i}_${j}`;
    });
    const results = shapes.map((shape, j) => {
      const result = `${op}_${i}${j === 0 ? '' : `_${j}`}`;
      tensors[result] = { shape, type };
      return result;
    });
    const made = { op, inputs: names, outputs: results, options, version: VERSIONS.get(op) };
    // LiteRT.js does not return truth values. It returns a result that it knows before the run only through an op that reads
    // it.
    if (op === 'SHAPE' || op === 'RANGE' || op === 'DENSIFY') return [made];
    if (type !== 'BOOL') {
      outputs.push(...results);
      return [made];
    }
    const number = `${results[0]} as a number`;
    tensors[number] = { shape: shapes[0] };
    outputs.push(number);
    return [made, { op: 'CAST', inputs: results, outputs: [number], options: { in_data_type: 6, out_data_type: 0 } }];
  });
  return { name, file: { tensors, operators, inputs: Object.keys(inputs), outputs }, feeds };
}

const IMAGE = [1, 7, 6, 4];
const image = { x: { shape: IMAGE } };
const imageFeeds = { x: randomValues(168, 3) };
const conv = { padding: 'SAME', stride_w: 1, stride_h: 1, fused_activation_function: 'NONE', dilation_w_factor: 1, dilation_h_factor: 1 }; // prettier-ignore
const pool = { padding: 'SAME', stride_w: 2, stride_h: 2, filter_width: 3, filter_height: 2 };

/** A 1x1 filter of which five numbers are not 0. */
const SPARSE: TinyTensor = {
  ...random([5], 4),
  shape: [4, 1, 1, 4],
  sparsity: { order: [0, 1, 2, 3], levels: [4, 1, 1, { segments: Uint8Array.of(0, 2, 2, 3, 5), indices: Uint8Array.of(0, 3, 1, 0, 2) }] }, // prettier-ignore
};

/** Convolutions, dense layers and pools, with all ops that can be fused into them. */
const CONVOLUTIONS = together(
  'convolutions, dense layers and pools',
  image,
  [
    ['CONV_2D', ['x', random([5, 3, 3, 4], 1), random([5], 2)], [[1, 7, 6, 5]], conv],
    ['CONV_2D', ['x', random([5, 3, 3, 4], 1), random([5], 2)], [[1, 3, 2, 5]], { ...conv, padding: 'VALID', stride_w: 2, stride_h: 2, fused_activation_function: 'RELU' }], // prettier-ignore
    ['CONV_2D', ['x', random([3, 3, 2, 4], 1), random([3], 2)], [[1, 7, 6, 3]], { ...conv, dilation_h_factor: 2, dilation_w_factor: 3, fused_activation_function: 'RELU6' }], // prettier-ignore
    ['CONV_2D', ['x', random([6, 3, 3, 2], 1), random([6], 2)], [[1, 7, 6, 6]], { ...conv, fused_activation_function: 'RELU_N1_TO_1' }], // prettier-ignore
    ['CONV_2D', ['x', random([3, 1, 1, 4], 1), random([3], 2)], [[1, 7, 6, 3]], { ...conv, fused_activation_function: 'RELU_N1_TO_1' }], // prettier-ignore
    ['DEPTHWISE_CONV_2D', ['x', random([1, 3, 3, 4], 1), random([4], 2)], [[1, 4, 3, 4]], { ...conv, depth_multiplier: 1, stride_w: 2, stride_h: 2, fused_activation_function: 'RELU6' }], // prettier-ignore
    ['DEPTHWISE_CONV_2D', ['x', random([1, 3, 3, 8], 1), random([8], 2)], [[1, 7, 6, 8]], { ...conv, depth_multiplier: 2, dilation_w_factor: 2, dilation_h_factor: 2 }], // prettier-ignore
    ['DEPTHWISE_CONV_2D', ['x', random([1, 5, 5, 4], 1), random([4], 2)], [[1, 3, 2, 4]], { ...conv, padding: 'VALID', depth_multiplier: 1, fused_activation_function: 'RELU' }], // prettier-ignore
    ['TRANSPOSE_CONV', [ints([1, 14, 12, 3]), random([3, 4, 4, 4], 1), 'x'], [[1, 14, 12, 3]], { padding: 'SAME', stride_w: 2, stride_h: 2 }], // prettier-ignore
    ['TRANSPOSE_CONV', [ints([1, 15, 13, 3]), random([3, 3, 3, 4], 1), 'x', random([3], 2)], [[1, 15, 13, 3]], { padding: 'VALID', stride_w: 2, stride_h: 2, fused_activation_function: 'RELU' }], // prettier-ignore
    ['FULLY_CONNECTED', ['x', random([5, 4], 1), random([5], 2)], [[42, 5]], { fused_activation_function: 'RELU' }],
    ['FULLY_CONNECTED', ['x', random([5, 4], 1), ''], [[1, 7, 6, 5]], { fused_activation_function: 'NONE', keep_num_dims: true }], // prettier-ignore
    ['FULLY_CONNECTED', ['x', random([5, 168], 1), random([5], 2)], [[1, 5]], { fused_activation_function: 'RELU6' }],
    ['MAX_POOL_2D', ['x'], [[1, 4, 3, 4]], pool],
    ['AVERAGE_POOL_2D', ['x'], [[1, 4, 3, 4]], { ...pool, fused_activation_function: 'RELU' }],
    ['AVERAGE_POOL_2D', ['x'], [[1, 3, 2, 4]], { ...pool, padding: 'VALID' }],
    ['MEAN', ['x', ints([1, 2])], [[1, 4]], { keep_dims: false }],
    ['SUM', ['x', ints([-1])], [[1, 7, 6, 1]], { keep_dims: true }],
    ['REDUCE_MAX', ['x', ints([1, 3])], [[1, 6]], { keep_dims: false }],
    ['REDUCE_MIN', ['x', ints([2])], [[1, 7, 1, 4]], { keep_dims: true }],
    ['SOFTMAX', ['x'], [IMAGE], { beta: 1 }],
    ['SOFTMAX', ['x'], [IMAGE], { beta: 2.5 }],
    ['LOG_SOFTMAX', ['x'], [IMAGE]],
    ['L2_NORMALIZATION', ['x'], [IMAGE], { fused_activation_function: 'NONE' }],
    ['BATCH_MATMUL', [random([2, 3, 5], 1), random([2, 5, 4], 2)], [[2, 3, 4]], { adj_x: false, adj_y: false }],
    ['BATCH_MATMUL', ['x', random([1, 1, 3, 4], 2)], [[1, 7, 6, 3]], { adj_x: false, adj_y: true }],
    ['DENSIFY', [SPARSE], [[4, 1, 1, 4]]],
    ['CONV_2D', ['x', 'DENSIFY_26', random([4], 2)], [IMAGE], conv],
  ],
  imageFeeds,
);

const positive = floats([1, 7, 6, 4], randomValues(168, 9).map((v) => 0.1 + Math.abs(v))); // prettier-ignore

/** Element by element. */
const ELEMENTS = together(
  'element by element',
  { ...image, p: { shape: IMAGE } },
  [
    ['ADD', ['x', 'p'], [IMAGE], { fused_activation_function: 'RELU' }],
    ['ADD', ['x', floats([4], [1, 2, 3, 4])], [IMAGE], { fused_activation_function: 'RELU6' }],
    ['SUB', [floats([], [2]), 'x'], [IMAGE], { fused_activation_function: 'NONE' }],
    ['MUL', ['x', random([1, 7, 1, 1], 4)], [IMAGE], { fused_activation_function: 'RELU_N1_TO_1' }],
    ['DIV', ['x', 'p'], [IMAGE], { fused_activation_function: 'NONE' }],
    ['MAXIMUM', ['x', floats([], [0.1])], [IMAGE]],
    ['MINIMUM', ['x', 'p'], [IMAGE]],
    ['SQUARED_DIFFERENCE', ['x', 'p'], [IMAGE]],
    ['POW', ['p', floats([], [1.5])], [IMAGE]],
    ['RELU', ['x'], [IMAGE]],
    ['RELU6', ['x'], [IMAGE]],
    ['RELU_N1_TO_1', ['x'], [IMAGE]],
    ['RELU_0_TO_1', ['x'], [IMAGE]],
    ['LEAKY_RELU', ['x'], [IMAGE], { alpha: 0.3 }],
    ['PRELU', ['x', random([1, 1, 4], 5)], [IMAGE]],
    ['PRELU', ['x', random([7, 6, 4], 5)], [IMAGE]],
    ['ELU', ['x'], [IMAGE]],
    ['HARD_SWISH', ['x'], [IMAGE]],
    ['GELU', ['x'], [IMAGE], { approximate: false }],
    ['GELU', ['x'], [IMAGE], { approximate: true }],
    ['LOGISTIC', ['x'], [IMAGE]],
    ['TANH', ['x'], [IMAGE]],
    ['EXP', ['x'], [IMAGE]],
    ['LOG', ['p'], [IMAGE]],
    ['SQRT', ['p'], [IMAGE]],
    ['RSQRT', ['p'], [IMAGE]],
    ['SQUARE', ['x'], [IMAGE]],
    ['ABS', ['x'], [IMAGE]],
    ['NEG', ['x'], [IMAGE]],
    ['FLOOR', ['x'], [IMAGE]],
    ['CEIL', ['x'], [IMAGE]],
    ['ROUND', ['x'], [IMAGE]],
    ['SIN', ['x'], [IMAGE]],
    ['COS', ['x'], [IMAGE]],
    ['SIGN', ['x'], [IMAGE]],
    ['ATAN2', ['x', 'p'], [IMAGE]],
    ['FLOOR_DIV', ['x', 'p'], [IMAGE]],
    ['FLOOR_MOD', ['x', 'p'], [IMAGE]],
    ['ADD_N', ['x', 'p', 'x'], [IMAGE]],
    ['ZEROS_LIKE', ['x'], [IMAGE]],
    ['GREATER', ['x', 'p'], [IMAGE], undefined, 'BOOL'],
    ['LESS', ['x', floats([], [0.2])], [IMAGE], undefined, 'BOOL'],
    ['GREATER_EQUAL', ['x', 'p'], [IMAGE], undefined, 'BOOL'],
    ['LESS_EQUAL', ['x', 'p'], [IMAGE], undefined, 'BOOL'],
    ['EQUAL', ['x', 'x'], [IMAGE], undefined, 'BOOL'],
    ['NOT_EQUAL', ['x', 'p'], [IMAGE], undefined, 'BOOL'],
    ['LOGICAL_AND', ['GREATER_40', 'LESS_41'], [IMAGE], undefined, 'BOOL'],
    ['LOGICAL_OR', ['GREATER_40', 'LESS_41'], [IMAGE], undefined, 'BOOL'],
    ['LOGICAL_NOT', ['LESS_41'], [IMAGE], undefined, 'BOOL'],
    ['SELECT', ['LESS_41', 'x', 'p'], [IMAGE]],
    ['SELECT_V2', ['LESS_41', 'x', floats([], [7])], [IMAGE]],
    ['CAST', ['x'], [IMAGE], { in_data_type: 0, out_data_type: 2 }, 'INT32'],
  ],
  { ...imageFeeds, p: positive.data as Float32Array },
);

/** Ops that move elements and compute nothing. */
const LAYOUT = together(
  'what moves elements',
  image,
  [
    ['RESHAPE', ['x', ints([6, -1])], [[6, 28]], { new_shape: [6, -1] }],
    ['CONCATENATION', ['x', random(IMAGE, 6)], [[1, 14, 6, 4]], { axis: 1 }],
    ['CONCATENATION', ['x', random(IMAGE, 6)], [[1, 7, 6, 8]], { axis: -1, fused_activation_function: 'NONE' }],
    ['PAD', ['x', ints([0, 0, 1, 2, 3, 0, 0, 0], [4, 2])], [[1, 10, 9, 4]]],
    ['PADV2', ['x', ints([0, 0, 1, 2, 3, 0, 0, 0], [4, 2]), floats([], [-3])], [[1, 10, 9, 4]]],
    ['MIRROR_PAD', ['x', ints([0, 0, 1, 2, 3, 0, 0, 0], [4, 2])], [[1, 10, 9, 4]], { mode: 'REFLECT' }],
    ['MIRROR_PAD', ['x', ints([0, 0, 1, 2, 3, 0, 0, 0], [4, 2])], [[1, 10, 9, 4]], { mode: 'SYMMETRIC' }],
    ['STRIDED_SLICE', ['x', ints([0, 1, -1, 0]), ints([0, 6, -5, 3]), ints([1, 2, -1, 1])], [[1, 3, 4, 3]], { begin_mask: 0, end_mask: 1, ellipsis_mask: 0, new_axis_mask: 0, shrink_axis_mask: 0 }], // prettier-ignore
    ['STRIDED_SLICE', ['x', ints([0, 2, 0, 0]), ints([1, 3, 0, 0]), ints([1, 1, 1, 1])], [[6, 4]], { begin_mask: 12, end_mask: 12, ellipsis_mask: 0, new_axis_mask: 0, shrink_axis_mask: 3 }], // prettier-ignore
    ['SLICE', ['x', ints([0, 1, 2, 0]), ints([1, 3, -1, 2])], [[1, 3, 4, 2]]],
    ['SPLIT', [ints([2], []), 'x'], [[1, 7, 2, 4], [1, 7, 2, 4], [1, 7, 2, 4]], { num_splits: 3 }], // prettier-ignore
    ['SPLIT_V', ['x', ints([3, 1, 3]), ints([1], [])], [[1, 3, 6, 4], [1, 1, 6, 4], [1, 3, 6, 4]], { num_splits: 3 }], // prettier-ignore
    ['PACK', ['x', random(IMAGE, 6)], [[1, 7, 2, 6, 4]], { values_count: 2, axis: 2 }],
    ['UNPACK', ['x'], [[1, 7, 6], [1, 7, 6], [1, 7, 6], [1, 7, 6]], { num: 4, axis: 3 }], // prettier-ignore
    ['SQUEEZE', ['x'], [[7, 6, 4]], { squeeze_dims: [0] }],
    ['EXPAND_DIMS', ['x', ints([-1], [])], [[1, 7, 6, 4, 1]]],
    ['TRANSPOSE', ['x', ints([0, 3, 1, 2])], [[1, 4, 7, 6]]],
    ['TILE', ['x', ints([2, 1, 3, 1])], [[2, 7, 18, 4]]],
    ['BROADCAST_TO', [random([7, 1, 4], 2), ints(IMAGE)], [IMAGE]],
    ['REVERSE_V2', ['x', ints([2])], [IMAGE]],
    ['DEPTH_TO_SPACE', ['x'], [[1, 14, 12, 1]], { block_size: 2 }],
    ['SPACE_TO_DEPTH', [random([1, 4, 6, 2], 3)], [[1, 2, 3, 8]], { block_size: 2 }],
    ['SPACE_TO_BATCH_ND', ['x', ints([2, 2]), ints([1, 0, 0, 0], [2, 2])], [[4, 4, 3, 4]]],
    ['BATCH_TO_SPACE_ND', ['SPACE_TO_BATCH_ND_22', ints([2, 2]), ints([1, 0, 0, 0], [2, 2])], [IMAGE]],
    ['GATHER', ['x', ints([3, 0, 0])], [[1, 7, 3, 4]], { axis: 2, batch_dims: 0 }],
    ['GATHER_ND', ['x', ints([0, 6, 0, 2], [2, 2])], [[2, 6, 4]]],
    ['RESIZE_BILINEAR', ['x', ints([9, 13])], [[1, 9, 13, 4]], { align_corners: false, half_pixel_centers: false }],
    ['RESIZE_BILINEAR', ['x', ints([9, 13])], [[1, 9, 13, 4]], { align_corners: true, half_pixel_centers: false }],
    ['RESIZE_BILINEAR', ['x', ints([14, 3])], [[1, 14, 3, 4]], { align_corners: false, half_pixel_centers: true }],
    ['RESIZE_NEAREST_NEIGHBOR', ['x', ints([14, 12])], [[1, 14, 12, 4]], { align_corners: false, half_pixel_centers: false }], // prettier-ignore
    ['RESIZE_NEAREST_NEIGHBOR', ['x', ints([9, 13])], [[1, 9, 13, 4]], { align_corners: false, half_pixel_centers: true }], // prettier-ignore
    ['RESIZE_NEAREST_NEIGHBOR', ['x', ints([9, 13])], [[1, 9, 13, 4]], { align_corners: true, half_pixel_centers: false }], // prettier-ignore
    ['SHAPE', ['x'], [[4]], { out_type: 2 }, 'INT32'],
    ['CAST', ['SHAPE_32'], [[4]], { in_data_type: 2, out_data_type: 0 }],
    ['ARG_MAX', ['x', ints([3], [])], [[1, 7, 6]], { output_type: 2 }, 'INT32'],
    ['ARG_MIN', ['x', ints([1], [])], [[1, 6, 4]], { output_type: 2 }, 'INT32'],
    ['CUMSUM', ['x', ints([1], [])], [IMAGE], { exclusive: false, reverse: false }],
    ['CUMSUM', ['x', ints([2], [])], [IMAGE], { exclusive: true, reverse: true }],
    ['GATHER', ['x', ints([2])], [[1, 7, 1, 4]], { axis: 2, batch_dims: 0 }],
    ['GATHER', ['x', ints([2], [])], [[1, 7, 4]], { axis: 2, batch_dims: 0 }],
    ['FILL', [ints([2, 3]), floats([], [1.5])], [[2, 3]]],
    ['REDUCE_PROD', ['x', ints([1, 3])], [[1, 6]], { keep_dims: false }],
    ['ONE_HOT', [ints([2, 0, 3]), ints([4], []), floats([], [5]), floats([], [-1])], [[3, 4]], { axis: -1 }],
    ['RANGE', [ints([1], []), ints([9], []), ints([3], [])], [[3]], {}, 'INT32'],
    ['CAST', ['RANGE_43'], [[3]], { in_data_type: 2, out_data_type: 0 }],
    ['SCATTER_ND', [ints([1, 3], [2, 1]), random([2, 4], 9), ints([5, 4])], [[5, 4]]],
    ['SPARSE_TO_DENSE', [ints([1, 3], [2, 1]), ints([5]), floats([2], [1, 2]), floats([], [0.5])], [[5]]],
  ],
  imageFeeds,
);

/** The step between neighbouring numbers of each quantised result here: large, so that some values are out of range. */
export const STEP = 0.02;

const bytes = (shape: readonly number[], seed: number, scales: readonly number[]): TinyTensor => ({
  shape,
  type: 'INT8',
  data: Int8Array.from(
    randomValues(
      shape.reduce((a, b) => a * b, 1),
      seed,
    ),
    (v) => Math.round(127 * v),
  ),
  scales,
  axis: shape.length === 4 && shape[0] === 1 ? 3 : 0,
});
const biases = (scales: readonly number[]): TinyTensor => ({
  shape: [scales.length],
  type: 'INT32',
  data: Int32Array.from(scales, (_, i) => 900 * i - 1000),
  scales: scales.map((scale) => scale * STEP),
});

/** Whole numbers from end to end: a float32 input becomes one of 256 numbers, and stays one until the last operator. */
export function wholeNumbers(): TfliteCase {
  const scales = [0.01, 0.002, 0.005, 0.02];
  const step = { type: 'INT8', scales: [STEP], zeroPoints: [5] };
  const file: TinyTflite = {
    tensors: {
      x: { shape: IMAGE },
      q: { shape: IMAGE, ...step },
      filter: bytes([4, 3, 3, 4], 1, scales),
      bias: biases(scales),
      conv: { shape: IMAGE, ...step },
      taps: bytes([1, 3, 3, 4], 2, scales),
      depthwise: { shape: IMAGE, ...step },
      sum: { shape: IMAGE, ...step },
      axes: ints([1, 2]),
      mean: { shape: [1, 4], ...step },
      weights: bytes([3, 4], 3, [0.01]),
      bias3: { ...biases([0.01, 0.01, 0.01]), scales: [0.01 * STEP] },
      dense: { shape: [1, 3], ...step },
      conv_out: { shape: IMAGE },
      depthwise_out: { shape: IMAGE },
      sum_out: { shape: IMAGE },
      dense_out: { shape: [1, 3] },
    },
    operators: [
      { op: 'QUANTIZE', inputs: ['x'], outputs: ['q'] },
      { op: 'CONV_2D', inputs: ['q', 'filter', 'bias'], outputs: ['conv'], options: { ...conv, fused_activation_function: 'RELU' }, version: 3 }, // prettier-ignore
      { op: 'DEPTHWISE_CONV_2D', inputs: ['q', 'taps', 'bias'], outputs: ['depthwise'], options: { ...conv, depth_multiplier: 1 }, version: 3 }, // prettier-ignore
      { op: 'ADD', inputs: ['q', 'q'], outputs: ['sum'], options: { fused_activation_function: 'NONE' }, version: 2 },
      { op: 'MEAN', inputs: ['q', 'axes'], outputs: ['mean'], options: { keep_dims: false }, version: 2 },
      { op: 'FULLY_CONNECTED', inputs: ['mean', 'weights', 'bias3'], outputs: ['dense'], options: { fused_activation_function: 'NONE' }, version: 4 }, // prettier-ignore
      ...['conv', 'depthwise', 'sum', 'dense'].map((name) => ({ op: 'DEQUANTIZE', inputs: [name], outputs: [`${name}_out`], version: 2 })), // prettier-ignore
    ],
    inputs: ['x'],
    outputs: ['conv_out', 'depthwise_out', 'sum_out', 'dense_out'],
  };
  // The inputs are multiples of the step, so that quantising them loses nothing.
  return { name: 'whole numbers', file, feeds: { x: randomValues(168, 3).map((v) => STEP * Math.round(130 * v)) } };
}

export const TFLITE_CASES: readonly TfliteCase[] = [CONVOLUTIONS, ELEMENTS, LAYOUT];
