/** One file per operator and form. Sizes are odd and small, and asymmetric where possible. */
import { above, fed, fedTruth, fedWhole, fixed, float, whole, type OnnxCase } from './onnx-cases';

const IMAGE = [2, 4, 7, 5] as const;
const image = (): ReturnType<typeof fed> => fed(IMAGE);

const conv: readonly OnnxCase[] = [
  { name: 'with a bias', op: 'Conv', inputs: [image(), fixed([6, 4, 3, 3]), fixed([6])], attributes: { pads: [1, 1, 1, 1] } }, // prettier-ignore
  { name: 'with lopsided pads', op: 'Conv', inputs: [image(), fixed([3, 4, 3, 2])], attributes: { pads: [0, 1, 2, 0], strides: [2, 1] } }, // prettier-ignore
  { name: 'dilated', op: 'Conv', inputs: [image(), fixed([3, 4, 3, 2])], attributes: { dilations: [2, 3], pads: [2, 1, 2, 1] } }, // prettier-ignore
  { name: 'in groups', op: 'Conv', inputs: [image(), fixed([6, 2, 3, 3]), fixed([6])], attributes: { group: 2, kernel_shape: [3, 3] } }, // prettier-ignore
  { name: 'depthwise', op: 'Conv', inputs: [image(), fixed([4, 1, 3, 3])], attributes: { group: 4, pads: [1, 1, 1, 1], strides: [2, 2] } }, // prettier-ignore
  { name: 'depthwise with a multiplier', op: 'Conv', inputs: [image(), fixed([8, 1, 3, 3]), fixed([8])], attributes: { group: 4, auto_pad: 'SAME_UPPER', strides: [2, 2] } }, // prettier-ignore
  { name: 'SAME_LOWER', op: 'Conv', inputs: [fed([1, 3, 6, 5]), fixed([2, 3, 4, 2])], attributes: { auto_pad: 'SAME_LOWER', strides: [2, 1] } }, // prettier-ignore
  { name: 'VALID', op: 'Conv', inputs: [image(), fixed([2, 4, 1, 1])], attributes: { auto_pad: 'VALID' }, opset: 11 },
  { name: 'of a row', op: 'Conv', inputs: [fed([2, 3, 9]), fixed([4, 3, 3]), fixed([4])], attributes: { pads: [2, 0], strides: [2] } }, // prettier-ignore
  { name: 'of a row, depthwise', op: 'Conv', inputs: [fed([1, 3, 9]), fixed([3, 1, 4])], attributes: { group: 3, auto_pad: 'SAME_UPPER' } }, // prettier-ignore
  { name: 'by a filter that is fed', op: 'Conv', inputs: [fed([1, 2, 4, 4]), fed([3, 2, 2, 2])] },
  { name: 'of stride 2', op: 'ConvTranspose', inputs: [fed([1, 3, 4, 5]), fixed([3, 2, 2, 2]), fixed([2])], attributes: { strides: [2, 2] } }, // prettier-ignore
  { name: 'with pads and more', op: 'ConvTranspose', inputs: [fed([1, 3, 4, 5]), fixed([3, 2, 3, 3])], attributes: { strides: [2, 3], pads: [1, 0, 1, 2], output_padding: [1, 2] } }, // prettier-ignore
  { name: 'with a size', op: 'ConvTranspose', inputs: [fed([1, 3, 4, 5]), fixed([3, 2, 3, 3])], attributes: { strides: [2, 2], output_shape: [8, 9] } }, // prettier-ignore
  { name: 'in groups, dilated', op: 'ConvTranspose', inputs: [fed([1, 4, 4, 3]), fixed([4, 2, 3, 2]), fixed([4])], attributes: { group: 2, dilations: [2, 1], pads: [1, 1, 0, 0] } }, // prettier-ignore
  { name: 'SAME_UPPER', op: 'ConvTranspose', inputs: [fed([1, 2, 4, 3]), fixed([2, 2, 3, 3])], attributes: { auto_pad: 'SAME_UPPER', strides: [2, 2] } }, // prettier-ignore
  { name: 'of a row', op: 'ConvTranspose', inputs: [fed([1, 2, 4]), fixed([2, 3, 3])], attributes: { strides: [2] } },
  { name: 'of 3 by 3', op: 'MaxPool', inputs: [image()], attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] } }, // prettier-ignore
  { name: 'rounding up', op: 'MaxPool', inputs: [fed([1, 2, 6, 6])], attributes: { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 } }, // prettier-ignore
  { name: 'dilated', op: 'MaxPool', inputs: [image()], attributes: { kernel_shape: [2, 2], dilations: [2, 3] } },
  { name: 'SAME_LOWER', op: 'MaxPool', inputs: [image()], attributes: { kernel_shape: [2, 3], strides: [2, 2], auto_pad: 'SAME_LOWER' } }, // prettier-ignore
  { name: 'of a row', op: 'MaxPool', inputs: [fed([2, 3, 8])], attributes: { kernel_shape: [2], strides: [2] } },
  { name: 'without the padding', op: 'AveragePool', inputs: [image()], attributes: { kernel_shape: [3, 2], strides: [2, 1], pads: [1, 0, 1, 1] } }, // prettier-ignore
  { name: 'with the padding', op: 'AveragePool', inputs: [image()], attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1], count_include_pad: 1 } }, // prettier-ignore
  { name: 'rounding up', op: 'AveragePool', inputs: [fed([1, 2, 6, 6])], attributes: { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }, opset: 19 }, // prettier-ignore
  { name: 'rounding up with the padding', op: 'AveragePool', inputs: [fed([1, 2, 6, 6])], attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 0, 0], ceil_mode: 1, count_include_pad: 1 }, opset: 19 }, // prettier-ignore
  { name: 'of an image', op: 'GlobalAveragePool', inputs: [image()] },
  { name: 'of a row', op: 'GlobalAveragePool', inputs: [fed([2, 3, 8])] },
  { name: 'of an image', op: 'GlobalMaxPool', inputs: [image()] },
  { name: 'with a row', op: 'Gemm', inputs: [fed([3, 4]), fixed([5, 4]), fixed([5])], attributes: { transB: 1 } },
  { name: 'with factors', op: 'Gemm', inputs: [fed([4, 3]), fed([4, 5]), fed([3, 1])], attributes: { transA: 1, alpha: float(0.5), beta: float(2) } }, // prettier-ignore
  { name: 'with a number', op: 'Gemm', inputs: [fed([3, 4]), fed([4, 5]), fixed([1])], opset: 11 },
  { name: 'alone', op: 'Gemm', inputs: [fed([3, 4]), fixed([4, 5])], opset: 11 },
  { name: 'of matrices', op: 'MatMul', inputs: [fed([3, 4]), fixed([4, 5])] },
  { name: 'of batches', op: 'MatMul', inputs: [fed([2, 1, 3, 4]), fed([3, 4, 2])] },
  { name: 'of a row', op: 'MatMul', inputs: [fed([4]), fed([2, 4, 5])] },
  ...['bhid,bhjd->bhij', 'bhid, bhjd -> ijhb'].map((equation) => ({ name: equation, op: 'Einsum', inputs: [fed([2, 3, 4, 5]), fed([2, 3, 6, 5])], attributes: { equation } })), // prettier-ignore
  { name: 'i,j->ji', op: 'Einsum', inputs: [fed([3]), fed([4])], attributes: { equation: 'i,j->ji' } },
  { name: 'of a column', op: 'MatMul', inputs: [fed([2, 3, 4]), fed([4])] },
];

