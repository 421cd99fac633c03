/**
 * The relations between convolutions that must hold whatever the reference says, because the reference could have the same fault
 * as a kernel. Only its error bounds are used here.
 */
import type { PerAxis } from '../../src/conv/padding';
import type { ConvProblem } from '../../src/conv/problem';
import {
  concat,
  conv2d,
  slice,
  transpose,
  type Gpu,
  type GroupedMethod,
  type SeparableMethod,
  type Tensor,
} from '../../src/index';
import { pairFits } from '../../src/kernels/pair';
import { separableFused } from '../../src/kernels/separable';
import { operandCount } from '../../src/ops/epilogue';
import { sliceReference } from '../support/array-reference';
import { callOf, dtypeOf, problemsOf, sourcesOf, type ConvCase, type EpilogueCase } from './case';
import { expectedOf } from './expected';
import { numbersOf } from './numbers';
import { callOp, runCase, withTensors } from './run';

/** Two ways to compute the same numbers, and their allowed difference. */
export interface Sides {
  readonly left: Float32Array;
  readonly right: ArrayLike<number>;
  readonly bound: ArrayLike<number>;
}

/** One relation. */
export interface Relation {
  readonly name: string;
  /** The case in the form that the relation takes; undefined if the relation does not apply to it. */
  fit(c: ConvCase): ConvCase | undefined;
  /** Queues both sides at once, and reads them. */
  sides(gpu: Gpu, c: ConvCase): Promise<readonly Sides[]>;
}

const linear: Relation = {
  name: 'f(ax + by) is a f(x) + b f(y)',
  // The input is float32, so that it can hold the mixture.
  fit: (c) => ({ ...c, epilogue: {}, between: undefined, halves: c.halves?.filter((name) => name !== 'x') }),
  async sides(gpu, c) {
    const [a, b] = [0.75, -1.5];
    const { x } = sourcesOf(c);
    const first = numbersOf(x);
    const second = numbersOf({ ...x, seed: x.seed + 50 });
    const mixed = first.map((v, i) => a * v + b * second[i]);
    const f = (values: Float32Array): Tensor =>
      withTensors(gpu, c, ({ args: [, ...filters], options }) => {
        using input = gpu.tensor(values, x.shape);
        return callOp(c.op, [input, ...filters], options);
      });
    const [left, one, other] = await readAll([mixed, first, second].map(f));
    const [boundOfOne, boundOfOther] = [first, second].map((values) => expectedOf(c, values).bound);
    return [
      {
        left,
        right: Float64Array.from(one, (v, i) => a * v + b * other[i]),
        // The bound covers the errors of both sides and the rounding of ax + by, one more in each term.
        bound: boundOfOne.map((bound, i) => 3 * (Math.abs(a) * bound + Math.abs(b) * boundOfOther[i])),
      },
    ];
  },
};

const shifted: Relation = {
  name: 'an input that begins a stride later gives an output that begins one row later',
  fit(c) {
    const valid = { ...withoutResiduals(c), geometry: { ...c.geometry, padding: 'valid' as const } };
    return (problemIfAny(valid)?.outHeight ?? 0) >= 2 ? valid : undefined;
  },
  async sides(gpu, c) {
    const axis = c.geometry.dataFormat === 'NCHW' ? 2 : 1;
    const [stride] = perAxis(c.geometry.strides);
    const begin = (row: number): number[] => [0, 0, 0, 0].with(axis, row);
    const whole = runCase(gpu, c);
    const later = withTensors(gpu, c, ({ args: [x, ...filters], options }) => {
      using rest = slice(x, begin(stride), [-1, -1, -1, -1]);
      return callOp(c.op, [rest, ...filters], options);
    });
    const { shape } = later;
    const expected = expectedOf(c);
    const [left, right] = await readAll([later, whole]);
    const cut = (values: ArrayLike<number>): Float64Array =>
      sliceReference({ shape: expected.shape, values: Float64Array.from(values) }, begin(1), shape).values;
    return [{ left, right: cut(right), bound: twice(cut(expected.bound)) }];
  },
};

const transposed: Relation = {
  name: 'NCHW is the transpose of NHWC',
  fit: (c) => (c.geometry.dataFormat === 'NCHW' || c.method === 'fused' ? undefined : withoutResiduals(c)),
  async sides(gpu, c) {
    const planes = withTensors(gpu, c, ({ args: [x, ...filters], options }) => {
      using input = transpose(x, [0, 3, 1, 2]);
      using output = callOp(c.op, [input, ...filters], { ...options, dataFormat: 'NCHW' });
      return transpose(output, [0, 2, 3, 1]);
    });
    return both(gpu, c, planes);
  },
};

const sliced: Relation = {
  name: 'a grouped convolution is the convolutions of its groups, side by side',
  fit: (c) =>
    c.op === 'groupedConv2d' && c.grouping !== 'strided' ? { ...c, epilogue: {}, method: undefined } : undefined,
  async sides(gpu, c) {
    const [{ groups, filterForm }] = problemsOf(c);
    const axis = c.geometry.dataFormat === 'NCHW' ? 1 : 3;
    const part = (tensor: Tensor, at: number, g: number): Tensor => {
      const count = tensor.shape[at] / groups;
      return slice(tensor, [0, 0, 0, 0].with(at, g * count), [-1, -1, -1, -1].with(at, count));
    };
    const joined = withTensors(gpu, c, ({ args: [x, filter] }) => {
      const outputs = Array.from({ length: groups }, (_, g) => {
        using input = part(x, axis, g);
        using weights = part(filter, filterForm === 'grouped' ? 3 : 2, g);
        return conv2d(input, weights, { ...c.geometry, accumulate: c.accumulate });
      });
      const output = concat(outputs, axis);
      for (const tensor of outputs) tensor.dispose();
      return output;
    });
    return both(gpu, c, joined);
  },
};

