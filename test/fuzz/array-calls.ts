/** Generators of calls of the array ops, each with its expected result. */
import fc from 'fast-check';
import {
  abs,
  acos,
  add,
  argMax,
  argMin,
  asin,
  atan,
  atan2,
  averagePool2d,
  ceil,
  concat,
  cos,
  cosh,
  cumsum,
  depthToSpace,
  divide,
  divNoNan,
  equal,
  erf,
  exp,
  expm1,
  floor,
  globalAveragePool,
  gather,
  gatherND,
  greater,
  greaterEqual,
  isNan,
  less,
  lessEqual,
  log1p,
  logSoftmax,
  logicalAnd,
  logicalNot,
  layerNorm,
  logicalOr,
  logicalXor,
  matMul,
  maximum,
  maxPool2d,
  minimum,
  multiply,
  negate,
  notEqual,
  oneHot,
  pad,
  reduceMax,
  reduceMean,
  reduceMin,
  reduceProd,
  reduceSum,
  reshape,
  resizeBilinear,
  resizeNearestNeighbor,
  selu,
  sign,
  sin,
  sinh,
  slice,
  softmax,
  square,
  squaredDifference,
  stridedSlice,
  subtract,
  tan,
  tile,
  transpose,
  where,
  type Tensor,
  type DType,
} from '../../src/index';
import {
  argMaxReference,
  argMinReference,
  binaryReference,
  binaryReferences,
  concatReference,
  cumsumReference,
  depthToSpaceReference,
  extremeReference,
  functionReferences,
  gatherNDReference,
  gatherReference,
  logSoftmaxReference,
  matMulReference,
  mean,
  mirrorPadReference,
  normReference,
  oneHotReference,
  operatorReferences,
  padReference,
  poolReference,
  resizeBilinearReference,
  resizeNearestReference,
  sliceReference,
  softmaxReference,
  stridedSliceReference,
  sumReference,
  tileReference,
  transposeReference,
  unaryReferences,
  whereReference,
  type NdArray,
} from '../support/array-reference';
import { EPSILON } from '../support/close';
import { functionBound } from '../support/function-bounds';
import { literal } from './print';
import { sampled, sampledOpNames } from './sampled-calls';
import { transposed } from './transposed-calls';

/** One call, and which of its tensors are float16. */
export interface ArrayCall extends Call {
  /** For each of its tensors, whether it is float16. */
  readonly halves: readonly boolean[];
  /** Whether halves are packed in words even if the device has shader-f16. */
  readonly isPacked: boolean;
}

/** A call without its float16 choices. */
export interface Call {
  readonly op: string;
  /** Shapes of its tensors. The first has the call's seed for its numbers, and each further one the next seed. */
  readonly shapes: readonly (readonly number[])[];
  readonly seed: number;
  /** The other arguments, for the text of a failure. */
  readonly rest: readonly unknown[];
  /** The type of the result: this type, or that of the first tensor; if absent, the widest type among the tensors. */
  readonly dtype?: DType | 'first' | 'others';
  /** The default rule by which kernel and tile are chosen, if not the device's. */
  readonly rule?: 'cpu' | 'gpu';
  run(tensors: readonly Tensor[]): Tensor;
  expected(arrays: readonly NdArray[]): NdArray;
  /** The error bound in float32; if absent, the result must be exact. */
  bound?(arrays: readonly NdArray[], expected: NdArray): ArrayLike<number>;
}

/** `add(random([2, 3], 7), random([3], 8))`. */
export function printArrayCall({ op, shapes, seed, rest, halves, isPacked, rule }: ArrayCall): string {
  const tensors = shapes.map((shape, i) => `random(${literal(shape)}, ${seed + i}${halves[i] ? ", 'f16'" : ''})`);
  const given = op === 'concat' ? [`[${tensors.join(', ')}]`] : tensors;
  const how = [rule && `by the rule for a ${rule}`, isPacked && 'halves packed in words'].filter(Boolean).join('; ');
  return `${op}(${[...given, ...rest.map(literal)].join(', ')})${how && ` // ${how}`}`;
}

const from = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max });
const seed = from(1, 2 ** 31 - 100);
const size = fc.oneof(from(1, 4), from(1, 9));