const maps: readonly OnnxCase[] = [
  ...['Relu', 'Sigmoid', 'Softplus', 'Softsign', 'HardSwish', 'Tanh', 'Abs', 'Neg', 'Exp', 'Floor', 'Ceil', 'Round', 'Sign', 'Reciprocal', 'Identity', 'Elu', 'Selu', 'Celu', 'LeakyRelu', 'HardSigmoid', 'Erf', 'Sin', 'Cos', 'Tan', 'Asin', 'Acos', 'Atan', 'Sinh', 'Cosh'].map((op) => ({ name: 'alone', op, inputs: [fed([2, 3, 5])] })), // prettier-ignore
  ...['Sqrt', 'Log'].map((op) => ({ name: 'alone', op, inputs: [above([2, 3, 5])] })),
  { name: 'alone', op: 'Mish', inputs: [fed([7])], opset: 18 },
  { name: 'alone', op: 'Gelu', inputs: [fed([7])], opset: 20 },
  { name: 'by tanh', op: 'Gelu', inputs: [fed([7])], opset: 20, attributes: { approximate: 'tanh' } },
  { name: 'with alpha', op: 'LeakyRelu', inputs: [fed([7])], attributes: { alpha: float(0.3) } },
  { name: 'with alpha', op: 'Elu', inputs: [fed([7])], attributes: { alpha: float(0.3) } },
  { name: 'with alpha', op: 'Celu', inputs: [fed([7])], attributes: { alpha: float(0.3) } },
  { name: 'with both', op: 'Selu', inputs: [fed([7])], attributes: { alpha: float(0.3), gamma: float(2) } },
  { name: 'with both', op: 'HardSigmoid', inputs: [fed([7])], attributes: { alpha: float(0.3), beta: float(0.2) } },
  { name: 'by channels', op: 'PRelu', inputs: [image(), fixed([4, 1, 1])] },
  { name: 'by one number', op: 'PRelu', inputs: [image(), fixed([1])] },
  { name: 'by pixels', op: 'PRelu', inputs: [image(), fixed([7, 5])] },
  { name: 'by inputs', op: 'Clip', inputs: [fed([7]), fixed([], [-0.2]), fixed([], [0.3])] },
  { name: 'from above', op: 'Clip', inputs: [fed([7]), null, fixed([], [0.3])] },
  { name: 'by attributes', op: 'Clip', inputs: [fed([7])], attributes: { min: float(0), max: float(0.5) }, opset: 9 },
  { name: 'without bounds', op: 'Clip', inputs: [fed([7])] },
  { name: 'alone', op: 'Dropout', inputs: [fed([7])] },
  { name: 'to whole numbers', op: 'Cast', inputs: [fed([7], [-2.5, -1, -0.5, 0, 0.9, 1.1, 300.7])], attributes: { to: 7 } }, // prettier-ignore
  { name: 'with alpha', op: 'ThresholdedRelu', inputs: [fed([7])], attributes: { alpha: float(0.2) } },
  { name: 'to floating-point numbers', op: 'Cast', inputs: [fed([7])], attributes: { to: 1 } },
  { name: 'to the other', op: 'CastLike', inputs: [fed([7]), fixed([1])] },
];

