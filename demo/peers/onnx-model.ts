/** A layer as an .onnx file: Conv for every stage, Clip for relu6. */
import { create, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType,
  ModelProtoSchema,
  TensorProto_DataType,
  type AttributeProtoSchema,
  type NodeProtoSchema,
  type TensorProtoSchema,
  type ValueInfoProtoSchema,
} from 'onnx-buf';
import { outputAxis, outputShape, type Convolution, type Shape } from '../convolution';
import type { Problem } from '../problem';
import { filterToOihw } from './layouts';

type Node = MessageInitShape<typeof NodeProtoSchema>;
type Attribute = MessageInitShape<typeof AttributeProtoSchema>;
type Initializer = MessageInitShape<typeof TensorProtoSchema>;

/**
 * The file's bytes, from `x` to `y`.
 *
 * @param layout of x and y. ONNX knows only NCHW; for NHWC there is a Transpose at either end, which the runtime cancels
 *   against its own where it computes in NHWC
 */
export function onnxModel({ layer, stages }: Problem, layout: 'NCHW' | 'NHWC'): Uint8Array {
  const nodes: Node[] = [];
  const initializers = [constant('zero', [], [0]), constant('six', [], [6])];
  let value = 'x';
  const add = (opType: string, constants: readonly string[], attribute: readonly Attribute[]): void => {
    const output = `v${nodes.length}`;
    nodes.push({ opType, name: output, input: [value, ...constants], output: [output], attribute: [...attribute] });
    value = output;
  };

  if (layout === 'NHWC') add('Transpose', [], [integers('perm', [0, 3, 1, 2])]);
  for (const [i, { conv, filter, bias, activation }] of stages.entries()) {
    const [height, width, perGroup, outputs] = conv.filter;
    initializers.push(constant(`w${i}`, [outputs, perGroup, height, width], filterToOihw(filter, conv.filter)));
    if (bias !== undefined) initializers.push(constant(`b${i}`, [outputs], bias));
    add('Conv', bias === undefined ? [`w${i}`] : [`w${i}`, `b${i}`], attributesOf(conv));
    if (activation === 'relu6') add('Clip', ['zero', 'six'], []);
  }
  if (layout === 'NHWC') add('Transpose', [], [integers('perm', [0, 2, 3, 1])]);
  nodes[nodes.length - 1].output = ['y'];

  const model = create(ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [{ domain: '', version: 17n }],
    graph: {
      name: 'layer',
      node: nodes,
      initializer: initializers,
      input: [described('x', dimensions(layer.input, layout))],
      output: [described('y', dimensions(outputShape(stages[stages.length - 1].conv), layout))],
    },
  });
  return toBinary(ModelProtoSchema, model);
}

/** An NHWC shape as the layout has it. */
export function dimensions(shape: Shape, layout: 'NCHW' | 'NHWC'): readonly number[] {
  const [n, height, width, channels] = shape;
  return layout === 'NHWC' ? shape : [n, channels, height, width];
}

function attributesOf(conv: Convolution): readonly Attribute[] {
  const { strides, dilations, groups, input } = conv;
  const axes = ([1, 2] as const).map((axis) => {
    const { size, before } = outputAxis(conv, axis);
    const extent = (conv.filter[axis - 1] - 1) * dilations + 1;
    return { before, after: Math.max((size - 1) * strides + extent - input[axis] - before, 0) };
  });
  return [
    integers('kernel_shape', [conv.filter[0], conv.filter[1]]),
    integers('strides', [strides, strides]),
    integers('dilations', [dilations, dilations]),
    integers('pads', [...axes.map(({ before }) => before), ...axes.map(({ after }) => after)]),
    { name: 'group', type: AttributeProto_AttributeType.INT, i: BigInt(groups) },
  ];
}

function integers(name: string, values: readonly number[]): Attribute {
  return { name, type: AttributeProto_AttributeType.INTS, ints: values.map(BigInt) };
}

function constant(name: string, shape: readonly number[], values: Iterable<number>): Initializer {
  const rawData = new Uint8Array(Float32Array.from(values).buffer);
  return { name, dataType: TensorProto_DataType.FLOAT, dims: shape.map(BigInt), rawData };
}

function described(name: string, shape: readonly number[]): MessageInitShape<typeof ValueInfoProtoSchema> {
  const dim = shape.map((n) => ({ value: { case: 'dimValue', value: BigInt(n) } as const }));
  return {
    name,
    type: { value: { case: 'tensorType', value: { elemType: TensorProto_DataType.FLOAT, shape: { dim } } } },
  };
}
