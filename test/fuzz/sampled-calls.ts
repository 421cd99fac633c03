/** Generators of calls that resample images, change batches or work in one dimension, each with its expected result. */
import fc from 'fast-check';
import {
  batchToSpace,
  conv1d,
  localResponseNormalization,
  resizeBicubic,
  resizeBilinear,
  resizeNearestNeighbor,
  spaceToBatch,
} from '../../src/index';
import {
  batchToSpaceReference,
  localResponseReference,
  matMulReference,
  onnxResizeReference,
  spaceToBatchReference,
  type NdArray,
} from '../support/array-reference';
import { EPSILON } from '../support/close';
import type { Call } from './array-calls';

const from = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max });
const seed = from(1, 2 ** 31 - 100);
const sizes = fc.tuple(from(1, 3), from(1, 8), from(1, 8), from(1, 9));
const sides = fc.tuple(from(0, 3), from(0, 3));

const RESIZES = { linear: resizeBilinear, nearest: resizeNearestNeighbor, cubic: resizeBicubic };

const resized = fc
  .record({
    shape: sizes,
    size: fc.tuple(from(1, 12), from(1, 12)),
    kind: fc.constantFrom('linear', 'nearest', 'cubic'),
    mode: fc.constantFrom('asymmetric', 'half_pixel', 'pytorch_half_pixel', 'align_corners'),
    nearest: fc.constantFrom('round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil'),
    coefficient: fc.constantFrom(-0.75, -0.5),
    dataFormat: fc.constantFrom('NHWC', 'NCHW'),
    seed,
  })
  .map(({ shape, size, kind, mode, nearest, coefficient, dataFormat, seed: s }): Call => {
    const own = { linear: {}, nearest: { nearestMode: nearest }, cubic: { cubicCoefficient: coefficient } }[kind];
    const options = { coordinateMode: mode, dataFormat, ...own };
    return {
      op: RESIZES[kind].name,
      shapes: [shape],
      seed: s,
      rest: [size, options],
      run: ([x]) => RESIZES[kind](x, size, options),
      expected: ([x]) => onnxResizeReference(x, size, { kind, mode, nearest, coefficient, dataFormat }),
      // The bounds are those of resize-modes.test.ts.
      bound: (_, { values }) => values.map(() => ({ linear: 24, nearest: 0, cubic: 96 })[kind] * EPSILON),
    };
  });

const dealt = fc
  .record({ shape: sizes, block: fc.tuple(from(1, 3), from(1, 4)), before: sides, seed })
  .map(({ shape, block, before, seed: s }): Call => {
    // The padding behind fills up the last block.
    const paddings = block.map((n, i): [number, number] => {
      const some = before[i] + shape[i + 1];
      return [before[i], Math.ceil(some / n) * n - some];
    });
    return {
      op: 'spaceToBatch',
      shapes: [shape],
      seed: s,
      rest: [block, paddings],
      run: ([x]) => spaceToBatch(x, block, paddings),
      expected: ([x]) => spaceToBatchReference(x, block, paddings),
    };
  });

const gathered = fc
  .record({ shape: sizes, block: fc.tuple(from(1, 3), from(1, 4)), crops: fc.tuple(sides, sides), seed })
  .map(({ shape: [n, h, w, c], block, crops, seed: s }): Call => {
    const cut = crops.map(([before, after], i): [number, number] => {
      const whole = [h, w][i] * block[i];
      const first = before % whole;
      return [first, after % (whole - first)];
    });
    return {
      op: 'batchToSpace',
      shapes: [[n * block[0] * block[1], h, w, c]],
      seed: s,
      rest: [block, cut],
      run: ([x]) => batchToSpace(x, block, cut),
      expected: ([x]) => batchToSpaceReference(x, block, cut),
    };
  });

const responses = fc
  .record({ shape: sizes, radius: from(0, 5), beta: fc.constantFrom(0.5, 0.75, 1), seed })
  .map(({ shape, radius, beta, seed: s }): Call => {
    const options = { bias: 1, alpha: 0.5, beta };
    return {
      op: 'localResponseNormalization',
      shapes: [shape],
      seed: s,
      rest: [{ depthRadius: radius, ...options }],
      run: ([x]) => localResponseNormalization(x, { depthRadius: radius, ...options }),
      expected: ([x]) => localResponseReference(x, { radius, ...options }),
      bound: (_, { values }) => values.map((v) => 32 * EPSILON * Math.abs(v) + 2 ** -126),
    };
  });

/** Puts the taps of each output side by side, so that a convolution becomes a product of matrices. */
function unrolled(x: NdArray, taps: number, strides: number, dilations: number): NdArray {
  const [batch, width, channels] = x.shape;
  const out = Math.floor((width - (taps - 1) * dilations - 1) / strides) + 1;
  const values: number[] = [];
  for (let n = 0; n < batch; n++) {
    for (let place = 0; place < out; place++) {
      for (let tap = 0; tap < taps; tap++) {
        const first = (n * width + place * strides + tap * dilations) * channels;
        values.push(...x.values.subarray(first, first + channels));
      }
    }
  }
  return { shape: [batch, out, taps * channels], values: Float64Array.from(values) };
}

const along = fc
  .record({ batch: from(1, 2), more: from(0, 20), channels: from(1, 9), outputs: from(1, 9), taps: from(1, 5), strides: from(1, 3), dilations: from(1, 3), seed }) // prettier-ignore
  .map(({ batch, more, channels, outputs, taps, strides, dilations, seed: s }): Call => {
    const product = ([x, w]: readonly NdArray[]): NdArray => {
      const rows = unrolled(x, taps, strides, dilations);
      const matrices = Float64Array.from({ length: batch * w.values.length }, (_, i) => w.values[i % w.values.length]);
      return matMulReference(rows, { shape: [batch, taps * channels, outputs], values: matrices });
    };
    const sizeless = ({ shape, values }: NdArray): NdArray => ({ shape, values: values.map(Math.abs) });
    return {
      op: 'conv1d',
      shapes: [[batch, (taps - 1) * dilations + 1 + more, channels], [taps, channels, outputs]],
      seed: s,
      rest: [{ strides, dilations }],
      dtype: 'first',
      run: ([x, w]) => conv1d(x, w, { strides, dilations }),
      expected: product,
      bound: (arrays) => product(arrays.map(sizeless)).values.map((v) => (taps * channels + 4) * EPSILON * (v + 1)),
    };
  }); // prettier-ignore

export const sampled: fc.Arbitrary<Call> = fc.oneof(resized, resized, dealt, gathered, responses, along);

/** The ops that only the generators above cover. */
export const sampledOpNames: readonly string[] = [
  'batchToSpace',
  'conv1d',
  'localResponseNormalization',
  'resizeBicubic',
  'spaceToBatch',
];