const operators: readonly OnnxCase[] = [
  ...['Add', 'Sub', 'Mul', 'Div', 'Min', 'Max'].map((op) => ({ name: 'by channels', op, inputs: [image(), fixed([4, 1, 1])] })), // prettier-ignore
  { name: 'of pixels', op: 'Add', inputs: [fed([1, 4, 1, 1]), fed([7, 5])] },
  { name: 'of a number', op: 'Sub', inputs: [fixed([], [2]), image()] },
  { name: 'of a number with more axes', op: 'Add', inputs: [fed([3]), fixed([1, 1], [2])] },
  { name: 'of numbers', op: 'Pow', inputs: [above([2, 3]), fixed([], [2.5])] },
  { name: 'of tensors', op: 'Pow', inputs: [above([2, 3]), fed([3])] },
  { name: 'of many', op: 'Sum', inputs: [fed([2, 3]), fixed([], [2]), fed([3]), fed([1, 1])] },
  { name: 'of many', op: 'Mean', inputs: [fed([2, 3]), fed([3]), fed([2, 1])] },
  { name: 'of many', op: 'Min', inputs: [fed([2, 3]), fed([3]), fed([2, 1])] },
  { name: 'of one', op: 'Max', inputs: [fed([2, 3])] },
];

const reductions: readonly OnnxCase[] = [
  ...['ReduceSum', 'ReduceMean', 'ReduceMax', 'ReduceMin', 'ReduceL1', 'ReduceL2', 'ReduceSumSquare', 'ReduceLogSumExp'].map((op) => ({ name: 'by attribute', op, inputs: [image()], attributes: { axes: [1, -1] }, opset: 11 })), // prettier-ignore
  { name: 'by attribute', op: 'ReduceLogSum', inputs: [above([2, 3, 4])], attributes: { axes: [1], keepdims: 0 }, opset: 11 }, // prettier-ignore
  { name: 'without axes', op: 'ReduceLogSumExp', inputs: [fed([2, 3, 4], [...Array(24).keys()].map((i) => 9 * i))], attributes: { axes: [2], keepdims: 0 }, opset: 11 }, // prettier-ignore
  { name: 'by input', op: 'ReduceSum', inputs: [image(), whole(2, 3)], attributes: { keepdims: 0 }, opset: 13 },
  { name: 'by input', op: 'ReduceMax', inputs: [image(), whole(0)], opset: 20 },
  { name: 'of all', op: 'ReduceMean', inputs: [image()], attributes: { keepdims: 0 }, opset: 18 },
  { name: 'of none', op: 'ReduceSum', inputs: [image()], attributes: { noop_with_empty_axes: 1 } },
  { name: 'along channels', op: 'ArgMax', inputs: [image()], attributes: { axis: 1 } },
  { name: 'along rows', op: 'ArgMin', inputs: [image()], attributes: { axis: 2 } },
  { name: 'by attribute', op: 'ReduceProd', inputs: [image()], attributes: { axes: [3] }, opset: 11 },
  { name: 'along the last', op: 'ArgMax', inputs: [image()], attributes: { axis: -1, keepdims: 0 } },
  { name: 'along the last axis', op: 'Softmax', inputs: [image()] },
  { name: 'along channels', op: 'Softmax', inputs: [image()], attributes: { axis: 1 } },
  ...[1, -1].map((axis) => ({ name: `along axis ${axis}`, op: 'LogSoftmax', inputs: [image()], attributes: { axis } })),
  { name: 'along all from channels on', op: 'LogSoftmax', inputs: [image()], opset: 11 },
  { name: 'along all from channels on', op: 'Softmax', inputs: [image()], opset: 11 },
  { name: 'along the last axis, as of old', op: 'Softmax', inputs: [fed([3, 4])], opset: 7 },
];

