/** Generators of calls of `conv2dTranspose`, each with its expected result. */
import fc from 'fast-check';
import { transposeProblem, type TransposeGeometry } from '../../src/conv/transpose-problem';
import { transposeReference } from '../../src/conv/transpose-reference';
import { outputShape } from '../../src/conv/window';
import { conv2dTranspose } from '../../src/index';
import type { NdArray } from '../support/array-reference';
import { EPSILON } from '../support/close';
import type { Call } from './array-calls';

const from = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max });
const pairOf = (max: number): fc.Arbitrary<readonly [number, number]> => fc.tuple(from(1, max), from(1, max));
const nat = fc.nat({ max: 999 });
const nats = fc.tuple(nat, nat, nat, nat, nat, nat);

/** The numbers of an axis that are valid in any combination. */
interface Axis {
  readonly size: number;
  readonly taps: number;
  readonly stride: number;
  readonly dilation: number;
}

/** The extent that the taps of all inputs cover. */
function reachOf({ size, taps, stride, dilation }: Axis): number {
  return (size - 1) * stride + (taps - 1) * dilation + 1;
}

/** Padding that leaves part of that extent. */
function sidesOf(axis: Axis, before: number, after: number): readonly [number, number] {
  const reach = reachOf(axis);
  const first = before % Math.min(reach, 8);
  return [first, after % Math.min(reach - first, 8)];
}

/** One of the sizes that the forward convolution maps to the input's size. */
function sizeOf(axis: Axis, padding: 'same' | 'valid', more: number): number {
  const { size, stride } = axis;
  return padding === 'same' ? (size - 1) * stride + 1 + (more % stride) : reachOf(axis) + (more % stride);
}

export const transposed: fc.Arbitrary<Call> = fc
  .record({
    seed: from(1, 2 ** 31 - 100),
    batch: from(1, 2),
    size: pairOf(6),
    taps: pairOf(4),
    strides: fc.oneof({ withCrossShrink: true }, pairOf(1), fc.constant([2, 2] as const), pairOf(5)),
    dilations: fc.oneof({ withCrossShrink: true }, pairOf(1), pairOf(1), pairOf(3)),
    groups: fc.oneof(from(1, 1), from(1, 4)),
    members: from(1, 5),
    outs: from(1, 5),
    inFours: fc.boolean(),
    isDepthwise: fc.boolean(),
    padding: fc.constantFrom('same', 'valid', 'sides'),
    isSized: fc.boolean(),
    isChannelsFirst: fc.boolean(),
    hasBias: fc.boolean(),
    rule: fc.constantFrom('cpu', 'gpu'),
    numbers: nats,
  })
  .map(({ seed, batch, size, taps, strides, dilations, padding, numbers, rule, ...c }): Call => {
    const four = c.inFours ? 4 : 1;
    // In the depthwise form a group has one channel. Where a filter fits both forms, the call takes the other one.
    const [groups, members] = c.isDepthwise ? [c.groups * four, 1] : [c.groups, c.members > 2 ? four : c.members];
    const outs = c.isDepthwise ? c.outs : c.outs > 2 ? four : c.outs;
    const channels = groups * members;
    const isDepthwiseForm = c.isDepthwise && outs !== channels;
    const axes = [0, 1].map((i): Axis => ({
      size: size[i],
      taps: taps[i],
      stride: strides[i],
      dilation: dilations[i],
    }));
    const [height, width] = axes;
    const [top, left, bottom, right, more, extra] = numbers;
    const geometry: TransposeGeometry = {
      strides,
      dilations,
      ...(groups > 1 && { groups }),
      ...(c.isChannelsFirst && { dataFormat: 'NCHW' }),
      ...(padding === 'sides'
        ? { padding: [sidesOf(height, top, bottom), sidesOf(width, left, right)] }
        : { padding: padding }),
      ...(c.isSized &&
        (padding === 'sides'
          ? { outputPadding: [more % Math.max(height.stride, height.dilation), extra % Math.max(width.stride, width.dilation)] } // prettier-ignore
          : { outputShape: [sizeOf(height, padding, more), sizeOf(width, padding, extra)] })),
    };
    const x = c.isChannelsFirst ? [batch, channels, ...size] : [batch, ...size, channels];
    const filter = [...taps, ...(isDepthwiseForm ? [channels, outs] : [outs, channels])];
    const problem = transposeProblem('conv2dTranspose', x, filter, geometry);
    const inner = c.isChannelsFirst ? problem.outHeight * problem.outWidth : 1;
    const sums = (arrays: readonly NdArray[], of: (v: number) => number): Float64Array => {
      const [image, weights, bias] = arrays.map(({ values }) => Float64Array.from(values, of));
      const values = transposeReference(problem, image, weights);
      return bias === undefined ? values : values.map((v, i) => v + bias[Math.floor(i / inner) % problem.outChannels]);
    };
    // Each product and each sum is rounded once, and a bias adds one rounding.
    const terms = taps[0] * taps[1] * members + 2;
    return {
      op: 'conv2dTranspose',
      shapes: [x, filter, ...(c.hasBias ? [[problem.outChannels]] : [])],
      seed,
      rest: [geometry],
      rule: rule,
      dtype: 'first',
      run: ([image, weights, bias]) => conv2dTranspose(image, weights, { ...geometry, bias }),
      expected: (arrays) => ({ shape: outputShape(problem), values: sums(arrays, (v) => v) }),
      bound: (arrays) => sums(arrays, Math.abs).map((m) => terms * (EPSILON * m + 2 ** -126)),
    };
  });
