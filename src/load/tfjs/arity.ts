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
  [1, 1, 'Relu Relu6 Elu LeakyRelu Sigmoid Tanh Softplus Softmax Exp Sqrt Rsqrt Reciprocal Square Neg Abs Log Sin Cos'],
  [
    1,
    1,
    'Sign Floor Ceil Round Identity StopGradient Cast Squeeze Shape Size Rank ZerosLike OnesLike Unpack LogicalNot',
  ],
  [1, 1, 'MaxPool AvgPool DepthToSpace'],
  [2, 2, 'Conv2D DepthwiseConv2dNative MatMul BatchMatMul BatchMatMulV2 BiasAdd Prelu'],
  [2, 2, 'Add AddV2 Sub Mul RealDiv Div DivNoNan FloorDiv FloorMod Mod Minimum Maximum SquaredDifference Pow'],
  [2, 2, 'Equal NotEqual Less LessEqual Greater GreaterEqual LogicalAnd LogicalOr'],
  [
    2,
    2,
    'Mean Sum Max Min Prod All Any ArgMax ArgMin TopKV2 Reshape ExpandDims Transpose Pad MirrorPad Split GatherNd',
  ],
  [2, 2, 'ResizeBilinear ResizeNearestNeighbor Fill Tile BroadcastTo ReverseV2'],
  [3, 3, 'Conv2DBackpropInput PadV2 SplitV Slice GatherV2 Range Select SelectV2 ClipByValue'],
  [4, 4, 'StridedSlice'],
  [5, 5, 'FusedBatchNorm FusedBatchNormV2 FusedBatchNormV3'],
  [2, 5, '_FusedConv2D FusedDepthwiseConv2dNative _FusedMatMul'],
  [1, MANY, 'AddN Pack'],
  [2, MANY, 'ConcatV2'],
];

/** Ops with several outputs. Of a batch norm only the first is computed. */
const OUTPUTS: ReadonlyMap<string, Arity['outputs']> = new Map<string, Arity['outputs']>([
  ['Split', ({ attributes }) => attributes.integer('num_split', 1)],
  ['SplitV', ({ attributes }) => attributes.integer('num_split', 1)],
  ['Unpack', ({ attributes }) => attributes.integer('num', 1)],
  ['TopKV2', () => 2],
]);

/** By op. */
export const ARITIES: ReadonlyMap<string, Arity> = new Map(
  INPUTS.flatMap(([least, most, ops]) =>
    ops.split(' ').map((op): [string, Arity] => [op, { inputs: [least, most], outputs: OUTPUTS.get(op) }]),
  ),
);

const COMPARISONS = 'Equal NotEqual Less LessEqual Greater GreaterEqual LogicalAnd LogicalOr LogicalNot All Any'.split(
  ' ',
);
const COUNTS = 'ArgMax ArgMin Shape Size Rank'.split(' ');

/** What the elements of a node's output stand for; on the GPU all of them are floating-point numbers. */
export function resultDType({ op, attributes }: GraphNode, output: number): HostDType {
  if (COUNTS.includes(op) || (op === 'TopKV2' && output === 1)) return 'int32';
  if (COMPARISONS.includes(op)) return 'bool';
  const name = op === 'Cast' ? 'DstT' : op === 'GatherV2' || op === 'GatherNd' ? 'Tparams' : 'T';
  return attributes.dtype(name) ?? 'float32';
}
