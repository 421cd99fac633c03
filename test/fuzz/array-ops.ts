/** The property that the array ops give what their float64 references give. */
import type { DType, Gpu } from '../../src/index';
import type { NdArray } from '../support/array-reference';
import { randomArray } from '../support/arrays';
import { halfBound } from '../support/close';
import { arrayCalls, printArrayCall, type ArrayCall } from './array-calls';
import { differenceOf } from './compare';
import { storedAs } from './numbers';
import type { Property } from './property';
import { asOn } from './run';
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

async function failureOf(gpu: Gpu, given: ArrayCall, seen: Seen): Promise<string | undefined> {
  const { halves, ...others } = given;
  const isPacked = given.isPacked && gpu.context.target.features.has('shader-f16') && halves.includes(true);
  const call = { ...others, halves, isPacked };
  const arrays = call.shapes.map((shape, i): NdArray => {
    const numbers = storedAs(halves[i] ? 'f16' : 'f32', Float32Array.from(randomArray(shape, call.seed + i).values));
    return { shape, values: Float64Array.from(numbers) };
  });
  const tensors = arrays.map(({ shape, values }, i) =>
    gpu.tensor(Float32Array.from(values), shape, { dtype: halves[i] ? 'f16' : 'f32' }),
  );
  try {
    const output = asOn(gpu, call, () => call.run(tensors));
    const { shape, values } = call.expected(arrays);
    // Elements that are only moved must stay exact.
    const own = call.bound && Float64Array.from(call.bound(arrays, { shape, values }));
    const widestOf = (from: number, to?: number): DType => (halves.slice(from, to).includes(false) ? 'f32' : 'f16');
    const named = { first: widestOf(0, 1), others: widestOf(1, tensors.length), f16: 'f16', f32: 'f32' } as const;
    const dtype = call.dtype === undefined ? widestOf(0) : named[call.dtype];
    const bound = own === undefined ? new Float64Array(values.length) : dtype === 'f16' ? halfBound(own, values) : own;
    const precision = `${dtype}${isPacked ? ', packed' : ''}`;
    const expected = { shape, values, bound, dtype } as const;
    return await differenceOf(output, expected, seen, precision, () => printArrayCall(call));
  } catch (error) {
    return String(error);
  } finally {
    for (const tensor of tensors) tensor.dispose();
  }
}
