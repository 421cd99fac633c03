/**
 * Graph models with the channels second: each node gives the same as TensorFlow.js with the channels last, and images are
 * rearranged once, where they come in.
 */
import { expect, test } from 'vitest';
import { loadGraphModel } from '../../src/load/tfjs/load-graph-model';
import { expectClose } from '../support/close';
import { useGpu } from '../support/gpu';
import { flag, float, floats, integer, integers, ints, placeholder, text, texts, tinyModel, type TinyFiles, type TinyNode, type TinyWeight } from '../support/graph-model'; // prettier-ignore
import { randomValues } from '../support/random';
import { runTensorFlow } from '../support/tensorflow';

const gpu = useGpu();
const X = [2, 5, 6, 4] as const;
type Format = 'NHWC' | 'NCHW';

/** An attribute with numbers for height and width. */
const spatial = (format: Format, height: number, width: number): object =>
  format === 'NCHW' ? integers(1, 1, height, width) : integers(1, height, width, 1);
const random = (name: string, ...shape: number[]): TinyWeight => floats(name, shape, randomValues(shape.reduce((a, b) => a * b, 1), name.length + shape.length).map((v) => v + (name === 'variance' ? 1.5 : 0))); // prettier-ignore
/** The sizes of an image, given with the channels last, in the order of the format. */
const sizes = (format: Format, [n, h, w, c]: readonly number[]): number[] => (format === 'NCHW' ? [n, c, h, w] : [n, h, w, c]); // prettier-ignore
const strided = (format: Format, by: number): object => ({
  strides: spatial(format, by, by),
  dilations: spatial(format, 1, 1),
  padding: text('SAME'),
});

interface Case {
  readonly op: string;
  readonly weights?: (format: Format) => readonly TinyWeight[];
  readonly attr?: (format: Format) => object;
  /** Whether the image is the last input. */
  readonly last?: boolean;
}

const cases: readonly Case[] = [
  { op: 'Conv2D', weights: () => [random('filter', 3, 3, 4, 5)], attr: (format) => strided(format, 2) },
  {
    op: 'Conv2D',
    weights: () => [random('filter', 3, 3, 4, 5)],
    attr: (format) => ({
      ...strided(format, 1),
      padding: text('EXPLICIT'),
      explicit_paddings: integers(...(format === 'NCHW' ? [0, 0, 0, 0, 1, 2, 0, 1] : [0, 0, 1, 2, 0, 1, 0, 0])),
    }),
  },
  {
    op: '_FusedConv2D',
    weights: () => [random('filter', 1, 1, 4, 8), random('bias', 8)],
    attr: (format) => ({ ...strided(format, 1), fused_ops: texts('BiasAdd', 'Relu'), num_args: integer(1) }),
  },
  { op: 'DepthwiseConv2dNative', weights: () => [random('filter', 3, 3, 4, 2)], attr: (format) => strided(format, 1) },
  {
    op: 'Conv2DBackpropInput',
    weights: (format) => [ints('sizes', sizes(format, [2, 10, 12, 3])), random('filter', 3, 3, 3, 4)],
    attr: (format) => strided(format, 2),
    last: true,
  },
  { op: 'MaxPool', attr: (format) => ({ ...strided(format, 2), ksize: spatial(format, 3, 2) }) },
  { op: 'AvgPool', attr: (format) => ({ ...strided(format, 1), ksize: spatial(format, 2, 3) }) },
  { op: 'BiasAdd', weights: () => [random('bias', 4)] },
  {
    op: 'FusedBatchNormV3',
    weights: () => ['scale', 'offset', 'mean', 'variance'].map((name) => random(name, 4)),
    attr: () => ({ epsilon: float(1e-3), is_training: flag(false) }),
  },
  { op: 'DepthToSpace', attr: () => ({ block_size: integer(2) }) },
];

function filesOf({ op, weights = () => [], attr = () => ({}), last = false }: Case, format: Format): TinyFiles {
  const given = weights(format);
  const names = given.map(({ name }) => name);
  const node = { name: 'y', op, input: last ? [...names, 'x'] : ['x', ...names], attr: { ...attr(format), data_format: text(format) } }; // prettier-ignore
  return tinyModel([placeholder('x', sizes(format, X)), node], given);
}

