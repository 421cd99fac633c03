/** Element by element, against ONNX Runtime. */
import fc from 'fast-check';
import * as library from '../../../src/index';
import { activate, type Tensor, type Activation } from '../../../src/index';
import { EPSILON } from '../../support/close';
import { fixed, float } from '../../support/onnx-cases';
import type { OnnxAttributeValue } from '../../support/onnx-file';
import { exponential, functionOf, roundings } from './bounds';
import { from, operandsOf, picks, seed, shapeOf } from './draws';
import { peerOp, type Bound, type Numbers, type PeerOp } from './peer-call';

type Row = readonly [ours: string, numbers: Numbers, bound?: Bound, opset?: number];

/** ONNX Runtime uses polynomials of its own, with roundings of their own. */
const few = (y: number): number => 8 * EPSILON * Math.abs(y) + 2 ** -126;

/** The functions that ONNX Runtime computes by a polynomial whose roundings are those of numbers of the size of 1. */
const erfOf = (y: number): number => few(y) + 4 * EPSILON;

/** Public functions by ONNX's names. */
const FUNCTIONS: Readonly<Record<string, Row>> = {
  Abs: ['abs', 'around'],
  Acos: ['acos', 'around', functionOf('acos', few)],
  Asin: ['asin', 'around', functionOf('asin', few)],
  Atan: ['atan', 'wide', functionOf('atan', few)],
  Ceil: ['ceil', 'wide'],
  Cos: ['cos', 'wide', functionOf('cos', few)],
  Cosh: ['cosh', 'wide', functionOf('cosh', few)],
  Erf: ['erf', 'wide', functionOf('erf', erfOf)],
  Exp: ['exp', 'wide', (y, [x]) => y.map((v, i) => (16 + 4 * Math.abs(x[i])) * EPSILON * v)],
  Floor: ['floor', 'wide'],
  IsNaN: ['isNan', 'wide'],
  Log: ['log', 'above', (y) => y.map((v) => 2 ** -20 + 8 * EPSILON * Math.abs(v))],
  Neg: ['negate', 'around'],
  Not: ['logicalNot', 'truth'],
  Reciprocal: ['reciprocal', 'above', roundings(6)],
  Round: ['round', 'wide'],
  Sign: ['sign', 'whole'],
  Sin: ['sin', 'wide', functionOf('sin', few)],
  Sinh: ['sinh', 'wide', functionOf('sinh', few)],
  Sqrt: ['sqrt', 'above', roundings(8)],
  Tan: ['tan', 'around', functionOf('tan', few)],
};

const ours = library as unknown as Readonly<Record<string, (...args: readonly Tensor[]) => Tensor>>;

const named = fc.record({ shape: shapeOf(0, 5), seed });

const maps = peerOp(
  'functions of ONNX',
  fc.tuple(fc.constantFrom(...Object.keys(FUNCTIONS)), named).map(([op, g]) => ({ op, ...g })),
  ({ op, shape, seed: s }) => {
    const [name, numbers, bound] = FUNCTIONS[op];
    return {
      op: name,
      inputs: [{ shape, numbers }],
      seed: s,
      ours: ([x]) => ours[name](x),
      theirs: { onnx: { op, inputs: [0] } },
      ...(bound && { bound }),
    };
  },
  Object.values(FUNCTIONS).map(([name]) => name),
);

type Attributes = Readonly<Record<string, OnnxAttributeValue>>;

type ActivationRow = readonly [ours: Activation, attributes?: Attributes, bound?: Bound, opset?: number];

const ACTIVATIONS: Readonly<Record<string, ActivationRow>> = {
  Elu: [{ name: 'elu', alpha: 0.5 }, { alpha: float(0.5) }, exponential],
  Gelu: ['gelu', {}, (y, [x]) => y.map((v, i) => few(v) + (1 + Math.abs(x[i])) * (1.5e-7 + 8 * EPSILON)), 20],
  HardSigmoid: [{ name: 'hardSigmoid', alpha: 0.25, beta: 0.5 }, { alpha: float(0.25), beta: float(0.5) }, (y) => y.map(() => 6 * EPSILON)], // prettier-ignore
  HardSwish: ['hardSwish', {}, (y, [x]) => y.map((_, i) => 8 * EPSILON * (1 + Math.abs(x[i])))],
  LeakyRelu: [{ name: 'leakyRelu', alpha: 0.25 }, { alpha: float(0.25) }, roundings(3)],
  Mish: ['mish', {}, (y, [x]) => y.map((_, i) => (48 + 8 * Math.abs(x[i])) * EPSILON * (1 + Math.abs(x[i]))), 18],
  Relu: ['relu'],
  Sigmoid: ['sigmoid', {}, exponential],
  Softplus: ['softplus', {}, (y, [x]) => y.map((v, i) => (24 + 6 * Math.abs(x[i])) * EPSILON * (1 + Math.abs(v)) + 2 ** -20)], // prettier-ignore
  Softsign: ['softsign', {}, roundings(10)],
  Tanh: ['tanh', {}, exponential],
};

