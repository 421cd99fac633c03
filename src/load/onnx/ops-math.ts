/**
 * Ops that work element by element, in whatever order the axes lie.
 *
 * @module
 * @see https://onnx.ai/onnx/operators/
 */
import { check, fail, show } from '../../conv/check';
import type { Activation } from '../../kernels/activation';
import { add, divide, maximum, minimum, multiply, power, subtract } from '../../ops/binary';
import {
  equal,
  greater,
  greaterEqual,
  less,
  lessEqual,
  logicalAnd,
  logicalOr,
  logicalXor,
  notEqual,
} from '../../ops/compare';
import { activate } from '../../ops/elementwise';
import { mod } from '../../ops/further-binary';
import { reshape } from '../../ops/reshape';
import { erf, isNan, logicalNot } from '../../ops/special';
import { acos, asin, atan, cos, cosh, sin, sinh, tan } from '../../ops/trigonometry';
import { abs, ceil, exp, floor, log, negate, reciprocal, round, sign, sqrt } from '../../ops/unary';
import { where } from '../../ops/where';
import type { Tensor } from '../../tensor/tensor';
import type { GpuCall, GpuOp, OpDefinition } from '../dialect';
import { activation, combined, commonOrder, map, mapped, operandIn, operator, type Operator } from '../gpu-ordered';
import type { InOrder } from '../gpu-value';
import { apply, floorMod, roundToEven, type Scalar } from '../host-arithmetic';
import { hostCompare, hostMap, hostOperator, hostPass } from '../host-maps';
import * as scalars from '../host-scalars';
import { cast, numberOf, select } from '../host-shapes';
import type { HostDType, HostValue } from '../host-value';
import type { GraphNode } from '../node';

/** A function of one input. */
function unary(gpu: GpuOp | ((x: Tensor) => Tensor), host?: (v: number) => number): OpDefinition {
  return {
    inputs: [1, 1],
    gpu: typeof gpu === 'function' ? map(gpu) : gpu,
    ...(host && { host: hostMap(host) }),
  };
}

/** An operator of two. */
function binary(fn: Operator, host: Scalar, ints?: Scalar, refuses?: GpuOp['refuses']): OpDefinition {
  return { inputs: [2, 2], gpu: operator(fn, refuses), host: hostOperator(host, ints) };
}

/** An operator with any number of inputs. */
function variadic(fn: Operator, host: Scalar, isMean = false): OpDefinition {
  const hostFn = hostOperator(host);
  return {
    inputs: [1, Infinity],
    gpu: { run: (call) => folded(call, fn, isMean) },
    host: (inputs, node) => {
      const all = inputs.reduce((sum, x) => hostFn([sum, x], node) as HostValue);
      return isMean ? apply(all, all.dtype, (v) => v / inputs.length) : all;
    },
  };
}

function folded(call: GpuCall, fn: Operator, isMean: boolean): InOrder {
  const inputs = Array.from({ length: call.count }, (_, i) => i);
  const { tensor, order } = inputs.length === 1 ? alias(call) : combined(call, inputs, (operands) => foldedIn(call, operands, fn)); // prettier-ignore
  return { tensor: isMean ? divide(call.scratch(tensor), inputs.length) : tensor, order };
}

function foldedIn(call: GpuCall, operands: readonly (Tensor | number)[], fn: Operator): Tensor {
  // One of two is always a tensor, if tensors come first.
  const [first, ...rest] = operands.toSorted((a, b) => Number(typeof a === 'number') - Number(typeof b === 'number'));
  return rest.reduce<Tensor>((sum, x, i) => fn(i === 0 ? sum : call.scratch(sum), x), first as Tensor);
}

/** The same elements: another tensor of the same buffer. */
export function alias(call: GpuCall): InOrder {
  return mapped(call, 0, (x) => reshape(x, x.shape));
}

/** The node's own numbers, or what the operator's definition says. */
const alphaOf = ({ attributes }: GraphNode, fallback: number): number => attributes.number('alpha', fallback);

/** Whole numbers divide towards 0; the GPU's floating-point numbers do not. */
const refusesIntegers: GpuOp['refuses'] = (_, [first]) => (first === 'int32' ? 'it divides whole numbers' : undefined);

const isTrue = (): HostDType => 'bool';

function question(gpu: Operator, fn: (a: number, b: number) => boolean): OpDefinition {
  return { inputs: [2, 2], gpu: operator(gpu), host: hostCompare(fn), dtype: isTrue };
}

