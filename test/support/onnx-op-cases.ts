/** One file per operator and form. Sizes are odd and small, lopsided where they can be. */
import { above, fed, fixed, float, whole, type OnnxCase } from './onnx-cases';

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
  { name: 'of a column', op: 'MatMul', inputs: [fed([2, 3, 4]), fed([4])] },
];

const maps: readonly OnnxCase[] = [
  ...['Relu', 'Sigmoid', 'Softplus', 'Softsign', 'HardSwish', 'Tanh', 'Abs', 'Neg', 'Exp', 'Floor', 'Ceil', 'Round', 'Sign', 'Reciprocal', 'Identity', 'Elu', 'Selu', 'Celu', 'LeakyRelu', 'HardSigmoid'].map((op) => ({ name: 'alone', op, inputs: [fed([2, 3, 5])] })), // prettier-ignore
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
  { name: 'along the last', op: 'ArgMax', inputs: [image()], attributes: { axis: -1, keepdims: 0 } },
  { name: 'along the last axis', op: 'Softmax', inputs: [image()] },
  { name: 'along channels', op: 'Softmax', inputs: [image()], attributes: { axis: 1 } },
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
  { name: 'by attribute', op: 'Upsample', inputs: [image()], attributes: { scales: { floats: [1, 1, 2, 2] } }, opset: 7 }, // prettier-ignore
  { name: 'by input', op: 'Upsample', inputs: [image(), scales(1, 1, 2, 3)], opset: 9 },
];

export const opCases: readonly OnnxCase[] = [...conv, ...maps, ...operators, ...reductions, ...layouts, ...norms, ...resizes]; // prettier-ignore