const layouts: readonly OnnxCase[] = [
  { name: 'with 0 and -1', op: 'Reshape', inputs: [image(), whole(0, -1, 5)] },
  { name: 'of all', op: 'Reshape', inputs: [image(), whole(-1)], opset: 7 },
  { name: 'of images', op: 'Flatten', inputs: [image()] },
  { name: 'from the end', op: 'Flatten', inputs: [image()], attributes: { axis: -1 } },
  { name: 'into one row', op: 'Flatten', inputs: [image()], attributes: { axis: 0 } },
  { name: 'by attribute', op: 'Squeeze', inputs: [fed([1, 3, 1, 2])], attributes: { axes: [0, -2] }, opset: 11 },
  { name: 'by input', op: 'Squeeze', inputs: [fed([1, 3, 1, 2]), whole(2)] },
  { name: 'of all', op: 'Squeeze', inputs: [fed([1, 3, 1, 2])] },
  { name: 'by attribute', op: 'Unsqueeze', inputs: [fed([3, 2])], attributes: { axes: [0, 3] }, opset: 11 },
  { name: 'by input', op: 'Unsqueeze', inputs: [fed([3, 2]), whole(-1, 1)] },
  { name: 'in reverse', op: 'Transpose', inputs: [image()] },
  { name: 'by perm', op: 'Transpose', inputs: [image()], attributes: { perm: [0, 2, 1, 3] } },
  { name: 'along channels', op: 'Concat', inputs: [image(), fed([2, 3, 7, 5]), image()], attributes: { axis: 1 } },
  { name: 'of one', op: 'Concat', inputs: [image()], attributes: { axis: -1 } },
  { name: 'with a constant', op: 'Concat', inputs: [fed([2, 3]), fixed([2, 1])], attributes: { axis: -1 } },
  { name: 'in halves', op: 'Split', inputs: [image()], attributes: { axis: 1 }, outputs: 2, opset: 11 },
  { name: 'by attribute', op: 'Split', inputs: [image()], attributes: { axis: 2, split: [1, 4, 2] }, outputs: 3, opset: 11 }, // prettier-ignore
  { name: 'by input', op: 'Split', inputs: [image(), whole(1, 3)], attributes: { axis: 1 }, outputs: 2 },
  {
    name: 'with a rest',
    op: 'Split',
    inputs: [image()],
    attributes: { axis: 2, num_outputs: 3 },
    outputs: 3,
    opset: 18,
  },
  { name: 'by attributes', op: 'Slice', inputs: [image()], attributes: { axes: [1, 3], starts: [1, -3], ends: [100, -1] }, opset: 9 }, // prettier-ignore
  { name: 'with steps', op: 'Slice', inputs: [image(), whole(0, 1), whole(4, 2 ** 40), whole(1, 2), whole(3, 2)] },
  { name: 'backwards', op: 'Slice', inputs: [image(), whole(-1), whole(-(2 ** 40)), whole(3), whole(-2)] },
  { name: 'without axes', op: 'Slice', inputs: [image(), whole(1, 1), whole(2, 3)] },
  { name: 'by attribute', op: 'Pad', inputs: [image()], attributes: { pads: [0, 1, 2, 0, 0, 0, 1, 3], value: float(2) }, opset: 10 }, // prettier-ignore
  { name: 'by input', op: 'Pad', inputs: [image(), whole(0, 0, 1, 2, 0, 1, 0, 3), fixed([], [-1])] },
  { name: 'of some axes', op: 'Pad', inputs: [image(), whole(1, 2), null, whole(-2)], opset: 18 },
  { name: 'less than nothing', op: 'Pad', inputs: [image(), whole(0, 0, -1, 1, 0, 0, 2, -2)] },
  { name: 'reflected', op: 'Pad', inputs: [image(), whole(0, 0, 2, 1, 0, 0, 1, 3)], attributes: { mode: 'reflect' } },
  { name: 'by the edge', op: 'Pad', inputs: [image(), whole(0, 0, 2, 1, 0, 0, 1, 3)], attributes: { mode: 'edge' } },
  { name: 'of axes', op: 'Tile', inputs: [fed([1, 3, 2]), whole(2, 1, 3)] },
  { name: 'both ways', op: 'Expand', inputs: [fed([3, 1]), whole(2, 1, 4)] },
  { name: 'of as many axes', op: 'Expand', inputs: [fed([1, 4, 1, 1]), whole(2, 4, 3, 1)] },
  { name: 'DCR', op: 'DepthToSpace', inputs: [fed([1, 8, 2, 3])], attributes: { blocksize: 2 } },
  { name: 'CRD', op: 'DepthToSpace', inputs: [fed([1, 8, 2, 3])], attributes: { blocksize: 2, mode: 'CRD' } },
  { name: 'of 2', op: 'SpaceToDepth', inputs: [fed([1, 3, 4, 6])], attributes: { blocksize: 2 } },
];