/** Up to six axes of several sizes, some in fours. */
const shapeOf = (least: number, most = 6): fc.Arbitrary<number[]> =>
  fc.array(size, { minLength: least, maxLength: most, size: 'max' }).map(cut);

/** The number of operations that the float64 loops can do quickly. */
function cut(shape: readonly number[]): number[] {
  let left = 4000;
  return shape.map((n) => {
    const fits = Math.max(Math.min(n, left), 1);
    left = Math.floor(left / fits);
    return fits;
  });
}

/** A number for each axis. */
const perAxis = fc.array(fc.nat({ max: 999 }), { minLength: 8, maxLength: 8 });

const magnitudes = ({ shape, values }: NdArray): NdArray => ({ shape, values: values.map(Math.abs) });

/** One rounding of each result. */
const once = (_: readonly NdArray[], { values }: NdArray): Float64Array =>
  values.map((v) => EPSILON * Math.abs(v) + 2 ** -126);

const comparisons = { equal, greater, greaterEqual, less, lessEqual, logicalAnd, logicalOr, logicalXor, notEqual };
const operators = { add, subtract, multiply, divide, minimum, maximum, squaredDifference, atan2, divNoNan, ...comparisons }; // prettier-ignore

/** Roundings of a result, in units of half a last place. Functions that are not listed are rounded once, or not at all. */
const UNITS: Readonly<Record<string, number>> = { divide: 5, divNoNan: 5, squaredDifference: 4, atan2: 16 };

const binary = fc
  .record({
    shape: shapeOf(0),
    fewer: perAxis,
    drop: fc.nat({ max: 6 }),
    seed,
    name: fc.constantFrom(...(Object.keys(operators) as (keyof typeof operators)[])),
    number: fc.constantFrom('none', 'first', 'second'),
  })
  .map(({ shape, fewer, drop, seed: s, name, number }): Call => {
    const [a, b] = [0, 1].map((side) => shape.map((n, i) => (fewer[i] % 4 === side ? 1 : n)));
    const [operator, f] = [operators[name], { ...binaryReferences, ...operatorReferences }[name]];
    const scalar = { shape: [], values: Float64Array.of(0.75) };
    const sides = <T>([x, y]: readonly T[], instead: T): [T, T] =>
      number === 'none' ? [x, y] : number === 'first' ? [instead, x] : [x, instead];
    return {
      op: name,
      shapes: number === 'none' ? [a, b.slice(Math.min(drop, b.length))] : [shape],
      seed: s,
      rest: number === 'none' ? [] : [0.75, `as the ${number}`],
      run: (tensors) => operator(...sides<Tensor | number>(tensors, 0.75)),
      expected: (arrays) => binaryReference(...sides(arrays, scalar), f),
      bound: (arrays, expected) => once(arrays, expected).map((v) => v * (UNITS[name] ?? 1)),
    };
  });

const functions = { abs, ceil, exp, floor, negate, sign, square };

const further = { acos, asin, atan, cos, cosh, erf, expm1, isNan, log1p, logicalNot, selu, sin, sinh, tan };

const mapped = fc
  .record({
    shape: shapeOf(0),
    seed,
    name: fc.constantFrom(...(Object.keys(functions) as (keyof typeof functions)[])),
  })
  .map(({ shape, seed: s, name }): Call => ({
    op: name,
    shapes: [shape],
    seed: s,
    rest: [],
    run: ([x]) => functions[name](x),
    expected: ([x]) => ({ shape, values: x.values.map(unaryReferences[name]) }),
    // exp is off by 3 + 2 |x| units in the last place, and |x| is at most 1.
    bound: (arrays, expected) => once(arrays, expected).map((v) => v * (name === 'exp' ? 12 : 1)),
  }));

const angled = fc
  .record({ shape: shapeOf(0), seed, name: fc.constantFrom(...(Object.keys(further) as (keyof typeof further)[])) })
  .map(({ shape, seed: s, name }): Call => ({
    op: name,
    shapes: [shape],
    seed: s,
    rest: [],
    run: ([x]) => further[name](x),
    expected: ([x]) => ({ shape, values: x.values.map(functionReferences[name]) }),
    bound: ([x], { values }) => values.map((v, i) => functionBound(name, x.values[i], v)),
  }));

