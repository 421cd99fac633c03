/** A network as an .onnx file. Biases and most activations are nodes that the runtime fuses. */
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
import { zerosAround, type Convolution } from '../convolution';
import type { Model, Weights } from '../networks/model';
import { NORM_EPSILON, readBy, type LayerActivation, type NetworkLayer } from '../networks/network';
import { dimensions, filterToOihw } from './layouts';

type Node = MessageInitShape<typeof NodeProtoSchema>;
type Attribute = MessageInitShape<typeof AttributeProtoSchema>;
type Initializer = MessageInitShape<typeof TensorProtoSchema>;

/**
 * The file's bytes, from `x` to `y`.
 *
 * @param layout of x and y. ONNX knows only NCHW; for NHWC there is a Transpose at either end, which the runtime cancels
 *   against its own where it computes in NHWC
 */
export function onnxModel({ network: { layers }, weights }: Model, layout: 'NCHW' | 'NHWC'): Uint8Array {
  const file = new OnnxFile();
  const values = [layout === 'NHWC' ? file.add('Transpose', ['x'], [TO_NCHW]) : 'x'];
  for (let i = 1; i < layers.length; i++) {
    const [x, other] = readBy(layers[i]).map((place) => values[place]);
    values.push(addLayer(file, layers[i], x, other, weights[i]));
  }
  if (layout === 'NHWC') file.add('Transpose', [values[layers.length - 1]], [TO_NHWC]);
  file.nodes[file.nodes.length - 1].output = ['y'];

  const model = create(ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [{ domain: '', version: 17n }],
    graph: {
      name: 'network',
      node: file.nodes,
      initializer: file.initializers,
      input: [described('x', dimensions(layers[0].shape, layout))],
      output: [described('y', dimensions(layers[layers.length - 1].shape, layout))],
    },
  });
  return toBinary(ModelProtoSchema, model);
}

/** Nodes and constants, each under a name of its own. */
class OnnxFile {
  readonly nodes: Node[] = [];
  readonly initializers: Initializer[] = [];

  /** Adds a node; returns its output's name. */
  add(opType: string, input: readonly string[], attribute: readonly Attribute[] = []): string {
    const output = `v${this.nodes.length}`;
    this.nodes.push({ opType, name: output, input: [...input], output: [output], attribute: [...attribute] });
    return output;
  }

  /** Adds a constant; returns its name. */
  constant(shape: readonly number[], values: Iterable<number>): string {
    const name = `c${this.initializers.length}`;
    const rawData = new Uint8Array(Float32Array.from(values).buffer);
    this.initializers.push({ name, dataType: TensorProto_DataType.FLOAT, dims: shape.map(BigInt), rawData });
    return name;
  }
}

function addLayer(file: OnnxFile, layer: NetworkLayer, x: string, other: string | undefined, own?: Weights): string {
  const channels = layer.shape[3];
  switch (layer.kind) {
    case 'input':
      return x;
    case 'conv': {
      const { filter, bias } = own as Weights;
      const [height, width, perGroup, outputs] = layer.conv.filter;
      const constants = [file.constant([outputs, perGroup, height, width], filterToOihw(filter, layer.conv.filter))];
      if (bias !== undefined) constants.push(file.constant([outputs], bias));
      const sums = file.add('Conv', [x, ...constants], [...windowOf(layer.conv), integer('group', layer.conv.groups)]);
      return ACTIVATIONS[layer.activation](file, other === undefined ? sums : file.add('Add', [sums, other]));
    }
    case 'maxPool':
      return file.add('MaxPool', [x], windowOf(layer.window));
    case 'mean':
      return file.add('GlobalAveragePool', [x]);
    case 'scale':
      return file.add('Mul', [x, other as string]);
    case 'layerNorm': {
      const { filter, bias = [] } = own as Weights;
      const constants = [file.constant([channels], filter), file.constant([channels], bias)];
      // It normalizes the last axis.
      const pixels = file.add('Transpose', [x], [TO_NHWC]);
      const attributes = [integer('axis', -1), float('epsilon', NORM_EPSILON)];
      return file.add('Transpose', [file.add('LayerNormalization', [pixels, ...constants], attributes)], [TO_NCHW]);
    }
  }
}

const ACTIVATIONS: Readonly<Record<LayerActivation, (file: OnnxFile, x: string) => string>> = {
  linear: (_, x) => x,
  relu: (file, x) => file.add('Relu', [x]),
  relu6: (file, x) => file.add('Clip', [x, file.constant([], [0]), file.constant([], [6])]),
  hardSwish: (file, x) => file.add('HardSwish', [x]),
  hardSigmoid: (file, x) => file.add('HardSigmoid', [x], [float('alpha', 1 / 6), float('beta', 0.5)]),
  // The nodes that PyTorch exports for this version of the operators; the runtime fuses them into one Gelu.
  gelu(file, x) {
    const erf = file.add('Erf', [file.add('Div', [x, file.constant([], [Math.SQRT2])])]);
    const twice = file.add('Mul', [x, file.add('Add', [erf, file.constant([], [1])])]);
    return file.add('Mul', [twice, file.constant([], [0.5])]);
  },
};

/** The attributes that Conv and MaxPool share. */
function windowOf(conv: Convolution): readonly Attribute[] {
  const { strides, dilations } = conv;
  const [rows, columns] = [zerosAround(conv, 1), zerosAround(conv, 2)];
  return [
    integers('kernel_shape', [conv.filter[0], conv.filter[1]]),
    integers('strides', [strides, strides]),
    integers('dilations', [dilations, dilations]),
    integers('pads', [rows[0], columns[0], rows[1], columns[1]]),
  ];
}

function integers(name: string, values: readonly number[]): Attribute {
  return { name, type: AttributeProto_AttributeType.INTS, ints: values.map(BigInt) };
}

function integer(name: string, value: number): Attribute {
  return { name, type: AttributeProto_AttributeType.INT, i: BigInt(value) };
}

function float(name: string, value: number): Attribute {
  return { name, type: AttributeProto_AttributeType.FLOAT, f: value };
}

const TO_NCHW: Attribute = integers('perm', [0, 3, 1, 2]);
const TO_NHWC: Attribute = integers('perm', [0, 2, 3, 1]);

function described(name: string, shape: readonly number[]): MessageInitShape<typeof ValueInfoProtoSchema> {
  const dim = shape.map((n) => ({ value: { case: 'dimValue', value: BigInt(n) } as const }));
  return {
    name,
    type: { value: { case: 'tensorType', value: { elemType: TensorProto_DataType.FLOAT, shape: { dim } } } },
  };
}
