/**
 * A model's weights on the GPU: uploaded once, in the order in which nodes want them.
 *
 * @module
 */
import { sizeOf } from '../conv/check';
import type { DType } from '../kernels/dtype';
import type { Gpu } from '../tensor/gpu';
import type { Tensor } from '../tensor/tensor';
import type { Graph } from './graph';
import type { HostValue } from './host-value';
import { arranged, inPlace, isSameMemory } from './order';

/** Weights, and other numbers that calls are made with. */
export interface ModelWeights {
  /** A weight always gives the same tensor. */
  readonly upload: (value: HostValue) => Tensor;
  /** Frees what was uploaded inside `prepare` or `record`, which goes with it. */
  readonly dropTransient: () => void;
  readonly dispose: () => void;
}

/**
 * Uploads what nodes take as tensors.
 *
 * @param halves whether weights that the file has in less than float32 are float16 on the GPU
 * @throws if the device has no memory for them; nothing is left on it then
 */
export function uploadWeights(gpu: Gpu, graph: Graph, halves: boolean): ModelWeights {
  const weights = new Map<string, Tensor>();
  let transient: Tensor[] = [];
  const upload = (value: HostValue): Tensor => {
    const { constant: name, shape, half = false } = value;
    if (name === undefined) return gpu.tensor(value.values, shape);
    const known = weights.get(name);
    if (known !== undefined) return known;
    const dtype: DType = halves && half ? 'f16' : 'f32';
    const capturing = gpu.context.tape !== undefined;
    const tensor = gpu.tensor(value.values, shape, { dtype, keep: capturing ? false : () => value.values });
    if (capturing) transient.push(tensor);
    else weights.set(name, tensor);
    return tensor;
  };
  const dispose = (): void => {
    for (const tensor of weights.values()) tensor.dispose();
    weights.clear();
  };
  try {
    for (const value of weightsOf(graph)) upload(value);
  } catch (error) {
    dispose();
    throw error;
  }
  return {
    upload,
    dispose,
    dropTransient() {
      for (const tensor of transient) tensor.dispose();
      transient = [];
    },
  };
}

/** The constants that nodes take as tensors. Single numbers are written into the calls instead, where they are finite. */
function weightsOf({ nodes, constants }: Graph): readonly HostValue[] {
  return nodes.flatMap((node) => {
    const { place, inputs, definition } = node;
    if (place !== 'gpu') return [];
    const host = new Set(definition.gpu?.host?.map((i) => (i < 0 ? i + inputs.length : i)));
    const orders = definition.gpu?.orders?.(node) ?? [];
    return inputs.flatMap((input, i) => {
      const value = host.has(i) || input === undefined ? undefined : constants.get(input.node)?.[input.output];
      if (value === undefined || sizeOf(value.shape) <= 1) return [];
      const rank = value.shape.length;
      const order = (orders[i] ?? inPlace)(rank);
      return [isSameMemory(value.shape, order, inPlace(rank)) ? value : arranged(value, order)];
    });
  });
}