const chosen = fc
  .record({ shape: shapeOf(0, 5), fewer: perAxis, number: fc.constantFrom('none', 'first', 'second'), seed })
  .map(({ shape, fewer, number, seed: s }): Call => {
    const [condition, a, b] = [0, 1, 2].map((side) => shape.map((n, i) => (fewer[i] % 6 === side ? 1 : n)));
    const scalar = { shape: [], values: Float64Array.of(0.75) };
    const sides = <T>([x, y]: readonly T[], instead: T): [T, T] =>
      number === 'none' ? [x, y] : number === 'first' ? [instead, x] : [x, instead];
    return {
      op: 'where',
      shapes: number === 'none' ? [condition, a, b] : [condition, a],
      seed: s,
      rest: number === 'none' ? [] : [0.75, `as the ${number}`],
      dtype: 'others',
      run([c, ...others]) {
        using truth = greater(c, 0);
        return where(truth, ...sides<Tensor | number>(others, 0.75));
      },
      expected: ([{ shape: own, values }, ...others]) =>
        whereReference({ shape: own, values: values.map((v) => Number(v > 0)) }, ...sides(others, scalar)),
    };
  });

const permuted = fc.record({ shape: shapeOf(1), keys: perAxis, seed }).map(({ shape, keys, seed: s }): Call => {
  const order = [...shape.keys()].toSorted((i, j) => keys[i] - keys[j]);
  return {
    op: 'transpose',
    shapes: [shape],
    seed: s,
    rest: [order],
    run: ([x]) => transpose(x, order),
    expected: ([x]) => transposeReference(x, order),
  };
});

const sliced = fc.record({ shape: shapeOf(1), at: perAxis, some: perAxis, seed }).map((g): Call => {
  const begin = g.shape.map((n, i) => g.at[i] % n);
  const sizes = g.shape.map((n, i) => 1 + (g.some[i] % (n - begin[i])));
  return {
    op: 'slice',
    shapes: [g.shape],
    seed: g.seed,
    rest: [begin, sizes],
    run: ([x]) => slice(x, begin, sizes),
    expected: ([x]) => sliceReference(x, begin, sizes),
  };
});

const joined = fc
  .record({ shape: shapeOf(1), axis: fc.nat({ max: 99 }), sizes: fc.array(size, { minLength: 1, maxLength: 5 }), seed })
  .map(({ shape, axis, sizes, seed: s }): Call => {
    const at = axis % shape.length;
    return {
      op: 'concat',
      shapes: sizes.map((n) => shape.with(at, n)),
      seed: s,
      rest: [at],
      run: (tensors) => concat(tensors, at),
      expected: (arrays) => concatReference(arrays, at),
    };
  });

const padded = fc.record({ shape: shapeOf(1, 5), before: perAxis, after: perAxis, seed }).map((g): Call => {
  const sides = g.shape.map((_, i): [number, number] => [g.before[i] % 4, g.after[i] % 3]);
  const value = g.before[7] % 2 === 0 ? 0 : 0.5;
  return {
    op: 'pad',
    shapes: [g.shape],
    seed: g.seed,
    rest: [sides, value],
    run: ([x]) => pad(x, sides, value),
    expected: ([x]) => padReference(x, sides, value),
  };
});

const mirrored = fc
  .record({
    shape: shapeOf(1, 5),
    before: perAxis,
    after: perAxis,
    mode: fc.constantFrom('reflect', 'symmetric', 'edge'),
    seed,
  }) // prettier-ignore
  .map(({ shape, before, after, mode, seed: s }): Call => {
    const most = shape.map((n) => (mode === 'reflect' ? n - 1 : mode === 'edge' ? 3 : n));
    const sides = most.map((n, i): [number, number] => [before[i] % (Math.min(n, 3) + 1), after[i] % (n + 1)]);
    return {
      op: 'pad',
      shapes: [shape],
      seed: s,
      rest: [sides, mode],
      run: ([x]) => pad(x, sides, mode),
      expected: ([x]) => mirrorPadReference(x, sides, mode),
    };
  });

