/** A network as the graph model that TensorFlow.js's converter would make of it: fused convolutions, with its numbers. */
import type { io } from '@tensorflow/tfjs-core';
import { integer, integers, placeholder, text, texts, type, type TinyNode } from '../../test/support/graph-model';
import type { Model } from '../networks/model';
import { isDepthwise, isGrouped, readBy, type ConvLayer } from '../networks/network';

/** A graph model in memory, its inputs, and the outputs to read. */
export interface GraphFile {
  readonly artifacts: io.ModelArtifacts;
  readonly input: string;
  readonly outputs: readonly string[];
}

const FUSED = { linear: [], relu: ['Relu'], relu6: ['Relu6'] } as const;

/** @throws if no TensorFlow.js node computes one of the layers */
export function graphFileOf({ network: { name, layers }, weights }: Model): GraphFile {
  const nodes: TinyNode[] = [];
  const specs: io.WeightsManifestEntry[] = [];
  const values: (Float32Array | Int32Array)[] = [];
  const constant = (node: string, shape: readonly number[], numbers: Float32Array | Int32Array): string => {
    const dtype = numbers instanceof Float32Array ? 'float32' : 'int32';
    nodes.push({ name: node, op: 'Const', attr: { dtype: type(dtype === 'float32' ? 'DT_FLOAT' : 'DT_INT32') } });
    specs.push({ name: node, shape: [...shape], dtype });
    values.push(numbers);
    return node;
  };
  const unread = new Set(layers.keys());
  for (const [i, layer] of layers.entries()) {
    for (const place of readBy(layer)) unread.delete(place);
    const own = nameOf(i);
    if (layer.kind === 'input') {
      nodes.push(placeholder(own, layer.shape));
    } else if (layer.kind === 'mean') {
      const axes = constant(`${own}/axes`, [2], Int32Array.of(1, 2));
      nodes.push({ name: own, op: 'Mean', input: [nameOf(layer.x), axes], attr: { keep_dims: { b: true } } });
    } else if (layer.kind === 'conv' && !isGrouped(layer.conv) && layer.activation in FUSED) {
      const { filter, bias = new Float32Array(layer.shape[3]) } = weights[i]!;
      const [height, width, , channels] = layer.conv.filter;
      const isDw = isDepthwise(layer.conv);
      const shape = isDw ? [height, width, layer.conv.groups, channels / layer.conv.groups] : layer.conv.filter;
      const input = [
        nameOf(layer.x),
        constant(`${own}/filter`, shape, filter),
        constant(`${own}/bias`, [channels], bias),
      ];
      const op = isDw ? 'FusedDepthwiseConv2dNative' : '_FusedConv2D';
      const { residual } = layer;
      nodes.push({ name: residual === undefined ? own : `${own}/conv`, op, input, attr: attributesOf(layer) });
      if (residual !== undefined) nodes.push({ name: own, op: 'AddV2', input: [`${own}/conv`, nameOf(residual)] });
    } else {
      throw new Error(`${name}: TensorFlow.js has no node for its layer ${i}, ${layer.kind}`);
    }
  }
  return {
    artifacts: {
      format: 'graph-model',
      modelTopology: { node: nodes, versions: { producer: 1 } },
      weightSpecs: specs,
      weightData: joined(values),
    },
    input: nameOf(0),
    outputs: [...unread].map(nameOf),
  };
}

function nameOf(place: number): string {
  return `layer${place}`;
}

function attributesOf({ conv, residual, activation }: ConvLayer): Readonly<Record<string, unknown>> {
  const { strides, dilations, padding } = conv;
  // The sum comes before the activation, and the networks that add have no activation there.
  const fused = residual === undefined ? FUSED[activation as keyof typeof FUSED] : [];
  return {
    strides: integers(1, strides, strides, 1),
    dilations: integers(1, dilations, dilations, 1),
    padding: text(padding.toUpperCase()),
    data_format: text('NHWC'),
    fused_ops: texts('BiasAdd', ...fused),
    num_args: integer(1),
  };
}

function joined(values: readonly (Float32Array | Int32Array)[]): ArrayBuffer {
  const all = new Uint8Array(values.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const { buffer, byteOffset, byteLength } of values) {
    all.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  return all.buffer;
}
