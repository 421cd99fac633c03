/**
 * TensorFlow's element-wise ops of one or two inputs, in whatever order the axes lie.
 *
 * @module
 * @see https://www.tensorflow.org/api_docs/python/tf/raw_ops
 */
import { add, divide, maximum, minimum, multiply, power, squaredDifference, subtract } from '../../ops/binary';
import { equal, greater, greaterEqual, less, lessEqual, logicalAnd, logicalOr, notEqual } from '../../ops/compare';
import { atan2, divNoNan, floorDiv, mod } from '../../ops/further-binary';
import { reshape } from '../../ops/reshape';
import { erf, expm1, isNan, log1p, logicalNot, selu } from '../../ops/special';
import { acos, asin, atan, cos, cosh, sin, sinh, tan } from '../../ops/trigonometry';
import { abs, ceil, exp, floor, log, negate, reciprocal, round, rsqrt, sign, sqrt, square } from '../../ops/unary';
import { where } from '../../ops/where';
import type { GpuOp } from '../dialect';
import { activation, combined, map, operator } from '../gpu-ordered';

/** TensorFlow divides whole numbers to whole numbers. */
export const refusesIntegers: GpuOp['refuses'] = (_, [dtype]) =>
  dtype === 'int32' ? 'it divides whole numbers' : undefined;

/** The condition is a tensor in any case; what is chosen from may be numbers. */
const select: GpuOp = {
  run: (call) =>
    combined(call, [0, 1, 2], ([condition, a, b]) =>
      where(typeof condition === 'number' ? call.tensor(0) : condition, a, b),
    ),
};

/** By op. */
export const MAP_OPS: Readonly<Record<string, GpuOp>> = {
  Relu: activation('relu'),
  Relu6: activation('relu6'),
  Elu: activation('elu'),
  Sigmoid: activation('sigmoid'),
  Tanh: activation('tanh'),
  Softplus: activation('softplus'),
  LeakyRelu: activation(({ attributes }) => ({ name: 'leakyRelu', alpha: attributes.number('alpha', 0.2) })),
  Selu: map(selu),
  Add: operator(add),
  AddV2: operator(add),
  Sub: operator(subtract),
  Mul: operator(multiply),
  RealDiv: operator(divide, refusesIntegers),
  Div: operator(divide, refusesIntegers),
  Minimum: operator(minimum),
  Maximum: operator(maximum),
  SquaredDifference: operator(squaredDifference),
  Pow: operator(power),
  DivNoNan: operator(divNoNan, refusesIntegers),
  FloorDiv: operator(floorDiv),
  FloorMod: operator(mod),
  Atan2: operator(atan2),
  Equal: operator(equal),
  NotEqual: operator(notEqual),
  Less: operator(less),
  LessEqual: operator(lessEqual),
  Greater: operator(greater),
  GreaterEqual: operator(greaterEqual),
  LogicalAnd: operator(logicalAnd),
  LogicalOr: operator(logicalOr),
  SelectV2: select,
  Select: {
    run(call) {
      const [conditions, ...more] = call.shape(0);
      const rank = call.shape(1).length;
      if (more.length > 0 || conditions === undefined || rank < 2) return select.run(call);
      // In the older form a list of conditions is for the first axis.
      const column = [conditions, ...Array.from({ length: rank - 1 }, () => 1)];
      return where(call.scratch(reshape(call.tensor(0), column)), call.tensor(1), call.tensor(2));
    },
  },
  Abs: map(abs),
  Ceil: map(ceil),
  Exp: map(exp),
  Floor: map(floor),
  Log: map(log),
  Neg: map(negate),
  Reciprocal: map(reciprocal),
  Round: map(round),
  Rsqrt: map(rsqrt),
  Sqrt: map(sqrt),
  Sign: map(sign),
  Square: map(square),
  Erf: map(erf),
  Expm1: map(expm1),
  Log1p: map(log1p),
  IsNan: map(isNan),
  LogicalNot: map(logicalNot),
  Sin: map(sin),
  Cos: map(cos),
  Tan: map(tan),
  Asin: map(asin),
  Acos: map(acos),
  Atan: map(atan),
  Sinh: map(sinh),
  Cosh: map(cosh),
};
