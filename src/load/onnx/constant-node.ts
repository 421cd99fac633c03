/**
 * `Constant` nodes: a tensor, a number or a list of numbers that a node of its own gives.
 *
 * @module
 * @see https://onnx.ai/onnx/operators/onnx__Constant.html
 */
import { fail } from '../../conv/check';
import { hostValue, type HostDType, type HostValue } from '../host-value';
import { CONSTANT, PLACEHOLDER } from '../node';
import type { OnnxAttribute, OnnxNode, OnnxTensor } from './proto';

/** What a node does, as tables and errors name it: with its domain, if that is not ONNX's own. */
export function kindOf({ op, domain }: OnnxNode): string {
  // CONSTANT and PLACEHOLDER are words of this library, not operators of ONNX.
  const own = op !== CONSTANT && op !== PLACEHOLDER;
  return domain === '' && own ? op : `${domain === '' ? 'ai.onnx' : domain}.${op}`;
}

/** What a constant node is made of: a tensor of the file, or what its numbers are under its name. */
export function constantIn(what: string, { attributes }: OnnxNode): OnnxTensor | ((name: string) => HostValue) {
  const [[key, attribute] = ['none', undefined]] = attributes;
  if (attribute?.tensor !== undefined) return attribute.tensor;
  const numbers = attribute === undefined ? undefined : numbersIn(key, attribute);
  return (name) => {
    if (numbers === undefined) {
      return fail(`${what}: it holds ${key}, which cannot be computed with; constants are tensors of numbers`);
    }
    const [dtype, shape, values] = numbers;
    return { ...hostValue(dtype, shape, values), constant: name };
  };
}

type Numbers = readonly [dtype: HostDType, shape: readonly number[], values: readonly number[]];

function numbersIn(key: string, { number, numbers, integer, integers }: OnnxAttribute): Numbers | undefined {
  if (key === 'value_float' && number !== undefined) return ['float32', [], [number]];
  if (key === 'value_floats') return ['float32', [numbers.length], numbers];
  if (key === 'value_int' && integer !== undefined) return ['int32', [], [nearest(integer)]];
  if (key === 'value_ints') return ['int32', [integers.length], integers.map(nearest)];
  return undefined;
}

/** The nearest whole number of 32 bits. */
function nearest(value: number): number {
  return Math.min(Math.max(value, -(2 ** 31)), 2 ** 31 - 1);
}