/** The same array with its axes in another order. */
function moved(values: ArrayLike<number>, shape: readonly number[], order: readonly number[]): Float32Array {
  const to = order.map((axis) => shape[axis]);
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  return Float32Array.from({ length: values.length }, (_, i) => {
    let [rest, at] = [i, 0];
    for (let axis = to.length - 1; axis >= 0; axis--) {
      at += (rest % to[axis]) * strides[order[axis]];
      rest = Math.floor(rest / to[axis]);
    }
    return values[at];
  });
}

test.for(cases.map((given) => [given.op, given] as const))('%s', async ([, given]) => {
  const x = randomValues(X.reduce((a, b) => a * b, 1), 3); // prettier-ignore
  const [expected] = await runTensorFlow(filesOf(given, 'NHWC'), { x: { shape: X, values: x } }, ['y']);
  using model = await loadGraphModel(gpu(), filesOf(given, 'NCHW'));
  using y = (await model.run({ x: moved(x, X, [0, 3, 1, 2]) })).y;
  expect(y.shape).toEqual(sizes('NCHW', expected.shape));
  const values = moved(expected.values, expected.shape, [0, 3, 1, 2]);
  expectClose(await y.read(), values, y.shape, 4e-6 * Math.max(1, ...Array.from(values, Math.abs)));
});

test('SpaceToDepth undoes DepthToSpace, in both formats', async () => {
  for (const format of ['NHWC', 'NCHW'] as const) {
    const attr = { block_size: integer(2), data_format: text(format) };
    const nodes: TinyNode[] = [
      placeholder('x', sizes(format, [1, 2, 3, 8])),
      { name: 'wide', op: 'DepthToSpace', input: ['x'], attr },
      { name: 'y', op: 'SpaceToDepth', input: ['wide'], attr },
    ];
    const x = randomValues(48, 1);
    using model = await loadGraphModel(gpu(), tinyModel(nodes), { outputs: ['wide', 'y'] });
    const { wide, y } = await model.run({ x });
    using between = wide;
    using back = y;
    expect(between.shape).toEqual(sizes(format, [1, 4, 6, 2]));
    expect(await back.read()).toEqual(x);
  }
});

test('a channels-first network transposes its input, and nothing else', async () => {
  const attr = { ...strided('NCHW', 1), data_format: text('NCHW') };
  const fixed = { is_training: flag(false), epsilon: float(1e-3), data_format: text('NCHW') };
  const nodes: TinyNode[] = [
    placeholder('x', [1, 3, 8, 8]),
    { name: 'conv', op: 'Conv2D', input: ['x', 'filter'], attr },
    { name: 'norm', op: 'FusedBatchNormV3', input: ['conv', 'scale', 'offset', 'mean', 'variance'], attr: fixed },
    { name: 'relu', op: 'Relu', input: ['norm'] },
    { name: 'depthwise', op: 'DepthwiseConv2dNative', input: ['relu', 'deep'], attr },
    { name: 'sum', op: 'AddV2', input: ['depthwise', 'relu'] },
    { name: 'pool', op: 'MaxPool', input: ['sum'], attr: { ...attr, ksize: integers(1, 1, 2, 2), strides: integers(1, 1, 2, 2) } }, // prettier-ignore
    { name: 'y', op: 'Mean', input: ['pool', 'axes'] },
  ];
  const weights = [
    random('filter', 3, 3, 3, 8),
    ...['scale', 'offset', 'mean', 'variance'].map((name) => random(name, 8)),
    random('deep', 3, 3, 8, 1),
    ints('axes', [2, 3]),
  ];
  using model = await loadGraphModel(gpu(), tinyModel(nodes, weights));
  const kernels = (await model.compile()).explain().map(({ kernel }) => kernel);
  expect(kernels.filter((kernel) => kernel.startsWith('copy/'))).toHaveLength(1);
  expect(kernels).toHaveLength(5);
});
