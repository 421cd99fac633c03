/**
 * How many inputs and outputs the nodes of each op have, as TensorFlow defines them. A file may say otherwise.
 *
 * @module
 * @see https://www.tensorflow.org/api_docs/python/tf/raw_ops
 */
import type { OpDefinition } from '../dialect';
import type { HostDType } from '../host-value';
import type { GraphNode } from '../node';

/** What an op's node must have. */
export type Arity = Pick<OpDefinition, 'inputs' | 'outputs'>;

const MANY = Infinity;

/** By number of inputs. */
const INPUTS: readonly (readonly [least: number, most: number, ops: string])[] = [
  [1, 1, 'Relu Relu6 Elu LeakyRelu Selu Sigmoid Tanh Softplus Softmax LogSoftmax'],
  [1, 1, 'Exp Expm1 Log Log1p Sqrt Rsqrt Reciprocal Square Neg Abs Sign Floor Ceil Round Erf IsNan IsFinite IsInf'],
  [1, 1, 'Sin Cos Tan Asin Acos Atan Sinh Cosh Asinh Acosh Atanh'],
  [
    1,
    1,
    'Identity PlaceholderWithDefault StopGradient Snapshot EnsureShape Cast Squeeze Shape Size Rank ZerosLike OnesLike Unpack LogicalNot',
  ],
  [1, 1, 'MaxPool AvgPool DepthToSpace SpaceToDepth LRN Where Unique'],
  [2, 2, 'Conv2D DepthwiseConv2dNative MatMul BatchMatMul BatchMatMulV2 Einsum BiasAdd Prelu'],
  [2, 2, 'Add AddV2 Sub Mul RealDiv Div DivNoNan FloorDiv FloorMod Mod Minimum Maximum SquaredDifference Pow Atan2'],
  [2, 2, 'Equal NotEqual Less LessEqual Greater GreaterEqual LogicalAnd LogicalOr'],
  [2, 2, 'Mean Sum Max Min Prod All Any EuclideanNorm ArgMax ArgMin Cumsum TopKV2 UniqueV2'],
  [2, 2, 'Reshape ExpandDims Transpose Pad MirrorPad Split GatherNd Gather'],
  [2, 2, 'ResizeBilinear ResizeNearestNeighbor Fill Tile BroadcastTo BroadcastArgs ReverseV2'],
  [3, 3, 'Conv2DBackpropInput PadV2 SplitV Slice GatherV2 Range LinSpace Select SelectV2 ClipByValue'],
  [3, 3, 'SpaceToBatchND BatchToSpaceND ScatterNd TensorScatterUpdate FakeQuantWithMinMaxVars'],
  [4, 4, 'StridedSlice OneHot SparseToDense CropAndResize NonMaxSuppressionV2'],
  [5, 5, 'FusedBatchNorm FusedBatchNormV2 FusedBatchNormV3 NonMaxSuppressionV3 NonMaxSuppressionV4'],
  [6, 6, 'NonMaxSuppressionV5'],
  [2, 5, '_FusedConv2D FusedDepthwiseConv2dNative _FusedMatMul'],
  [1, MANY, 'AddN Pack IdentityN'],
  [2, MANY, 'ConcatV2'],
];

/** Ops with several outputs. For a batch norm only the first is computed. */
const OUTPUTS: ReadonlyMap<string, Arity['outputs']> = new Map<string, Arity['outputs']>([
  ['Split', ({ attributes }) => attributes.integer('num_split', 1)],
  ['SplitV', ({ attributes }) => attributes.integer('num_split', 1)],
  ['Unpack', ({ attributes }) => attributes.integer('num', 1)],
  ['IdentityN', ({ inputs }) => inputs.length],
  ['TopKV2', () => 2],
  ['Unique', () => 2],
  ['UniqueV2', () => 2],
  ['NonMaxSuppressionV4', () => 2],
  ['NonMaxSuppressionV5', () => 3],
]);

/** By op. */
export const ARITIES: ReadonlyMap<string, Arity> = new Map(
  INPUTS.flatMap(([least, most, ops]) =>
    ops.split(' ').map((op): [string, Arity] => [op, { inputs: [least, most], outputs: OUTPUTS.get(op) }]),
  ),
);

/** Ops with output types that no attribute gives, by output. */
const DTYPES: ReadonlyMap<string, readonly HostDType[]> = new Map(
  (
    [
      [['bool'], 'Equal NotEqual Less LessEqual Greater GreaterEqual LogicalAnd LogicalOr LogicalNot All Any'],
      [['bool'], 'IsNan IsFinite IsInf'],
      [['int32'], 'ArgMax ArgMin Shape Size Rank Where BroadcastArgs'],
      [['int32'], 'NonMaxSuppressionV2 NonMaxSuppressionV3 NonMaxSuppressionV4'],
      [['int32', 'float32', 'int32'], 'NonMaxSuppressionV5'],
      [['float32'], 'CropAndResize'],
    ] as const
  ).flatMap(([dtypes, ops]) => ops.split(' ').map((op): [string, readonly HostDType[]] => [op, dtypes])),
);

/** The attribute that says what an op's output stands for, where it is not T. */
const ATTRIBUTES: ReadonlyMap<string, string> = new Map([
  ['Cast', 'DstT'],
  ['PlaceholderWithDefault', 'dtype'],
  ['Gather', 'Tparams'],
  ['GatherV2', 'Tparams'],
  ['GatherNd', 'Tparams'],
]);

/** Ops whose second output counts, or says where. */
const PLACES: ReadonlySet<string> = new Set(['TopKV2', 'Unique', 'UniqueV2']);

/** What the elements of a node's output stand for; on the GPU all of them are floating-point numbers. */
export function resultDType({ op, attributes }: GraphNode, output: number): HostDType {
  if (PLACES.has(op) && output === 1) return 'int32';
  const dtypes = DTYPES.get(op);
  if (dtypes !== undefined) return dtypes[output] ?? dtypes[0];
  return attributes.dtype(ATTRIBUTES.get(op) ?? 'T') ?? 'float32';
}
