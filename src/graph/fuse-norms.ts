/**
 * Makes one call of a norm that is spelt out in operators: mean, squared differences, their mean, the root of that plus epsilon,
 * and then either the formula of frameworks that have no such op,
 *
 *     (x - mean) * factor                                   or divided by the root
 *     (x - mean) * (factor * gamma)                         in flax
 *
 * or the formula of TensorFlow's tf.nn.batch_normalization, which Keras calls,
 *
 *     x * (factor * gamma) + (beta - mean * (factor * gamma))
 *
 * The remaining operators with gamma and beta are maps like any other: the norm takes them at its end.
 *
 * @module
 * @see https://github.com/keras-team/keras/blob/v2.15.0/keras/layers/normalization/layer_normalization.py
 */
import type { Storage } from '../gpu/buffers';
import type { Call, Ending, Operand } from '../gpu/call';
import { binary, type BinaryProblem } from '../kernels/binary';
import { elementwise, type Channels } from '../kernels/elementwise';
import { readsChannel } from '../kernels/epilogue';
import { norm } from '../kernels/norm';
import type { Operator } from '../kernels/operators';
import { reduce } from '../kernels/reduce';
import type { Graph } from './graph';
import { isOf } from './kinds';
import { mapOf, type ValueMap } from './map';

/** The part of a norm that is computed before anything is normalized. */
interface Moments {
  readonly x: Operand;
  readonly mean: Storage;
  readonly shape: readonly number[];
  readonly axes: readonly number[];
}

/** The last call of a norm, and the maps at its end. */
interface Found {
  readonly last: Call;
  readonly channels?: Channels;
  readonly endings: readonly Ending[];
}

/** Puts a norm in the place of the calls that compute it. The other calls are dead then, unless somebody reads them. */
export function fuseNorms(graph: Graph): void {
  const before = graph.calls;
  for (const call of before) {
    const moments = momentsOf(call, graph);
    const root = moments && rootOf(call, graph);
    if (moments === undefined || root === undefined) continue;
    const gain = scaledGain(root, graph);
    const found =
      centred(moments, root, graph) ??
      (gain && centred(moments, root, graph, gain)) ??
      (root.isFactor ? folded(moments, gain ?? root, graph) : undefined);
    if (found === undefined) continue;
    const { shape, axes, x } = moments;
    const { channels, inner } = found.channels ?? { channels: shape.at(-1) ?? 1, inner: 1 };
    graph.replace([found.last], {
      ...found.last,
      operation: norm,
      problem: { shape, axes, epsilon: root.epsilon, channels: { channels, inner } },
      inputs: { x },
      endings: found.endings,
      why: 'a norm written out in operators as one dispatch',
    });
  }
  if (graph.calls !== before) graph.dropDead();
}

/** The moments if a call is the mean of squared differences from a mean. */
function momentsOf(call: Call, graph: Graph): Moments | undefined {
  if (!isOf(reduce, call) || call.problem.reduction !== 'mean') return undefined;
  const { shape, axes } = call.problem;
  const squares = graph.writerOf(call.inputs.x.value);
  const pair = squares && (operandsOf(squares, 'squaredDifference') ?? squaredOf(squares, graph));
  if (pair === undefined) return undefined;
  for (const [x, mean] of [pair, pair.toReversed()]) {
    const writer = graph.writerOf(mean.value);
    if (!isOf(reduce, writer) || writer.problem.reduction !== 'mean' || writer.inputs.x.value !== x.value) continue;
    const isSame = String(writer.problem.shape) === String(shape) && isSameSet(writer.problem.axes, axes);
    const moments = { x, mean: mean.value, shape, axes };
    if (isSame && isAll(x, shape) && isStatistic(mean, moments)) return moments;
  }
  return undefined;
}

/** The two operands of a difference that a call squares. */
function squaredOf(squares: Call, graph: Graph): readonly Operand[] | undefined {
  const factors = operandsOf(squares, 'multiply');
  const isSquare = factors?.[0].value === factors?.[1].value;
  const base = (isSquare ? factors?.[0] : undefined) ?? functionOf(squares, 'square') ?? scalarOf(squares, 'power', 2);
  const writer = base && graph.writerOf(base.value);
  return writer && operandsOf(writer, 'subtract');
}

