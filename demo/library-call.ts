/** A layer on the GPU, and the library's call that computes it. */
import {
  conv2d,
  depthwiseConv2d,
  groupedConv2d,
  pointwiseConv2d,
  separableConv2d,
  type GroupedMethod,
  type Gpu,
  type SeparableMethod,
  type Tensor,
} from '../src/index';
import type { Method } from './layer';
import type { Problem } from './problem';

export interface LibraryCall {
  /** Queues the layer. The caller disposes of the result. */
  compute(method: Method): Tensor;
  dispose(): void;
}

/** Uploads the layer's numbers. */
export function libraryCall(gpu: Gpu, { layer, x: values, stages }: Problem): LibraryCall {
  const x = gpu.tensor(values, layer.input);
  const [filter, pointwise] = stages.map((stage, i) =>
    gpu.tensor(stage.filter, i === 0 ? layer.filter : stage.conv.filter),
  );
  const { bias: shift = new Float32Array() } = stages[stages.length - 1];
  const bias = gpu.tensor(shift, [shift.length]);
  const { strides, dilations, groups } = layer;
  const options = { strides, dilations, padding: 'same', bias, activation: 'relu6' } as const;
  return {
    compute(method) {
      switch (layer.op) {
        case 'conv2d':
          return conv2d(x, filter, options);
        case 'depthwiseConv2d':
          return depthwiseConv2d(x, filter, options);
        case 'pointwiseConv2d':
          return pointwiseConv2d(x, filter, options);
        case 'groupedConv2d':
          return groupedConv2d(x, filter, { ...options, groups, method: untold(method) as GroupedMethod });
        case 'separableConv2d':
          return separableConv2d(x, filter, pointwise, { ...options, method: untold(method) as SeparableMethod });
      }
    },
    dispose() {
      for (const tensor of [x, filter, pointwise, bias]) tensor?.dispose();
    },
  };
}

/** The op's own word for the default method. A method that the op does not have is its error. */
function untold(method: Method): string {
  return method === 'default' ? 'auto' : method;
}