const norms: readonly OnnxCase[] = [
  { name: 'of images', op: 'BatchNormalization', inputs: [image(), fixed([4]), fixed([4]), fixed([4]), fixed([4], [1, 2, 0.5, 3])], attributes: { epsilon: float(0.01) } }, // prettier-ignore
  { name: 'of rows', op: 'BatchNormalization', inputs: [fed([2, 3, 5]), fixed([3]), fixed([3]), fixed([3]), fixed([3], [1, 2, 0.5])], opset: 9 }, // prettier-ignore
  { name: 'of features', op: 'BatchNormalization', inputs: [fed([5, 3]), fixed([3]), fixed([3]), fixed([3]), fixed([3], [1, 2, 0.5])] }, // prettier-ignore
];

const normalized: readonly OnnxCase[] = [
  { name: 'of images', op: 'InstanceNormalization', inputs: [image(), fixed([4]), fixed([4])] },
  { name: 'of rows', op: 'InstanceNormalization', inputs: [fed([2, 3, 9]), fixed([3]), fixed([3])], attributes: { epsilon: float(0.1) } }, // prettier-ignore
  { name: 'of the last axis', op: 'LayerNormalization', inputs: [image(), fixed([5]), fixed([5])] },
  { name: 'of three axes', op: 'LayerNormalization', inputs: [image(), fixed([4, 7, 5])], attributes: { axis: 1, epsilon: float(0.01) } }, // prettier-ignore
  { name: 'by channels', op: 'GroupNormalization', inputs: [image(), fixed([4]), fixed([4])], attributes: { num_groups: 2 }, opset: 21 }, // prettier-ignore
  { name: 'of images', op: 'MeanVarianceNormalization', inputs: [image()] },
  { name: 'of five channels', op: 'LRN', inputs: [fed([2, 7, 3, 2])], attributes: { size: 5, alpha: float(0.5), beta: float(0.6), bias: float(2) } }, // prettier-ignore
  { name: 'of three channels', op: 'LRN', inputs: [image()], attributes: { size: 3 } },
  { name: 'by length', op: 'LpNormalization', inputs: [image()], attributes: { axis: 1 } },
  { name: 'by sum', op: 'LpNormalization', inputs: [image()], attributes: { p: 1 } },
];