const stepped = fc
  .record({ shape: shapeOf(1), begin: perAxis, steps: perAxis, counts: perAxis, seed })
  .map((g): Call => {
    const strides = g.shape.map((_, i) => [1, 2, 3, -1, -2][g.steps[i] % 5]);
    const begin = g.shape.map((n, i) => g.begin[i] % n);
    const end = g.shape.map((n, i) => {
      const left = strides[i] > 0 ? n - begin[i] : begin[i] + 1;
      const count = 1 + (g.counts[i] % Math.ceil(left / Math.abs(strides[i])));
      const last = begin[i] + count * strides[i];
      return last < 0 ? null : last;
    });
    return {
      op: 'stridedSlice',
      shapes: [g.shape],
      seed: g.seed,
      rest: [begin, end, strides],
      run: ([x]) => stridedSlice(x, begin, end, strides),
      expected: ([x]) => stridedSliceReference(x, begin, end, strides),
    };
  });

const tiled = fc.record({ shape: shapeOf(0, 5), times: perAxis, seed }).map(({ shape, times, seed: s }): Call => {
  const repetitions = shape.map((_, i) => 1 + (times[i] % 3));
  return {
    op: 'tile',
    shapes: [shape],
    seed: s,
    rest: [repetitions],
    run: ([x]) => tile(x, repetitions),
    expected: ([x]) => tileReference(x, repetitions),
  };
});

const blocks = fc
  .record({ shape: shapeOf(4, 4), block: from(1, 3), mode: fc.constantFrom('DCR', 'CRD'), seed })
  .map(({ shape: [n, h, w, c], block, mode, seed: s }): Call => ({
    op: 'depthToSpace',
    shapes: [[n, h, w, c * block ** 2]],
    seed: s,
    rest: [block, { mode }],
    run: ([x]) => depthToSpace(x, block, { mode }),
    expected: ([x]) => depthToSpaceReference(x, block, mode),
  }));

const reshaped = fc.record({ shape: shapeOf(0), seed }).map(({ shape, seed: s }): Call => {
  const flat = [-1, shape.at(-1) ?? 1];
  return {
    op: 'reshape',
    shapes: [shape],
    seed: s,
    rest: [flat],
    run: ([x]) => reshape(x, flat),
    expected: ({ 0: { values } }) => ({ shape: [values.length / flat[1], flat[1]], values }),
  };
});

const reduced = fc
  .record({ shape: shapeOf(1), long: fc.boolean(), pick: perAxis, isMean: fc.boolean(), keepDims: fc.boolean(), seed })
  .map((g): Call => {
    // A long sum is shared by a workgroup.
    const shape = g.long ? cut([...g.shape.slice(0, 2), 300 + g.pick[7]]) : g.shape;
    const axes = [...shape.keys()].filter((i) => g.pick[i] % 2 === 1);
    const terms = axes.reduce((product, axis) => product * shape[axis], 1);
    const divisor = g.isMean ? terms : 1;
    const sum = (x: NdArray): NdArray => {
      const { shape: kept, values } = sumReference(x, axes);
      return {
        shape: g.keepDims ? kept : kept.filter((_, axis) => !axes.includes(axis)),
        values: values.map((v) => v / divisor),
      };
    };
    const { keepDims } = g;
    return {
      op: g.isMean ? 'reduceMean' : 'reduceSum',
      shapes: [shape],
      seed: g.seed,
      rest: [axes, { keepDims }],
      run: ([x]) => (g.isMean ? reduceMean : reduceSum)(x, axes, { keepDims }),
      expected: ([x]) => sum(x),
      // A quotient is off by 2.5 units in the last place.
      bound: ([x]) => sum(magnitudes(x)).values.map((m) => (terms + (g.isMean ? 5 : 0)) * EPSILON * m),
    };
  });