/** A number is written into the call where it may be; the condition has elements. */
function chosen(call: GpuCall): InOrder {
  const order = commonOrder(call, [0, 1, 2]);
  const [a, b] = [1, 2].map((input) => call.scalar(input) ?? operandIn(call, input, order));
  return { tensor: where(operandIn(call, 0, order), a, b), order };
}

/** Bounds: attributes of older files, inputs of newer ones. */
const clip: OpDefinition = {
  inputs: [1, 3],
  gpu: {
    host: [1, 2],
    run(call) {
      const { attributes } = call.node;
      const bound = (i: number, name: string, none: number): object => {
        const value = call.has(i) ? call.number(i) : attributes.number(name, none);
        return Math.abs(value) < MOST ? { [name]: value } : {};
      };
      const bounds: { min?: number; max?: number } = { ...bound(1, 'min', -MOST), ...bound(2, 'max', MOST) };
      if (Object.keys(bounds).length === 0) return alias(call);
      return mapped(call, 0, (x) => activate(x, { name: 'clip', ...bounds }));
    },
  },
  host: ([x, low, high], { attributes }) => {
    const least = low === undefined ? attributes.number('min', -Infinity) : numberOf(low);
    const most = high === undefined ? attributes.number('max', Infinity) : numberOf(high);
    return apply(x, x.dtype, (v) => Math.min(Math.max(v, least), most));
  },
};

/** What files write for no bound. */
const MOST = 3.4e38;

const prelu: OpDefinition = {
  inputs: [2, 2],
  gpu: {
    run(call) {
      const order = commonOrder(call, [0]);
      const slopes = operandIn(call, 1, order);
      return mapped(call, 0, (x) => activate(x, { name: 'prelu', alpha: slopes }));
    },
  },
};

/** alpha * elu(x / alpha), with the bend at 0 where x is. */
const celu: GpuOp = {
  run: (call) => {
    const alpha = alphaOf(call.node, 1);
    check(alpha !== 0, () => 'its alpha is 0');
    if (alpha === 1) return mapped(call, 0, (x) => activate(x, 'elu'));
    return mapped(call, 0, (x) => multiply(call.scratch(activate(call.scratch(divide(x, alpha)), 'elu')), alpha));
  },
};

const selu: GpuOp = {
  run: (call) => {
    const alpha = alphaOf(call.node, 1.6732632);
    const gamma = call.node.attributes.number('gamma', 1.0507009);
    return mapped(call, 0, (x) => multiply(call.scratch(activate(x, { name: 'elu', alpha })), gamma));
  },
};

function gelu({ attributes }: GraphNode): Activation {
  const form = attributes.text('approximate', 'none');
  check(form === 'none' || form === 'tanh', () => `its approximate is ${show(form)}; it is none or tanh`);
  return { name: 'gelu', approximate: form === 'tanh' };
}

/** Rounds towards 0, as a cast to whole numbers does. */
function truncated(call: GpuCall, x: Tensor): Tensor {
  return multiply(call.scratch(sign(x)), call.scratch(floor(call.scratch(abs(x)))));
}

const castNode = ({ attributes }: GraphNode): HostDType =>
  attributes.dtype('to') ?? fail('it has no attribute to, the type to cast to');

/** On the GPU whole numbers are floating-point numbers without a fraction, and truth values 0 or 1. */
function castOnGpu(call: GpuCall, to: HostDType): InOrder {
  if (to === 'float32') return alias(call);
  return mapped(call, 0, (x) => (to === 'bool' ? notEqual(x, 0) : truncated(call, x)));
}

const pass: OpDefinition = { inputs: [1, 1], gpu: { run: alias }, host: hostPass };