const shapes: readonly OnnxCase[] = [
  { name: 'of an image', op: 'Shape', inputs: [image()], place: 'host' },
  { name: 'between', op: 'Shape', inputs: [image()], attributes: { start: 1, end: -1 }, place: 'host' },
  { name: 'of an image', op: 'Size', inputs: [image()], place: 'host' },
  { name: 'of a number', op: 'ConstantOfShape', inputs: [whole(2, 3)], attributes: { value: { tensor: { shape: [1], values: [7], type: 'int64' } } }, place: 'constant' }, // prettier-ignore
  { name: 'of nothing', op: 'ConstantOfShape', inputs: [whole(2)], place: 'constant' },
  { name: 'backwards', op: 'Range', inputs: [fixed([], [5], 'int64'), fixed([], [0], 'int64'), fixed([], [-2], 'int64')], place: 'constant' }, // prettier-ignore
];

const bytes = (shape: readonly number[], type: 'uint8' | 'int8'): ReturnType<typeof fixed> => {
  const values = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => ((i * 37) % 256) - (type === 'int8' ? 128 : 0)); // prettier-ignore
  return fixed(shape, values, type);
};
const fedBytes = (shape: readonly number[]): ReturnType<typeof fed> => ({
  fed: { shape, values: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => (i * 91) % 256), type: 'uint8' }, // prettier-ignore
});
const integers: readonly OnnxCase[] = [
  { name: 'with both zero points', op: 'MatMulInteger', inputs: [fedBytes([3, 4]), bytes([4, 5], 'uint8'), fixed([], [100], 'uint8'), fixed([], [7], 'uint8')] }, // prettier-ignore
  { name: 'of images', op: 'ConvInteger', inputs: [fedBytes([1, 2, 5, 5]), bytes([3, 2, 3, 3], 'uint8'), fixed([], [100], 'uint8'), fixed([], [9], 'uint8')], attributes: { pads: [1, 1, 1, 1] } }, // prettier-ignore
  { name: 'of matrices', op: 'QLinearMatMul', inputs: [fedBytes([3, 4]), fixed([], [0.1]), fixed([], [120], 'uint8'), bytes([4, 5], 'uint8'), fixed([], [0.02]), fixed([], [99], 'uint8'), fixed([], [0.5]), fixed([], [128], 'uint8')] }, // prettier-ignore
  { name: 'by channels', op: 'QLinearConv', inputs: [fedBytes([1, 2, 5, 5]), fixed([], [0.1]), fixed([], [120], 'uint8'), bytes([3, 2, 3, 3], 'int8'), fixed([3], [0.02, 0.01, 0.005]), fixed([3], [0, 0, 0], 'int8'), fixed([], [0.5]), fixed([], [128], 'uint8'), fixed([3], [30, -200, 500], 'int32')], attributes: { pads: [1, 1, 1, 1], strides: [2, 2] } }, // prettier-ignore
  { name: 'of an image', op: 'DynamicQuantizeLinear', inputs: [fed([2, 3, 4])], outputs: 3 },
];