const pooled = fc
  .record({ shape: shapeOf(4, 4), isFirst: fc.boolean(), seed })
  .map(({ shape, isFirst, seed: s }): Call => {
    const axes = isFirst ? [2, 3] : [1, 2];
    const terms = shape[axes[0]] * shape[axes[1]];
    const average = (x: NdArray): NdArray => {
      const sums = sumReference(x, axes);
      return { shape: sums.shape, values: sums.values.map((v) => v / terms) };
    };
    const options = isFirst ? { dataFormat: 'NCHW' as const } : {};
    return {
      op: 'globalAveragePool',
      shapes: [shape],
      seed: s,
      rest: [options],
      run: ([x]) => globalAveragePool(x, options),
      expected: ([x]) => average(x),
      bound: ([x]) => average(magnitudes(x)).values.map((m) => (terms + 5) * EPSILON * m),
    };
  });

const extremes = fc
  .record({ shape: shapeOf(1), long: fc.boolean(), pick: perAxis, isMax: fc.boolean(), seed })
  .map((g): Call => {
    const shape = g.long ? cut([...g.shape.slice(0, 2), 300 + g.pick[7]]) : g.shape;
    const axes = [...shape.keys()].filter((i) => g.pick[i] % 2 === 1);
    return {
      op: g.isMax ? 'reduceMax' : 'reduceMin',
      shapes: [shape],
      seed: g.seed,
      rest: [axes, { keepDims: true }],
      run: ([x]) => (g.isMax ? reduceMax : reduceMin)(x, axes, { keepDims: true }),
      expected: ([x]) => extremeReference(x, axes, g.isMax ? Math.max : Math.min),
    };
  });

const places = fc
  .record({ shape: shapeOf(1, 4), long: fc.boolean(), isLeast: fc.boolean(), axis: fc.nat({ max: 99 }), seed })
  .map(({ shape: small, long, isLeast, axis, seed: s }): Call => {
    const at = axis % small.length;
    const shape = long ? cut(small.with(at, 60 + axis)) : small;
    return {
      op: long === isLeast ? 'argMin' : 'argMax',
      shapes: [shape],
      seed: s,
      rest: [at],
      dtype: 'f32',
      run: ([x]) => (long === isLeast ? argMin : argMax)(x, at),
      expected: ([x]) => (long === isLeast ? argMinReference : argMaxReference)(x, at),
    };
  });

/**
 * Indices as a tensor holds them, from a little before the first element to a little behind the last. Like all numbers, they
 * come from the seed.
 */
const indexed = (x: NdArray, size_: number): NdArray => ({
  shape: x.shape,
  values: x.values.map((v) => Math.floor(v * (size_ + 1))),
});
const asIndices = (x: Tensor, size_: number): Tensor => {
  using scaled = multiply(x, size_ + 1);
  return floor(scaled);
};

const gathered = fc
  .record({ shape: shapeOf(1, 4), own: shapeOf(0, 2), axis: fc.nat({ max: 99 }), batch: fc.nat({ max: 2 }), seed })
  .map(({ shape, own, axis, batch, seed: s }): Call => {
    const at = axis % shape.length;
    const batchDims = Math.min(batch, at);
    // Powers of two, so that halves scale exactly.
    const most = 7;
    return {
      op: 'gather',
      shapes: [shape, [...shape.slice(0, batchDims), ...own.map((n) => Math.min(n, 4))]],
      seed: s,
      rest: [at, { batchDims }],
      dtype: 'first',
      run: ([x, y]) => {
        using indices = asIndices(y, most);
        return gather(x, indices, at, { batchDims });
      },
      expected: ([x, y]) => gatherReference(x, indexed(y, most), at, batchDims),
    };
  });

const pointed = fc
  .record({ shape: shapeOf(1, 4), own: shapeOf(0, 2), depth: fc.nat({ max: 99 }), seed })
  .map(({ shape, own, depth, seed: s }): Call => ({
    op: 'gatherND',
    shapes: [shape, [...own, 1 + (depth % shape.length)]],
    seed: s,
    rest: [],
    dtype: 'first',
    run: ([x, y]) => {
      using indices = asIndices(y, 3);
      return gatherND(x, indices);
    },
    expected: ([x, y]) => gatherNDReference(x, indexed(y, 3)),
  }));