const activated = peerOp(
  'activations of ONNX',
  fc.tuple(fc.constantFrom(...Object.keys(ACTIVATIONS)), named).map(([op, g]) => ({ op, ...g })),
  ({ op, shape, seed: s }) => {
    const [activation, attributes = {}, bound, opset] = ACTIVATIONS[op];
    return {
      op: 'activate',
      inputs: [{ shape, numbers: 'wide' }],
      seed: s,
      rest: [activation],
      ours: ([x]) => activate(x, activation),
      theirs: { onnx: { op, inputs: [0], attributes, ...(opset !== undefined && { opset }) } },
      ...(bound && { bound }),
    };
  },
  ['activate'],
);

const OPERATORS: Readonly<Record<string, Row>> = {
  Add: ['add', 'around', roundings(2)],
  And: ['logicalAnd', 'truth'],
  Div: ['divide', 'above', roundings(6)],
  Equal: ['equal', 'whole'],
  Greater: ['greater', 'whole'],
  GreaterOrEqual: ['greaterEqual', 'whole'],
  Less: ['less', 'whole'],
  LessOrEqual: ['lessEqual', 'whole'],
  Max: ['maximum', 'around'],
  Min: ['minimum', 'around'],
  Mul: ['multiply', 'around', roundings(2)],
  Or: ['logicalOr', 'truth'],
  Sub: ['subtract', 'around', roundings(2)],
  Xor: ['logicalXor', 'truth'],
};

const operators = peerOp(
  'operators of ONNX',
  fc
    .tuple(fc.constantFrom(...Object.keys(OPERATORS)), fc.record({ shape: shapeOf(0, 5), pick: picks, seed }))
    .map(([op, g]) => ({ op, ...g })),
  ({ op, shape, pick, seed: s }) => {
    const [name, numbers, bound] = OPERATORS[op];
    return {
      op: name,
      inputs: operandsOf(shape, pick, 2).map((own) => ({ shape: own, numbers })),
      seed: s,
      ours: ([a, b]) => ours[name](a, b),
      theirs: { onnx: { op, inputs: [0, 1] } },
      ...(bound && { bound }),
    };
  },
  Object.values(OPERATORS).map(([name]) => name),
);

/** Remainders of whole numbers, with the sign of either operand. The CPU computes those with the dividend's sign. */
const remainders = peerOp(
  'Mod',
  fc.record({ shape: shapeOf(1, 4), pick: picks, isFmod: fc.boolean(), divisor: from(-4, 3), seed }),
  ({ shape, pick, isFmod, divisor, seed: s }) => {
    const [own] = operandsOf(shape, pick, 1);
    const by = divisor >= 0 ? divisor + 1 : divisor;
    return {
      op: 'mod',
      inputs: [{ shape: own, numbers: { from: -9, below: 10 } }],
      seed: s,
      rest: [by, { isFmod }],
      ...(!isFmod && { ours: ([x]) => library.mod(x, by) }),
      theirs: { onnx: { op: 'Mod', inputs: [0, fixed([], [by], 'int64')], attributes: { fmod: Number(isFmod) } } },
    };
  },
  ['mod'],
);

const chosen = peerOp(
  'Where',
  fc.record({ shape: shapeOf(0, 5), pick: picks, seed }),
  ({ shape, pick, seed: s }) => {
    const [condition, a, b] = operandsOf(shape, pick, 3);
    return {
      op: 'where',
      inputs: [{ shape: condition, numbers: 'truth' }, { shape: a }, { shape: b }],
      seed: s,
      ours: ([c, x, y]) => library.where(c, x, y),
      theirs: { onnx: { op: 'Where', inputs: [0, 1, 2] } },
    };
  },
  ['where'],
);

export const onnxMaps: readonly PeerOp[] = [maps, activated, operators, remainders, chosen];
