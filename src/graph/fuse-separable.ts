/**
 * A depthwise convolution and the pointwise one that alone reads it become one dispatch, where the rule says that it pays.
 *
 * @module
 */
import type { GpuContext } from '../gpu/context';
import type { Dispatch } from '../gpu/encode';
import { operandsOf } from '../kernels/epilogue';
import { inHalf } from '../kernels/half';
import { isUnpadded, skipsPixels } from '../kernels/pointwise';
import { separableFused } from '../kernels/separable';
import { isWhole, valueOf, type Graph } from './graph';

export function fuseSeparable(graph: Graph, context: GpuContext): void {
  for (const first of graph.dispatches) {
    const second = graph.onlyReaderOf(valueOf(first.operands.output));
    const fused = second && pairOf(first, second, context);
    if (fused !== undefined) graph.replace([first, second!], fused);
  }
}

function pairOf(first: Dispatch, second: Dispatch, { target }: GpuContext): Dispatch | undefined {
  if (first.meaning?.kind !== 'convolution' || second.meaning?.kind !== 'convolution') return undefined;
  const { problem: depthwise, epilogue: between } = first.meaning.question;
  const { problem: pointwise, epilogue: end } = second.meaning.question;
  if (depthwise.filterForm !== 'depthwise' || depthwise.groups !== depthwise.inChannels) return undefined;
  // A reshape in between may move pixels, which keep their order, but no channels.
  if (pointwise.inChannels !== depthwise.outChannels || pointwise.dataFormat !== depthwise.dataFormat) return undefined;
  if (
    pointwise.groups > 1 ||
    pointwise.filterHeight * pointwise.filterWidth > 1 ||
    skipsPixels(pointwise) ||
    !isUnpadded(pointwise)
  )
    return undefined;
  if (valueOf(second.operands.x) !== valueOf(first.operands.output) || !isWhole(second.operands.x)) return undefined;
  const operands = operandsOf(between).length + operandsOf(end).length;
  const pair = { depthwise, pointwise, operands };
  if (!separableFused.supports(pair) || !separableFused.suits(pair, target)) return undefined;
  const step = separableFused.step(pair, { between, end }, target);
  const inner = operandsOf(between).map((name) => [`between_${name}`, first.operands[name]] as const);
  const outer = operandsOf(end).map((name) => [name, second.operands[name]] as const);
  const stored = new Set<string>();
  for (const name of first.meaning.halves?.stored ?? []) {
    if (name === 'x' || name === 'weights') stored.add(name);
    else if (name !== 'output') stored.add(`between_${name}`);
  }
  for (const name of second.meaning.halves?.stored ?? [])
    if (name !== 'x') stored.add(name === 'weights' ? 'mix' : name);
  const sums = first.meaning.halves?.sums === true && second.meaning.halves?.sums === true;
  return {
    step: stored.size > 0 || sums ? inHalf(step, { stored, sums }, target.features) : step,
    operands: {
      x: first.operands.x,
      weights: first.operands.weights,
      mix: second.operands.weights,
      ...Object.fromEntries([...inner, ...outer]),
      output: second.operands.output,
    },
    meaning: { kind: 'separable', pair },
    why: `default rule: ${separableFused.why}`,
  };
}
