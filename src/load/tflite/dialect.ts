/**
 * The ops of TensorFlow Lite. Most are TensorFlow's by another name, with the attributes that those have; what differs has a
 * file of its own.
 *
 * A tensor of whole numbers with scales is computed as the real numbers that they stand for.
 *
 * @module
 * @see https://ai.google.dev/edge/litert/conversion/tensorflow/ops_compatibility
 */
import { check } from '../../conv/check';
import type { Dialect, GpuOp, OpDefinition } from '../dialect';
import { TFJS } from '../tfjs/dialect';
import { CONV_OPS } from './convolutions';
import { OTHER_OPS } from './ops';

/** By TensorFlow's name. */
const SAME =
  `ABS:Abs ARG_MAX:ArgMax ARG_MIN:ArgMin ATAN2:Atan2 BATCH_MATMUL:BatchMatMulV2 BATCH_TO_SPACE_ND:BatchToSpaceND
BROADCAST_TO:BroadcastTo CEIL:Ceil COS:Cos CUMSUM:Cumsum DEPTH_TO_SPACE:DepthToSpace ELU:Elu EQUAL:Equal EXP:Exp EXPAND_DIMS:ExpandDims
FILL:Fill FLOOR:Floor FLOOR_DIV:FloorDiv FLOOR_MOD:FloorMod GATHER_ND:GatherNd GREATER:Greater GREATER_EQUAL:GreaterEqual
LEAKY_RELU:LeakyRelu LESS:Less LESS_EQUAL:LessEqual LOG:Log LOGICAL_AND:LogicalAnd LOGICAL_NOT:LogicalNot LOGICAL_OR:LogicalOr
LOGISTIC:Sigmoid LOG_SOFTMAX:LogSoftmax MAXIMUM:Maximum MEAN:Mean MINIMUM:Minimum MIRROR_PAD:MirrorPad NEG:Neg
NOT_EQUAL:NotEqual ONE_HOT:OneHot PACK:Pack PAD:Pad PADV2:PadV2 POW:Pow RANGE:Range RANK:Rank REDUCE_ALL:All REDUCE_ANY:Any REDUCE_MAX:Max
REDUCE_MIN:Min REDUCE_PROD:Prod RELU:Relu RELU6:Relu6 RESIZE_BILINEAR:ResizeBilinear
RESIZE_NEAREST_NEIGHBOR:ResizeNearestNeighbor REVERSE_V2:ReverseV2 ROUND:Round RSQRT:Rsqrt SCATTER_ND:ScatterNd SELECT:Select SELECT_V2:SelectV2
SHAPE:Shape SIGN:Sign SIN:Sin SLICE:Slice SPACE_TO_BATCH_ND:SpaceToBatchND SPARSE_TO_DENSE:SparseToDense SQRT:Sqrt
SQUARE:Square SQUARED_DIFFERENCE:SquaredDifference SQUEEZE:Squeeze STRIDED_SLICE:StridedSlice SUM:Sum TANH:Tanh TILE:Tile
TOPK_V2:TopKV2 TRANSPOSE:Transpose UNPACK:Unpack WHERE:Where ZEROS_LIKE:ZerosLike ADD_N:AddN`.split(/\s/);

function known(line: string): readonly (readonly [string, OpDefinition])[] {
  const [op, name] = line.split(':');
  const definition = TFJS.ops.get(name);
  if (definition?.gpu === undefined && definition?.host === undefined) return [];
  return [[op, op === 'STRIDED_SLICE' ? withoutOffset(definition) : definition]];
}

/** Ops that TensorFlow does not have. */
function withoutOffset({ gpu, host, ...definition }: OpDefinition): OpDefinition {
  const refuses: GpuOp['refuses'] = ({ attributes }) =>
    attributes.flag('offset', false)
      ? 'its end is an offset from its begin (offset is true), which is not supported'
      : undefined;
  return {
    ...definition,
    gpu: gpu && { ...gpu, refuses },
    host(inputs, node) {
      check(
        refuses(node, []) === undefined,
        () => `its end is an offset from its begin (offset is true), which is not supported`,
      );
      return host!(inputs, node);
    },
  };
}

/** TensorFlow Lite. */
export const TFLITE: Dialect = {
  name: 'TFLite',
  ops: new Map(
    [...Object.entries(OTHER_OPS), ...Object.entries(CONV_OPS), ...SAME.flatMap(known)].map(
      ([op, definition]): [string, OpDefinition] => [
        op,
        {
          ...definition,
          dtype: (node, [first = 'float32'], output) => node.attributes.dtype(`output${output}`) ?? first,
        },
      ],
    ),
  ),
};