const truths = (): ReturnType<typeof fedTruth> => fedTruth([6], [1, 0, 0, 1, 1, 0]);
const table = (): ReturnType<typeof fixed> => fixed([4, 3]);
const choices: readonly OnnxCase[] = [
  ...['Equal', 'Less', 'LessOrEqual', 'Greater', 'GreaterOrEqual'].map((op) => ({ name: 'of rows', op, inputs: [fed([2, 3], [1, 2, 3, 3, 2, 1]), fed([3], [1, 2, 2])] })), // prettier-ignore
  ...['And', 'Or', 'Xor'].map((op) => ({ name: 'of truth values', op, inputs: [truths(), fedTruth([6], [1, 1, 0, 0, 1, 0])] })), // prettier-ignore
  { name: 'with a number', op: 'Greater', inputs: [image(), fixed([], [0])] },
  { name: 'of channels', op: 'Where', inputs: [fedTruth([4, 1, 1], [1, 0, 0, 1]), image(), fixed([], [-3])] },
  { name: 'of tensors', op: 'Where', inputs: [truths(), fed([6]), fed([2, 1])] },
  { name: 'of numbers', op: 'Where', inputs: [truths(), fixed([], [1]), fixed([1], [2])] },
  { name: 'to truth values', op: 'Cast', inputs: [fed([4], [0, -1, 0.5, 2])], attributes: { to: 9 } },
  { name: 'of whole numbers', op: 'Mod', inputs: [fedWhole([4], [-5, 5, 7, -7]), fixed([], [3], 'int64')] },
  { name: 'of truth values', op: 'Not', inputs: [truths()] },
  { name: 'of numbers', op: 'IsNaN', inputs: [fed([3], [1, NaN, -Infinity])] },
  {
    name: 'of rows',
    op: 'GatherElements',
    inputs: [table(), fedWhole([2, 3], [0, -1, 2, 3, 1, 0])],
    place: 'readback',
  },
  { name: 'of channels', op: 'Gather', inputs: [image(), whole(2, 0, -1)], attributes: { axis: 1 } },
  { name: 'of one', op: 'Gather', inputs: [image(), fixed([], [-1], 'int64')], attributes: { axis: 2 } },
  { name: 'of rows that are fed', op: 'Gather', inputs: [table(), fedWhole([2, 2], [0, 3, -1, 1])] },
  { name: 'of slices', op: 'GatherND', inputs: [table(), fedWhole([2, 1], [-1, 2])] },
  { name: 'of the smallest', op: 'TopK', inputs: [image(), whole(2)], attributes: { axis: 1, largest: 0 }, outputs: 2, place: 'readback' }, // prettier-ignore
  { name: 'by attribute', op: 'TopK', inputs: [fed([2, 5])], attributes: { k: 3 }, outputs: 2, opset: 9, place: 'readback' }, // prettier-ignore
  { name: 'of boxes', op: 'NonMaxSuppression', inputs: [fed([1, 4, 4], [0, 0, 1, 1, 0, 0.1, 1, 1.1, 0, 0.2, 1, 1.2, 2, 2, 3, 3]), fed([1, 1, 4], [0.9, 0.75, 0.6, 0.95]), whole(3), fixed([1], [0.5]), fixed([1], [0.1])], place: 'readback' }, // prettier-ignore
  { name: 'of numbers', op: 'NonZero', inputs: [fed([2, 3], [1, 0, 2, 0, 0, -1])], place: 'readback' },
  { name: 'backwards', op: 'CumSum', inputs: [fed([3, 4]), fixed([], [1], 'int64')], attributes: { reverse: 1, exclusive: 1 } }, // prettier-ignore
  {
    name: 'in front',
    op: 'OneHot',
    inputs: [fedWhole([2, 2], [0, 2, -3, 5]), fixed([1], [3]), fixed([2], [0, 1])],
    attributes: { axis: 0 },
  },
  { name: 'of indices', op: 'OneHot', inputs: [fedWhole([4], [0, 2, -1, 9]), fixed([], [3], 'int64'), fixed([2], [-1, 5])] }, // prettier-ignore
  { name: 'added', op: 'ScatterND', inputs: [fed([4]), fedWhole([3, 1], [0, 3, 3]), fed([3])], attributes: { reduction: 'add' }, place: 'readback' }, // prettier-ignore
  { name: 'of rows', op: 'ScatterElements', inputs: [fed([3, 3]), fedWhole([1, 3], [0, 2, -1]), fed([1, 3])], place: 'readback' }, // prettier-ignore
  { name: 'below', op: 'Trilu', inputs: [fed([3, 4])], attributes: { upper: 0 }, place: 'readback' },
  { name: 'of numbers', op: 'Unique', inputs: [fed([6], [2, 1, 1, 3, 2, 2])], outputs: 4, place: 'readback' },
  { name: 'and back', op: 'DequantizeLinear', inputs: [fixed([2, 3], [0, 128, 255, 3, 4, 5], 'uint8'), fixed([2], [0.1, 2]), fixed([2], [128, 3], 'uint8')], attributes: { axis: 0 }, place: 'constant' }, // prettier-ignore
  { name: 'to uint8', op: 'QuantizeLinear', inputs: [image(), fixed([], [0.01]), fixed([], [100], 'uint8')] },
  { name: 'by channels', op: 'QuantizeLinear', inputs: [image(), fixed([4], [0.01, 0.02, 0.1, 1]), fixed([4], [0, 1, -5, 3], 'int8')] }, // prettier-ignore
];