const hot = fc.record({ shape: shapeOf(0, 3), depth: from(1, 9), seed }).map(({ shape, depth, seed: s }): Call => ({
  op: 'oneHot',
  shapes: [shape],
  seed: s,
  rest: [depth, { onValue: 0.5, offValue: -2 }],
  run: ([x]) => {
    using indices = asIndices(x, 7);
    return oneHot(indices, depth, { onValue: 0.5, offValue: -2 });
  },
  expected: ([x]) => oneHotReference(indexed(x, 7), depth, 0.5, -2),
}));

const running = fc
  .record({
    shape: shapeOf(1, 4),
    long: fc.boolean(),
    axis: fc.nat({ max: 99 }),
    exclusive: fc.boolean(),
    reverse: fc.boolean(),
    seed,
  }) // prettier-ignore
  .map(({ shape: small, long, axis, exclusive, reverse: isReverse, seed: s }): Call => {
    const at = axis % small.length;
    const shape = long ? cut(small.map((n, i) => (i === at ? 60 + 9 * axis : Math.min(n, 4)))) : small;
    const options = { exclusive, reverse: isReverse };
    return {
      op: 'cumsum',
      shapes: [shape],
      seed: s,
      rest: [at, options],
      run: ([x]) => cumsum(x, at, options),
      expected: ([x]) => cumsumReference(x, at, exclusive, isReverse),
      bound: ([x]) => cumsumReference(magnitudes(x), at, exclusive, isReverse).values.map((m) => 50 * EPSILON * m),
    };
  });

const windows = fc
  .record({
    shape: shapeOf(4, 4),
    isFirst: fc.boolean(),
    isMax: fc.boolean(),
    window: fc.tuple(from(1, 5), from(1, 5)),
    strides: fc.tuple(from(1, 4), from(1, 4)),
    dilations: fc.tuple(from(1, 3), from(1, 3)),
    sides: fc.tuple(from(0, 4), from(0, 4), from(0, 4), from(0, 4)),
    rule: fc.constantFrom('same', 'valid', 'explicit', 'dilated'),
    ceilMode: fc.boolean(),
    countIncludePad: fc.boolean(),
    seed,
  })
  .map((g): Call => {
    const first = g.isFirst ? 2 : 1;
    const one: readonly [number, number] = [1, 1];
    const dilations = g.rule === 'dilated' ? g.dilations : one;
    // No window may lie in the padding alone or beyond the image.
    const clipped = ([0, 1] as const).map((i) =>
      Math.min(g.window[i], Math.floor((g.shape[first + i] - 1) / dilations[i]) + 1),
    );
    const windowSize = g.rule === 'same' ? g.window : ([clipped[0], clipped[1]] as const);
    const side = (i: number): number => Math.min(g.sides[i], windowSize[i >> 1] - 1);
    const none = [0, 0] as const;
    const padding =
      g.rule === 'same'
        ? 'same'
        : g.rule === 'explicit'
          ? ([
              [side(0), side(1)],
              [side(2), side(3)],
            ] as const) // prettier-ignore
          : ([none, none] as const);
    const dataFormat = g.isFirst ? 'NCHW' : 'NHWC';
    // Rounding up adds a last window. With dilation, padding in front could leave that window without any input.
    const ceilMode = g.ceilMode && g.rule !== 'dilated';
    const counting = g.isMax ? {} : { countIncludePad: g.countIncludePad };
    const options = { windowSize, strides: g.strides, dilations, padding, dataFormat, ceilMode, ...counting } as const;
    const geometry = { ...options, window: windowSize };
    const average = (x: NdArray): NdArray => poolReference(x, geometry, mean);
    return {
      op: g.isMax ? 'maxPool2d' : 'averagePool2d',
      shapes: [g.shape],
      seed: g.seed,
      rest: [options],
      run: ([x]) => (g.isMax ? maxPool2d : averagePool2d)(x, options),
      expected: ([x]) => (g.isMax ? poolReference(x, geometry, (values) => Math.max(...values)) : average(x)),
      bound: ([x], { values }) =>
        g.isMax
          ? new Float64Array(values.length)
          : average(magnitudes(x)).values.map((m) => (windowSize[0] * windowSize[1] + 5) * EPSILON * m),
    };
  });