export const MATH_OPS: Readonly<Record<string, OpDefinition>> = {
  Relu: unary(activation('relu'), (v) => Math.max(v, 0)),
  LeakyRelu: unary(activation((node) => ({ name: 'leakyRelu', alpha: alphaOf(node, 0.01) }))),
  PRelu: prelu,
  Elu: unary(activation((node) => ({ name: 'elu', alpha: alphaOf(node, 1) }))),
  Selu: unary(selu),
  Celu: unary(celu),
  Sigmoid: unary(activation('sigmoid'), (v) => 1 / (1 + Math.exp(-v))),
  HardSigmoid: unary(
    activation((node) => ({
      name: 'hardSigmoid',
      alpha: alphaOf(node, 0.2),
      beta: node.attributes.number('beta', 0.5),
    })),
  ),
  HardSwish: unary(activation('hardSwish')),
  Softplus: unary(activation('softplus')),
  Softsign: unary(activation('softsign')),
  Mish: unary(activation('mish')),
  Gelu: unary(activation(gelu)),
  Swish: unary({
    run: (call) => {
      const alpha = alphaOf(call.node, 1);
      if (alpha === 1) return mapped(call, 0, (x) => activate(x, 'silu'));
      return mapped(call, 0, (x) => multiply(x, call.scratch(activate(call.scratch(multiply(x, alpha)), 'sigmoid'))));
    },
  }),
  ThresholdedRelu: unary({
    run: (call) =>
      mapped(call, 0, (x) => where(call.scratch(greater(x, call.node.attributes.number('alpha', 1))), x, 0)),
  }),
  Tanh: unary(activation('tanh'), Math.tanh),
  Clip: clip,

  Abs: unary(abs, Math.abs),
  Neg: unary(negate, (v) => -v),
  Exp: unary(exp, Math.exp),
  Log: unary(log, Math.log),
  Sqrt: unary(sqrt, Math.sqrt),
  Reciprocal: unary(reciprocal, (v) => 1 / v),
  Floor: unary(floor, Math.floor),
  Ceil: unary(ceil, Math.ceil),
  Round: unary(round, roundToEven),
  Sign: unary(sign, Math.sign),
  Erf: unary(erf, scalars.erf),
  Sin: unary(sin, Math.sin),
  Cos: unary(cos, Math.cos),
  Tan: unary(tan, Math.tan),
  Asin: unary(asin, Math.asin),
  Acos: unary(acos, Math.acos),
  Atan: unary(atan, Math.atan),
  Sinh: unary(sinh, Math.sinh),
  Cosh: unary(cosh, Math.cosh),

  Add: binary(add, (a, b) => a + b),
  Sub: binary(subtract, (a, b) => a - b),
  Mul: binary(multiply, (a, b) => a * b, Math.imul),
  Div: binary(divide, (a, b) => a / b, (a, b) => Math.trunc(a / b), refusesIntegers), // prettier-ignore
  Pow: binary(power, (a, b) => a ** b),
  Mod: {
    inputs: [2, 2],
    gpu: operator(mod, ({ attributes }) =>
      attributes.flag('fmod', false) ? 'its fmod is 1: what is left has the sign of the dividend' : undefined,
    ),
    host: (inputs, node) =>
      hostOperator(node.attributes.flag('fmod', false) ? (a, b) => a % b : floorMod)(inputs, node),
  },
  Min: variadic(minimum, Math.min),
  Max: variadic(maximum, Math.max),
  Sum: variadic(add, (a, b) => a + b),
  Mean: variadic(add, (a, b) => a + b, true),

  Equal: question(equal, (a, b) => a === b),
  Less: question(less, (a, b) => a < b),
  LessOrEqual: question(lessEqual, (a, b) => a <= b),
  Greater: question(greater, (a, b) => a > b),
  GreaterOrEqual: question(greaterEqual, (a, b) => a >= b),
  And: question(logicalAnd, (a, b) => a !== 0 && b !== 0),
  Or: question(logicalOr, (a, b) => a !== 0 || b !== 0),
  Xor: question(logicalXor, (a, b) => (a !== 0) !== (b !== 0)),
  Not: { inputs: [1, 1], gpu: map(logicalNot), host: ([x]) => apply(x, 'bool', (v) => Number(v === 0)), dtype: isTrue },
  IsNaN: { inputs: [1, 1], gpu: map(isNan), host: ([x]) => apply(x, 'bool', scalars.isNan), dtype: isTrue },
  Where: {
    inputs: [3, 3],
    gpu: { run: chosen },
    host: ([condition, x, y]) => select(condition, x, y),
    dtype: (_, dtypes) => dtypes[1],
  },

  Cast: {
    inputs: [1, 1],
    gpu: { run: (call) => castOnGpu(call, castNode(call.node)) },
    host: ([x], node) => cast(x, castNode(node)),
    dtype: ({ attributes }) => attributes.dtype('to') ?? 'float32',
  },
  CastLike: {
    inputs: [2, 2],
    gpu: {
      refuses: (_, [from, to]) => (to === 'float32' || to === from ? undefined : 'it casts to whole numbers'),
      run: (call) => castOnGpu(call, 'float32'),
    },
    host: ([x, like]) => cast(x, like.dtype),
    dtype: (_, [, like]) => like,
  },
  Identity: pass,
  Dropout: { ...pass, inputs: [1, 3] },
};
