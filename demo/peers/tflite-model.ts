/**
 * A layer as a .tflite file. No npm package has the schema; fields are in the order of `tflite/schema/schema.fbs` in
 * https://github.com/google-ai-edge/LiteRT.
 */
import { outputShape } from '../convolution';
import type { Problem, Stage } from '../problem';
import { FlatTables, type Field } from './flat-tables';
import { filterToOhwi } from './layouts';

/** BuiltinOperator, and the BuiltinOptions that go with it. */
const OPERATORS = [
  { code: 3, options: 1 }, // CONV_2D
  { code: 4, options: 2 }, // DEPTHWISE_CONV_2D
];
const ACTIVATIONS: Readonly<Record<Stage['activation'], number>> = { linear: 0, relu6: 3 };

/** The file's bytes: one operator per stage, fp32, padding 'same', the activation fused. */
export function tfliteModel({ layer, stages }: Problem): Uint8Array {
  const flat = new FlatTables();
  // Buffer 0 is that of every tensor which is no constant.
  const buffers = [flat.table()];
  const tensors: number[] = [];
  /** Adds a tensor; returns its number. */
  const tensor = (shape: readonly number[], values?: Float32Array): number => {
    if (values !== undefined) buffers.push(flat.table(['offset', flat.floatBytes(values)]));
    const dimensions = flat.ints(shape);
    const name = flat.text(`t${tensors.length}`);
    const buffer = values === undefined ? 0 : buffers.length - 1;
    // shape, type (FLOAT32), buffer, name, quantization, is_variable, sparsity, shape_signature, has_rank
    const fields: Field[] = [['offset', dimensions], 'none', ['int32', buffer], ['offset', name]];
    tensors.push(flat.table(...fields, 'none', 'none', 'none', 'none', ['int8', 1]));
    return tensors.length - 1;
  };

  const input = tensor(layer.input);
  let x = input;
  const operators = stages.map((stage) => {
    const { conv, bias = new Float32Array(conv.filter[3]) } = stage;
    const inputs = flat.ints([x, filterTensor(stage, tensor), tensor([bias.length], bias)]);
    x = tensor(outputShape(conv));
    const outputs = flat.ints([x]);
    const options = flat.table(...optionsOf(stage));
    const kind = isDepthwise(stage) ? 1 : 0;
    // opcode_index, inputs, outputs, builtin_options_type, builtin_options
    const fields: Field[] = [
      ['int32', kind],
      ['offset', inputs],
      ['offset', outputs],
    ];
    return flat.table(...fields, ['int8', OPERATORS[kind].options], ['offset', options]);
  });

  // deprecated_builtin_code, custom_code, version, builtin_code
  const codes = OPERATORS.map(({ code }) => flat.table(['int8', code], 'none', ['int32', 2], ['int32', code]));
  const lists = [flat.tables(tensors), flat.ints([input]), flat.ints([x]), flat.tables(operators), flat.text('main')];
  const graph = flat.table(...lists.map((list): Field => ['offset', list]));
  const parts = [flat.tables(codes), flat.tables([graph]), flat.text('one layer'), flat.tables(buffers)];
  return flat.finish(flat.table(['int32', 3], ...parts.map((part): Field => ['offset', part])), 'TFL3');
}

function isDepthwise({ conv: { groups, filter } }: Stage): boolean {
  return groups > 1 && filter[2] === 1;
}

/** [o, h, w, i], or [1, h, w, o] for a depthwise filter. */
function filterTensor(stage: Stage, tensor: (shape: readonly number[], values: Float32Array) => number): number {
  const [height, width, perGroup, outputs] = stage.conv.filter;
  if (isDepthwise(stage)) return tensor([1, height, width, outputs], stage.filter);
  return tensor([outputs, height, width, perGroup], filterToOhwi(stage.filter, stage.conv.filter));
}

/** padding (SAME), stride_w, stride_h, depth_multiplier if depthwise, activation, dilation_w, dilation_h */
function optionsOf(stage: Stage): readonly Field[] {
  const { strides, dilations, groups, filter } = stage.conv;
  return [
    'none',
    ['int32', strides],
    ['int32', strides],
    ...(isDepthwise(stage) ? [['int32', filter[3] / groups] as const] : []),
    ['int8', ACTIVATIONS[stage.activation]],
    ['int32', dilations],
    ['int32', dilations],
  ];
}
