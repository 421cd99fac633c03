/**
 * The tables of a .tflite file, as lists of their fields in the order of the published schema. Two fields of a union are its
 * type and its value.
 *
 * @module
 * @see https://github.com/google-ai-edge/LiteRT/blob/main/tflite/converter/schema/schema.fbs
 */
import type { HostDType } from '../host-value';

export const MODEL = ['version', 'operator_codes', 'subgraphs', 'description', 'buffers', 'metadata_buffer', 'metadata', 'signature_defs'] as const; // prettier-ignore
export const OPERATOR_CODE = ['deprecated_builtin_code', 'custom_code', 'version', 'builtin_code'] as const;
export const SUBGRAPH = ['tensors', 'inputs', 'outputs', 'operators', 'name'] as const;
export const TENSOR = ['shape', 'type', 'buffer', 'name', 'quantization', 'is_variable', 'sparsity', 'shape_signature'] as const; // prettier-ignore
export const QUANTIZATION = ['min', 'max', 'scale', 'zero_point', 'details_type', 'details', 'quantized_dimension'] as const; // prettier-ignore
export const SPARSITY = ['traversal_order', 'block_map', 'dim_metadata'] as const;
export const DIMENSION = ['format', 'dense_size', 'array_segments_type', 'array_segments', 'array_indices_type', 'array_indices'] as const; // prettier-ignore
export const INDEX_VECTOR = ['values'] as const;
export const BUFFER = ['data', 'offset', 'size'] as const;
export const OPERATOR = ['opcode_index', 'inputs', 'outputs', 'builtin_options_type', 'builtin_options', 'custom_options'] as const; // prettier-ignore
export const SIGNATURE = ['inputs', 'outputs', 'signature_key', 'deprecated_tag', 'subgraph_index'] as const;
export const TENSOR_MAP = ['name', 'tensor_index'] as const;

/** The numbers of a list of places, by the number of its kind. */
export const INDEX_VECTORS = [undefined, 'int32', 'uint16', 'uint8'] as const;

/** Types of elements by number. */
export interface TensorType {
  readonly name: string;
  /** Of an element; 4-bit numbers are two to a byte. */
  readonly bits: number;
  /** Undefined if it cannot be computed with. */
  readonly dtype?: HostDType;
}

const type = (name: string, bits: number, dtype?: HostDType): TensorType => ({ name, bits, dtype });

export const TENSOR_TYPES: readonly TensorType[] = [
  type('FLOAT32', 32, 'float32'),
  type('FLOAT16', 16, 'float32'),
  type('INT32', 32, 'int32'),
  type('UINT8', 8, 'int32'),
  type('INT64', 64, 'int32'),
  type('STRING', 0),
  type('BOOL', 8, 'bool'),
  type('INT16', 16, 'int32'),
  type('COMPLEX64', 64),
  type('INT8', 8, 'int32'),
  type('FLOAT64', 64, 'float32'),
  type('COMPLEX128', 128),
  type('UINT64', 64, 'int32'),
  type('RESOURCE', 0),
  type('VARIANT', 0),
  type('UINT32', 32, 'int32'),
  type('UINT16', 16, 'int32'),
  type('INT4', 4, 'int32'),
];

/** What a byte of options says, by the name of its field. */
export const WORDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['padding', ['SAME', 'VALID']],
  ['fused_activation_function', ['NONE', 'RELU', 'RELU_N1_TO_1', 'RELU6', 'TANH', 'SIGN_BIT']],
  ['weights_format', ['DEFAULT', 'SHUFFLED4x16INT8']],
  ['mode', ['REFLECT', 'SYMMETRIC']],
]);

/** Defaults of options that a file leaves out, if not 0. */
export const DEFAULTS: ReadonlyMap<string, number> = new Map([
  ['dilation_w_factor', 1],
  ['dilation_h_factor', 1],
]);