/** The root of variance plus epsilon, or its reciprocal. */
interface Root {
  readonly value: Storage;
  readonly epsilon: number;
  /** Whether it is the reciprocal, so that x is multiplied by it and not divided. */
  readonly isFactor: boolean;
}

function rootOf(variance: Call, graph: Graph): Root | undefined {
  const sum = graph.onlyReaderOf(variance.output.value);
  if (!isOf(binary, sum) || sum.problem.operator !== 'add' || graph.writerOf(sum.output.value) !== sum)
    return undefined;
  const { scalar } = sum.problem;
  if (scalar === undefined || scalar.name !== undefined || scalar.value < 0) return undefined;
  const root = graph.onlyReaderOf(sum.output.value);
  if (root === undefined || graph.writerOf(root.output.value) !== root) return undefined;
  const isFactor = (functionOf(root, 'rsqrt') ?? scalarOf(root, 'power', -0.5)) !== undefined;
  if (!isFactor && (functionOf(root, 'sqrt') ?? scalarOf(root, 'power', 0.5)) === undefined) return undefined;
  return { value: root.output.value, epsilon: scalar.value, isFactor };
}

/** The multiplier of a norm: the factor, or the factor times gamma. */
interface Gain {
  readonly value: Storage;
  readonly gamma?: Operand;
}

/** The gain of a root whose only reader scales it. */
function scaledGain({ value, isFactor }: Root, graph: Graph): Gain | undefined {
  const scaling = isFactor ? graph.onlyReaderOf(value) : undefined;
  const gamma = scaling && otherOf(scaling, value);
  if (scaling === undefined || gamma === undefined || graph.writerOf(scaling.output.value) !== scaling)
    return undefined;
  return { value: scaling.output.value, gamma };
}

/** (x - mean) * gain. */
function centred(moments: Moments, root: Root, graph: Graph, gain: Gain = root): Found | undefined {
  const { value, gamma } = gain;
  const last = graph.onlyReaderOf(value);
  const difference = last && (root.isFactor ? otherOf(last, value) : dividendOf(last, value));
  const writer = difference && graph.writerOf(difference.value);
  const [x, mean] = (writer && operandsOf(writer, 'subtract')) ?? [];
  const isNorm =
    difference !== undefined && isAll(difference, moments.shape) && isX(x, moments) && isMean(mean, moments);
  if (last === undefined || !isNorm || graph.writerOf(last.output.value) !== last) return undefined;
  if (gamma !== undefined) return ended(last, [mapBy('multiply', gamma, moments)]);
  // Take the place of the channels from the reader, if it does something else to each channel.
  const next = graph.onlyReaderOf(last.output.value);
  const map = next && mapOf(next);
  return { last, endings: [], channels: map && perChannel(map) };
}

/** x * gain + (beta - mean * gain). */
function folded(moments: Moments, { value: gain, gamma }: Gain, graph: Graph): Found | undefined {
  const products = graph.readersOf(gain);
  if (products.length !== 2 || graph.outputs.has(gain)) return undefined;
  for (const [scaled, shift] of [products, products.toReversed()]) {
    const rest = graph.onlyReaderOf(shift.output.value);
    const [beta, taken] = (rest && operandsOf(rest, 'subtract')) ?? [];
    const last = rest && graph.onlyReaderOf(rest.output.value);
    const isNorm =
      isX(otherOf(scaled, gain), moments) &&
      isMean(otherOf(shift, gain), moments) &&
      taken?.value === shift.output.value &&
      graph.onlyReaderOf(scaled.output.value) === last &&
      [scaled, shift, rest, last].every((call) => call !== undefined && graph.writerOf(call.output.value) === call);
    if (beta === undefined || last === undefined || !isNorm || operandsOf(last, 'add') === undefined) continue;
    return ended(last, [...(gamma ? [mapBy('multiply', gamma, moments)] : []), mapBy('add', beta, moments)]);
  }
  return undefined;
}