const scales = (...values: number[]): ReturnType<typeof fixed> => fixed([values.length], values);
const resizes: readonly OnnxCase[] = [
  { name: 'of opset 10', op: 'Resize', inputs: [image(), scales(1, 1, 2, 2)], opset: 10 },
  { name: 'linear of opset 10', op: 'Resize', inputs: [image(), scales(1, 1, 2, 3)], attributes: { mode: 'linear' }, opset: 10 }, // prettier-ignore
  { name: 'to sizes', op: 'Resize', inputs: [image(), null, null, whole(2, 4, 14, 10)] },
  { name: 'linear to sizes', op: 'Resize', inputs: [image(), null, null, whole(2, 4, 9, 13)], attributes: { mode: 'linear' } }, // prettier-ignore
  { name: 'linear between the corners', op: 'Resize', inputs: [image(), null, null, whole(2, 4, 9, 13)], attributes: { mode: 'linear', coordinate_transformation_mode: 'align_corners' } }, // prettier-ignore
  { name: 'linear as PyTorch', op: 'Resize', inputs: [image(), fixed([0], []), scales(1, 1, 2, 2)], attributes: { mode: 'linear', coordinate_transformation_mode: 'pytorch_half_pixel' } }, // prettier-ignore
  { name: 'nearest, asymmetric', op: 'Resize', inputs: [image(), null, scales(1, 1, 3, 2)], attributes: { coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' } }, // prettier-ignore
  { name: 'of some axes', op: 'Resize', inputs: [image(), null, scales(2, 2)], attributes: { axes: [2, 3], mode: 'linear' }, opset: 18 }, // prettier-ignore
  ...['round_prefer_ceil', 'ceil', 'floor'].map((mode) => ({ name: `nearest, ${mode}`, op: 'Resize', inputs: [image(), null, null, whole(2, 4, 5, 11)], attributes: { nearest_mode: mode } })), // prettier-ignore
  { name: 'nearest between the corners', op: 'Resize', inputs: [image(), null, null, whole(2, 4, 5, 11)], attributes: { coordinate_transformation_mode: 'align_corners' } }, // prettier-ignore
  { name: 'by broken scales', op: 'Resize', inputs: [image(), null, scales(1, 1, 1.3, 1.7)], attributes: { mode: 'linear' } }, // prettier-ignore
  { name: 'nearest as tf2onnx', op: 'Resize', inputs: [image(), fixed([0], []), fixed([0], []), whole(2, 4, 14, 13)], attributes: { coordinate_transformation_mode: 'tf_half_pixel_for_nn', nearest_mode: 'floor' }, opset: 11 }, // prettier-ignore
  { name: 'cubic', op: 'Resize', inputs: [image(), null, null, whole(2, 4, 9, 13)], attributes: { mode: 'cubic', cubic_coeff_a: float(-0.5) } }, // prettier-ignore
  { name: 'by attribute', op: 'Upsample', inputs: [image()], attributes: { scales: { floats: [1, 1, 2, 2] } }, opset: 7 }, // prettier-ignore
  { name: 'by input', op: 'Upsample', inputs: [image(), scales(1, 1, 2, 3)], opset: 9 },
];

export const opCases: readonly OnnxCase[] = [...conv, ...maps, ...operators, ...reductions, ...layouts, ...norms, ...normalized, ...choices, ...shapes, ...integers, ...resizes]; // prettier-ignore