/** Ops by code. */
export const OPS: readonly string[] =
  `ADD AVERAGE_POOL_2D CONCATENATION CONV_2D DEPTHWISE_CONV_2D DEPTH_TO_SPACE DEQUANTIZE EMBEDDING_LOOKUP FLOOR
FULLY_CONNECTED HASHTABLE_LOOKUP L2_NORMALIZATION L2_POOL_2D LOCAL_RESPONSE_NORMALIZATION LOGISTIC LSH_PROJECTION LSTM MAX_POOL_2D MUL RELU
RELU_N1_TO_1 RELU6 RESHAPE RESIZE_BILINEAR RNN SOFTMAX SPACE_TO_DEPTH SVDF TANH CONCAT_EMBEDDINGS SKIP_GRAM CALL CUSTOM EMBEDDING_LOOKUP_SPARSE PAD
UNIDIRECTIONAL_SEQUENCE_RNN GATHER BATCH_TO_SPACE_ND SPACE_TO_BATCH_ND TRANSPOSE MEAN SUB DIV SQUEEZE UNIDIRECTIONAL_SEQUENCE_LSTM STRIDED_SLICE
BIDIRECTIONAL_SEQUENCE_RNN EXP TOPK_V2 SPLIT LOG_SOFTMAX DELEGATE BIDIRECTIONAL_SEQUENCE_LSTM CAST PRELU MAXIMUM ARG_MAX MINIMUM LESS NEG PADV2 GREATER
GREATER_EQUAL LESS_EQUAL SELECT SLICE SIN TRANSPOSE_CONV SPARSE_TO_DENSE TILE EXPAND_DIMS EQUAL NOT_EQUAL LOG SUM SQRT RSQRT SHAPE POW ARG_MIN FAKE_QUANT
REDUCE_PROD REDUCE_MAX PACK LOGICAL_OR ONE_HOT LOGICAL_AND LOGICAL_NOT UNPACK REDUCE_MIN FLOOR_DIV REDUCE_ANY SQUARE ZEROS_LIKE FILL FLOOR_MOD RANGE
RESIZE_NEAREST_NEIGHBOR LEAKY_RELU SQUARED_DIFFERENCE MIRROR_PAD ABS SPLIT_V UNIQUE CEIL REVERSE_V2 ADD_N GATHER_ND COS WHERE RANK ELU REVERSE_SEQUENCE
MATRIX_DIAG QUANTIZE MATRIX_SET_DIAG ROUND HARD_SWISH IF WHILE NON_MAX_SUPPRESSION_V4 NON_MAX_SUPPRESSION_V5 SCATTER_ND SELECT_V2 DENSIFY SEGMENT_SUM
BATCH_MATMUL PLACEHOLDER_FOR_GREATER_OP_CODES CUMSUM CALL_ONCE BROADCAST_TO RFFT2D CONV_3D IMAG REAL COMPLEX_ABS HASHTABLE HASHTABLE_FIND HASHTABLE_IMPORT
HASHTABLE_SIZE REDUCE_ALL CONV_3D_TRANSPOSE VAR_HANDLE READ_VARIABLE ASSIGN_VARIABLE BROADCAST_ARGS RANDOM_STANDARD_NORMAL BUCKETIZE RANDOM_UNIFORM
MULTINOMIAL GELU DYNAMIC_UPDATE_SLICE RELU_0_TO_1 UNSORTED_SEGMENT_PROD UNSORTED_SEGMENT_MAX UNSORTED_SEGMENT_SUM ATAN2 UNSORTED_SEGMENT_MIN SIGN BITCAST
BITWISE_XOR RIGHT_SHIFT`.split(/\s/);

/** The code of an op that a file names itself. */
export const CUSTOM = 32;

/** What an op's options are: their number in the union, and their fields. */
export interface Options {
  readonly type: number;
  readonly fields: readonly string[];
}

/** By op; those that have none, or whose options nothing here reads, have no line. */
export const OPTIONS: ReadonlyMap<string, Options> = new Map(
  (
    [
      [1, 'CONV_2D', 'padding stride_w stride_h fused_activation_function dilation_w_factor dilation_h_factor'],
      [2, 'DEPTHWISE_CONV_2D', 'padding stride_w stride_h depth_multiplier fused_activation_function dilation_w_factor dilation_h_factor'], // prettier-ignore
      [5, 'AVERAGE_POOL_2D MAX_POOL_2D L2_POOL_2D', 'padding stride_w stride_h filter_width filter_height fused_activation_function'], // prettier-ignore
      [8, 'FULLY_CONNECTED', 'fused_activation_function weights_format keep_num_dims'],
      [9, 'SOFTMAX', 'beta'],
      [10, 'CONCATENATION', 'axis fused_activation_function'],
      [11, 'ADD', 'fused_activation_function'],
      [12, 'L2_NORMALIZATION', 'fused_activation_function'],
      [13, 'LOCAL_RESPONSE_NORMALIZATION', 'radius bias alpha beta'],
      [15, 'RESIZE_BILINEAR', 'new_height new_width align_corners half_pixel_centers'],
      [17, 'RESHAPE', 'new_shape'],
      [19, 'SPACE_TO_DEPTH', 'block_size'],
      [21, 'MUL', 'fused_activation_function'],
      [23, 'GATHER', 'axis batch_dims'],
      [27, 'MEAN SUM REDUCE_PROD REDUCE_MAX REDUCE_MIN REDUCE_ANY REDUCE_ALL', 'keep_dims'],
      [28, 'SUB', 'fused_activation_function'],
      [29, 'DIV', 'fused_activation_function'],
      [30, 'SQUEEZE', 'squeeze_dims'],
      [32, 'STRIDED_SLICE', 'begin_mask end_mask ellipsis_mask new_axis_mask shrink_axis_mask offset'],
      [35, 'SPLIT', 'num_splits'],
      [37, 'CAST', 'in_data_type out_data_type'],
      [40, 'ARG_MAX', 'output_type'],
      [49, 'TRANSPOSE_CONV', 'padding stride_w stride_h fused_activation_function'],
      [55, 'SHAPE', 'out_type'],
      [57, 'ARG_MIN', 'output_type'],
      [59, 'PACK', 'values_count axis'],
      [61, 'ONE_HOT', 'axis'],
      [64, 'UNPACK', 'num axis'],
      [74, 'RESIZE_NEAREST_NEIGHBOR', 'align_corners half_pixel_centers'],
      [75, 'LEAKY_RELU', 'alpha'],
      [77, 'MIRROR_PAD', 'mode'],
      [79, 'SPLIT_V', 'num_splits'],
      [94, 'DEPTH_TO_SPACE', 'block_size'],
      [101, 'BATCH_MATMUL', 'adj_x adj_y'],
      [102, 'CUMSUM', 'exclusive reverse'],
      [116, 'GELU', 'approximate'],
    ] as const
  ).flatMap(([number, ops, fields]) =>
    ops.split(' ').map((op) => [op, { type: number, fields: fields.split(' ') }] as const),
  ),
);