/** Taps of a filter including the zeros of its dilation, which are all computed. */
const MOST_TAPS = 400;

const sparse: Relation = {
  name: 'a dilated filter is one with zeros between its taps',
  fit(c) {
    const plain = withoutResiduals(c);
    const [height, width] = extentsOf(c);
    const isDilated = height > c.filter[0] || width > c.filter[1];
    return isDilated && c.filter.length === 4 && c.method !== 'fused' && height * width <= MOST_TAPS
      ? plain
      : undefined;
  },
  async sides(gpu, c) {
    const { dilations, rate } = c.geometry;
    const [down, right] = perAxis(dilations ?? rate);
    const [height, width] = extentsOf(c);
    const [, taps, ...channels] = c.filter;
    const size = channels.reduce((product, n) => product * n, 1);
    const filter = new Float32Array(height * width * size);
    const values = numbersOf(sourcesOf(c).filter);
    for (let at = 0; at < values.length; at += size) {
      const [y, x] = [Math.floor(at / size / taps) * down, ((at / size) % taps) * right];
      filter.set(values.subarray(at, at + size), (y * width + x) * size);
    }
    const filled = withTensors(gpu, c, ({ args: [x, , ...rest], options }) => {
      using weights = gpu.tensor(filter, [height, width, ...channels], { dtype: dtypeOf(c, 'filter') });
      return callOp(c.op, [x, weights, ...rest], { ...options, dilations: undefined, rate: undefined });
    });
    return both(gpu, c, filled);
  },
};

const groupedMethods: readonly GroupedMethod[] = ['direct', 'reshape-sum', 'fused-reshape-sum', 'split-concat'];

const methods: Relation = {
  name: 'the methods of groupedConv2d agree',
  fit: (c) => (c.op === 'groupedConv2d' ? { ...c, method: undefined } : undefined),
  async sides(gpu, c) {
    const cases = [undefined, ...groupedMethods].map((method) => ({ ...c, method }));
    const outputs = cases.map((each) => runCase(gpu, each));
    const [ofPlain, ...bounds] = cases.map((each) => expectedOf(each).bound);
    const [right, ...lefts] = await readAll(outputs);
    return lefts.map((left, i) => ({ left, right, bound: sum(bounds[i], ofPlain) }));
  },
};

const fused: Relation = {
  name: 'separableConv2d in one dispatch is that in two',
  fit(c) {
    if (c.op !== 'separableConv2d') return undefined;
    const [depthwise, pointwise] = problemsOf(c);
    const { options } = callOf(c, (source) => source);
    const count = (o: unknown): number => operandCount(o ?? {});
    const operands = count(options) + count(options.between);
    const pair = { depthwise, pointwise: pointwise as ConvProblem, between: [] };
    return pairFits(separableFused, pair, operands) ? c : undefined;
  },
  async sides(gpu, c) {
    const ways: readonly SeparableMethod[] = ['fused', 'two-dispatches'];
    const cases = ways.map((method) => ({ ...c, method }));
    const [left, right] = await readAll(cases.map((each) => runCase(gpu, each)));
    const [one, two] = cases.map((each) => expectedOf(each).bound);
    return [{ left, right, bound: sum(one, two) }];
  },
};

/** The relations that apply to few calls come first. */
export const relations: readonly Relation[] = [fused, sliced, methods, sparse, shifted, transposed, linear];

/** Compares the case with another way to compute it. */
async function both(gpu: Gpu, c: ConvCase, other: Tensor): Promise<readonly Sides[]> {
  const plain = runCase(gpu, c);
  const bound = twice(expectedOf(c).bound);
  const [left, right] = await readAll([other, plain]);
  return [{ left, right, bound }];
}

/** Either side may be off by the bound. */
function twice(bound: Float64Array): Float64Array {
  return sum(bound, bound);
}

function sum(bound: Float64Array, other: Float64Array): Float64Array {
  return bound.map((b, i) => b + other[i]);
}

async function readAll(tensors: readonly Tensor[]): Promise<Float32Array[]> {
  try {
    return await Promise.all(tensors.map((tensor) => tensor.read()));
  } finally {
    for (const tensor of tensors) tensor.dispose();
  }
}

/** A residual has the output's shape and layout, so it does not follow when those change. */
function withoutResiduals(c: ConvCase): ConvCase {
  const plain = (e: EpilogueCase): EpilogueCase => ({ ...e, residual: false });
  return { ...c, epilogue: plain(c.epilogue), ...(c.between && { between: plain(c.between) }) };
}

function problemIfAny(c: ConvCase): ConvProblem | undefined {
  try {
    return problemsOf(c)[0];
  } catch {
    return undefined;
  }
}

/** The extent of the filter, gaps included. */
function extentsOf({ filter, geometry: { dilations, rate } }: ConvCase): readonly [number, number] {
  const [down, right] = perAxis(dilations ?? rate);
  return [(filter[0] - 1) * down + 1, (filter[1] - 1) * right + 1];
}

function perAxis(value: PerAxis = 1): readonly [number, number] {
  return typeof value === 'number' ? [value, value] : value;
}
