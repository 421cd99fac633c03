/** The property that the array ops give what their float64 references give. */
import type { Gpu } from '../../src/index';
import { randomArray } from '../support/arrays';
import { arrayCalls, printArrayCall, type ArrayCall } from './array-calls';
import { differenceOf } from './compare';
import type { Property } from './property';
import { countKind, type Seen } from './seen';

export function arrayOps(seen: Seen): Property<ArrayCall> {
  return {
    name: 'array ops against the reference',
    arbitrary: arrayCalls,
    count: () => 1,
    attempt: async (gpu, call) => {
      countKind(seen, call.op);
      const failure = await failureOf(gpu, call, seen);
      return failure === undefined ? [] : [`${printArrayCall(call)}\n  ${failure}`];
    },
  };
}

async function failureOf(gpu: Gpu, call: ArrayCall, seen: Seen): Promise<string | undefined> {
  const arrays = call.shapes.map((shape, i) => randomArray(shape, call.seed + i));
  const tensors = arrays.map(({ shape, values }) => gpu.tensor(Float32Array.from(values), shape));
  try {
    const output = call.run(tensors);
    const { shape, values } = call.expected(arrays);
    const bound = Float64Array.from(call.bound?.(arrays, { shape, values }) ?? new Float64Array(values.length));
    return await differenceOf(output, { shape, values, bound }, seen, () => printArrayCall(call));
  } catch (error) {
    return String(error);
  } finally {
    for (const tensor of tensors) tensor.dispose();
  }
}