const resized = fc
  .record({
    shape: shapeOf(4, 4),
    size: fc.tuple(from(1, 12), from(1, 12)),
    isNearest: fc.boolean(),
    grids: fc.constantFrom({}, { alignCorners: true }, { halfPixelCenters: true }),
    seed,
  })
  .map(({ shape, size: out, isNearest, grids, seed: s }): Call => {
    const reference = isNearest ? resizeNearestReference : resizeBilinearReference;
    return {
      op: isNearest ? 'resizeNearestNeighbor' : 'resizeBilinear',
      shapes: [shape],
      seed: s,
      rest: [out, grids],
      run: ([x]) => (isNearest ? resizeNearestNeighbor : resizeBilinear)(x, out, grids),
      expected: ([x]) => reference(x, out, grids),
      // The bound covers two differences of numbers up to 1, each with a weight that is a rounded quotient.
      bound: (_, { values }) => new Float64Array(values.length).fill(isNearest ? 0 : 24 * EPSILON),
    };
  });

const products = fc
  .record({
    batch: shapeOf(0, 2),
    sizes: fc.tuple(from(1, 40), from(1, 40), from(1, 70)),
    a: fc.nat({ max: 3 }),
    b: fc.nat({ max: 3 }),
    seed,
  })
  .map(({ batch, sizes: [m, n, k], a, b, seed: s }): Call => {
    const most = batch.map((size_) => Math.min(size_, 2));
    const [transposeA, transposeB] = [a % 2 === 1, b % 2 === 1];
    // One of the two may be one matrix for the whole batch.
    const left = [...(a > 1 ? [] : most), ...(transposeA ? [k, m] : [m, k])];
    const right = [...(b > 1 && a <= 1 ? [] : most), ...(transposeB ? [n, k] : [k, n])];
    const plain = (x: NdArray, isTransposed: boolean): NdArray => {
      const last = x.shape.length - 1;
      const order = [...x.shape.keys()];
      return isTransposed ? transposeReference(x, [...order.slice(0, -2), last, last - 1]) : x;
    };
    const wide = (x: NdArray): NdArray => {
      if (x.shape.length === most.length + 2) return x;
      const copies = most.reduce((product, count) => product * count, 1);
      const values = new Float64Array(copies * x.values.length);
      for (let i = 0; i < copies; i++) values.set(x.values, i * x.values.length);
      return { shape: [...most, ...x.shape], values };
    };
    const product = ([x, y]: readonly NdArray[]): NdArray =>
      matMulReference(wide(plain(x, transposeA)), wide(plain(y, transposeB)));
    const options = { transposeA, transposeB };
    return {
      op: 'matMul',
      shapes: [left, right],
      seed: s,
      rest: [options],
      run: ([x, y]) => matMul(x, y, options),
      expected: product,
      bound: (arrays) => product(arrays.map(magnitudes)).values.map((v) => k * EPSILON * v + k * 2 ** -126),
    };
  });

const softened = fc
  .record({ shape: shapeOf(1, 4), axis: fc.nat({ max: 99 }), seed })
  .map(({ shape, axis, seed: s }): Call => {
    const at = axis % shape.length;
    return {
      op: 'softmax',
      shapes: [shape],
      seed: s,
      rest: [at],
      run: ([x]) => softmax(x, at),
      expected: ([x]) => softmaxReference(x, at),
      // exp(-d) of a rounded difference d up to 2 is off by 3 + 2 d units, above and below the fraction bar. The sum and the
      // quotient are rounded, too.
      bound: (_, { values }) => values.map((v) => (2 * (2 * 7 + 2) + shape[at] + 5) * EPSILON * v),
    };
  });

const normalized = fc
  .record({ shape: shapeOf(1, 5), long: fc.boolean(), first: perAxis, count: perAxis, seed })
  .map((g): Call => {
    const shape = g.long ? cut([...g.shape.slice(0, 2), 60 + 7 * g.count[7]]) : g.shape;
    const first = g.first[0] % shape.length;
    const axes = [...shape.keys()].slice(first, first + 1 + (g.count[0] % shape.length));
    const sizes = axes.map((axis) => shape[axis]);
    const terms = sizes.reduce((product, n) => product * n, 1);
    return {
      op: 'layerNorm',
      shapes: [shape, sizes, sizes],
      seed: g.seed,
      rest: [axes],
      dtype: 'first',
      run: ([x, scale, offset]) => layerNorm(x, { axes, scale, offset, epsilon: 0.01 }),
      expected: ([x, scale, offset]) => normReference(x, axes, 0.01, { sizes: axes, scale, offset }),
      // A factor of up to 10 multiplies numbers up to 1. The sums have at most this many roundings.
      bound: (_, { values }) => values.map(() => 10 * (40 + 2 * Math.sqrt(terms)) * EPSILON),
    };
  });

