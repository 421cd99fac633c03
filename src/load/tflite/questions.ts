/**
 * Comparisons, choices and angles on the GPU, by TensorFlow's names.
 *
 * @module
 */
import { equal, greater, greaterEqual, less, lessEqual, logicalAnd, logicalOr, notEqual } from '../../ops/compare';
import { atan2, floorDiv, mod } from '../../ops/further-binary';
import { reshape } from '../../ops/reshape';
import { logicalNot } from '../../ops/special';
import { cos, sin } from '../../ops/trigonometry';
import { where } from '../../ops/where';
import type { Tensor } from '../../tensor/tensor';
import type { GpuCall, GpuOp } from '../dialect';
import { combined, map, operator } from '../gpu-ordered';

/** A Map: an op's name comes from a file. */
export const QUESTIONS: ReadonlyMap<string, GpuOp> = new Map(
  Object.entries({
    Equal: operator(equal),
    NotEqual: operator(notEqual),
    Greater: operator(greater),
    GreaterEqual: operator(greaterEqual),
    Less: operator(less),
    LessEqual: operator(lessEqual),
    LogicalAnd: operator(logicalAnd),
    LogicalOr: operator(logicalOr),
    LogicalNot: map(logicalNot),
    Atan2: operator(atan2),
    FloorDiv: operator(floorDiv),
    FloorMod: operator(mod),
    Sin: map(sin),
    Cos: map(cos),
    Select: { run: (call: GpuCall) => (isOfRows(call) ? selectRows(call) : select(call)) },
    SelectV2: { run: select },
  }),
);

function select(call: GpuCall): ReturnType<typeof combined> {
  // Of a condition that is a number all or nothing is taken.
  return combined(call, [0, 1, 2], ([condition, a, b]) => where(asTensor(call, condition), a, b));
}

function asTensor(call: GpuCall, condition: Tensor | number): Tensor {
  return typeof condition === 'number' ? call.tensor(0) : condition;
}

/** The older Select takes a list of conditions for the first axis. */
function isOfRows({ shape }: GpuCall): boolean {
  return shape(0).length === 1 && shape(1).length > 1;
}

function selectRows(call: GpuCall): Tensor {
  const condition = call.tensor(0);
  const ones = call.shape(1).slice(1).map(() => 1); // prettier-ignore
  return where(call.scratch(reshape(condition, [...condition.shape, ...ones])), call.tensor(1), call.tensor(2));
}