/** A norm with these maps at its end, if all have the same channels. */
function ended(last: Call, maps: readonly (ValueMap | undefined)[]): Found | undefined {
  const [first] = maps;
  const isOne = ({ channels, inner }: Channels): boolean =>
    channels === first?.channels.channels && inner === first.channels.inner;
  if (first === undefined || !maps.every((map) => map !== undefined && isOne(map.channels))) return undefined;
  return { last, channels: first.channels, endings: maps.flatMap((map) => map?.endings ?? []) };
}

/** The map of an operator between a value of x's shape and a tensor with one number per channel. */
function mapBy(operator: Operator, other: Operand, { x, shape }: Moments): ValueMap | undefined {
  const problem: BinaryProblem = { operator, shape, a: shape, b: other.shape };
  const inputs = { a: { ...x, shape }, b: other };
  const call: Call<BinaryProblem> = {
    op: operator,
    operation: binary,
    problem,
    inputs,
    endings: [],
    output: x,
    sums: 'f32',
  };
  const map = mapOf(call);
  return map && perChannel(map) && map;
}

function perChannel({ channels, endings }: ValueMap): Channels | undefined {
  return endings.some(({ stage }) => readsChannel(stage)) ? channels : undefined;
}

/** Both operands of an operator between tensors. */
function operandsOf(call: Call, operator: Operator): readonly [Operand, Operand] | undefined {
  if (!isOf(binary, call) || call.problem.operator !== operator || call.problem.scalar !== undefined) return undefined;
  const { a, b } = call.inputs;
  return [
    { ...a, shape: call.problem.a },
    { ...b, shape: call.problem.b },
  ];
}

/** The other factor of a product with a value. */
function otherOf(call: Call, value: Storage): Operand | undefined {
  const factors = operandsOf(call, 'multiply');
  const at = factors?.findIndex((operand) => operand.value === value);
  return at === 0 || at === 1 ? factors?.[1 - at] : undefined;
}

/** The dividend of a division by a value. */
function dividendOf(call: Call, value: Storage): Operand | undefined {
  const [dividend, divisor] = operandsOf(call, 'divide') ?? [];
  return divisor?.value === value ? dividend : undefined;
}

/** The left operand of an operator with that number on its right. */
function scalarOf(call: Call, operator: Operator, number: number): Operand | undefined {
  if (!isOf(binary, call) || call.problem.operator !== operator) return undefined;
  const { scalar } = call.problem;
  return scalar?.instead === 'b' && scalar.value === number ? call.inputs.a : undefined;
}

/** The argument of an element-wise function. */
function functionOf(call: Call, name: string): Operand | undefined {
  if (!isOf(elementwise, call) || call.endings.length !== 1) return undefined;
  const [{ stage }] = call.endings;
  return stage.kind === 'activation' && stage.code.name === name ? call.inputs.x : undefined;
}

function isX(operand: Operand | undefined, { x, shape }: Moments): boolean {
  return operand?.value === x.value && isAll(operand, shape);
}

function isMean(operand: Operand | undefined, moments: Moments): boolean {
  return operand?.value === moments.mean && isStatistic(operand, moments);
}

/** Whether an operand has that shape; axes of size 1 in front do not matter. */
function isAll({ shape: own }: Operand, shape: readonly number[]): boolean {
  return fits(own, shape, () => false);
}

/** Whether an operand has one number for each row. */
function isStatistic({ shape: own }: Operand, { shape, axes }: Pick<Moments, 'shape' | 'axes'>): boolean {
  return fits(own, shape, (axis) => axes.includes(axis));
}

function fits(own: readonly number[], shape: readonly number[], isOne: (axis: number) => boolean): boolean {
  const missing = shape.length - own.length;
  return missing >= 0 && shape.every((n, axis) => (own[axis - missing] ?? 1) === (isOne(axis) ? 1 : n));
}

function isSameSet(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((axis) => other.includes(axis));
}