const logarithms = fc
  .record({ shape: shapeOf(1, 4), axis: fc.nat({ max: 99 }), seed })
  .map(({ shape, axis, seed: s }): Call => {
    const at = axis % shape.length;
    return {
      op: 'logSoftmax',
      shapes: [shape],
      seed: s,
      rest: [at],
      run: ([x]) => logSoftmax(x, at),
      expected: ([x]) => logSoftmaxReference(x, at),
      // Exponentials are off by 3 + 2 d units, and so is their sum. A logarithm is off by 2^-21 near 1.
      bound: (_, { values }) => values.map((v) => (16 + shape[at] + 8 * Math.abs(v)) * EPSILON + 2 ** -20),
    };
  });

const multiplied = fc
  .record({ shape: shapeOf(1, 4), axis: fc.nat({ max: 99 }), seed })
  .map(({ shape, axis, seed: s }): Call => {
    const at = axis % shape.length;
    const product = (...values: readonly number[]): number => values.reduce((all, v) => all * v, 1);
    return {
      op: 'reduceProd',
      shapes: [shape],
      seed: s,
      rest: [at, { keepDims: true }],
      run: ([x]) => reduceProd(x, at, { keepDims: true }),
      expected: ([x]) => extremeReference(x, [at], product),
      bound: (_, { values }) => values.map((v) => 2 * shape[at] * EPSILON * Math.abs(v) + 2 ** -126),
    };
  });

/** Draws these calls with this weight, so that each of their ops occurs. */
const often = (weight: number, arbitrary: fc.Arbitrary<Call>): fc.WeightedArbitrary<Call> => ({ weight, arbitrary });

const calls: fc.Arbitrary<Call> = fc.oneof(
  often(15, binary),
  often(6, mapped),
  often(12, angled),
  chosen,
  permuted,
  sliced,
  joined,
  padded,
  mirrored,
  normalized,
  stepped,
  tiled,
  blocks,
  reshaped,
  reduced,
  extremes,
  places,
  pooled,
  windows,
  resized,
  products,
  softened,
  logarithms,
  multiplied,
  running,
  gathered,
  pointed,
  hot,
  transposed,
  { weight: 6, arbitrary: sampled },
);

/** The names of the ops for which these generators make calls. */
export const arrayOpNames: readonly string[] = [
  ...Object.keys({ ...operators, ...functions, ...further }),
  'argMax',
  'argMin',
  'averagePool2d',
  ...sampledOpNames,
  'concat',
  'cumsum',
  'conv2dTranspose',
  'depthToSpace',
  'gather',
  'gatherND',
  'globalAveragePool',
  'layerNorm',
  'logSoftmax',
  'matMul',
  'maxPool2d',
  'oneHot',
  'pad',
  'reduceMax',
  'reduceMean',
  'reduceMin',
  'reduceProd',
  'reduceSum',
  'reshape',
  'resizeBilinear',
  'resizeNearestNeighbor',
  'slice',
  'softmax',
  'stridedSlice',
  'tile',
  'transpose',
  'where',
];

/** Which tensors of a call are float16: none, all or some. A failure shrinks to none. */
const someHalves: fc.Arbitrary<readonly boolean[]> = fc.oneof(
  { withCrossShrink: true },
  fc.constant(Array<boolean>(5).fill(false)),
  fc.constant(Array<boolean>(5).fill(true)),
  fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
);

export const arrayCalls: fc.Arbitrary<ArrayCall> = fc
  .tuple(calls, someHalves, fc.boolean())
  .map(([call, halves, isPacked]) => ({ ...call, halves: halves.slice(0, call.shapes.length), isPacked }));
