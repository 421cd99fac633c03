/**
 * Running a stage of a graph. `execute` makes the calls of the public ops, in order and without waiting for anything, so
 * that recording calls records a model; `finish` computes on the CPU what depends on results that were read back.
 *
 * @module
 */
import { check, describe, show } from '../conv/check';
import type { Tensor } from '../tensor/tensor';
import { viewOf } from '../tensor/view';
import { callOf, type Upload } from './gpu-call';
import { disposeValue, gpuValue, tensorOf, type GpuValue } from './gpu-value';
import type { Graph } from './graph';
import type { HostValue } from './host-value';
import { newWork, type HostWork } from './host-work';
import type { Reference } from './node';
import { runHostOp, type PlacedNode } from './place';
import { keyOf, type Stage } from './stages';

/** What a node gives: a result on the GPU, or an array on the CPU. */
export type Value = GpuValue | HostValue;

/** Results by node; those of several outputs have several. */
export type Values = Map<string, readonly Value[]>;

/** Values from earlier stages that a stage takes, by `keyOf`. */
export interface Given {
  /** They stay the caller's. */
  readonly takes: ReadonlyMap<string, Tensor>;
  readonly knows: ReadonlyMap<string, HostValue>;
}

/** What a stage has computed. */
export interface Executed {
  /** The stage's `gives`, in order, which are the caller's; an output that is an input is a tensor of its own. */
  readonly given: readonly Tensor[];
  /** Results that are arrays, since they depend on shapes only; constants are left out. */
  readonly arrays: ReadonlyMap<string, readonly HostValue[]>;
}

/** Whether a value is on the GPU. */
function isOnGpu(value: Value): value is GpuValue {
  return 'held' in value;
}

/**
 * Runs the part of a stage that waits for nothing.
 *
 * @param op the public function, for errors
 * @throws at the first node that cannot be computed; everything made so far is then disposed
 */
export function execute(op: string, { constants }: Graph, stage: Stage, given: Given, upload: Upload): Executed {
  const values: Values = new Map(constants);
  const uses = new Map(stage.uses);
  const work = newWork();
  try {
    for (const reference of stage.takes) {
      const tensor = given.takes.get(keyOf(reference))!;
      put(values, reference, gpuValue(viewOf(op, tensor, tensor.shape)));
    }
    for (const reference of stage.knows) put(values, reference, given.knows.get(keyOf(reference))!);
    for (const node of stage.nodes) {
      values.set(node.name, node.place === 'gpu' ? onGpu(op, node, values, upload) : onHost(op, node, values, work));
      for (const input of node.inputs) {
        if (input === undefined) continue;
        const left = uses.get(input.node)! - 1;
        uses.set(input.node, left);
        if (left === 0) disposeValues(values.get(input.node)!);
      }
    }
    const results = stage.gives.map((reference) => {
      const value = valueOf(op, values, reference);
      check(isOnGpu(value), () => `${op}: output ${reference.output} of node ${show(reference.node)} is no tensor`);
      return tensorOf(value);
    });
    // References of their own: two outputs may be one result.
    return { given: results.map((tensor) => viewOf(op, tensor, tensor.shape)), arrays: arraysOf(values, constants) };
  } finally {
    for (const results of values.values()) disposeValues(results);
  }
}

/**
 * Runs the arithmetic after a stage.
 *
 * @param values known arrays by node, with the stage's reads; the results are added to it
 */
export function finish(op: string, stage: Stage, values: Map<string, readonly HostValue[]>): void {
  const work = newWork();
  for (const node of stage.after) values.set(node.name, onHost(op, node, values, work));
}

/** Adds one more result of a node to the known ones. */
export function put<T>(values: Map<string, readonly T[]>, { node, output }: Reference, value: T): void {
  const all = [...(values.get(node) ?? [])];
  all[output] = value;
  values.set(node, all);
}

/** The value that a reference means. */
export function valueOf<T>(op: string, values: ReadonlyMap<string, readonly T[]>, { node, output }: Reference): T {
  const value = values.get(node)?.[output];
  check(value !== undefined, () => `${op}: there is no output ${output} of node ${show(node)}`);
  return value;
}

function onHost(
  op: string,
  node: PlacedNode,
  values: ReadonlyMap<string, readonly Value[]>,
  work: HostWork,
): readonly HostValue[] {
  const inputs = node.inputs.map((input) => {
    if (input === undefined) return undefined;
    const value = valueOf(op, values, input);
    // For a result on the GPU, only ops that need nothing but its shape run here.
    return isOnGpu(value) ? shapeOnly(value) : value;
  });
  return runHostOp(op, node, node.definition.host!, inputs, work);
}

/** A tensor as Shape, Size and Rank see it. */
function shapeOnly({ shape, held: [{ tensor }] }: GpuValue): HostValue {
  return { shape, dtype: 'float32', values: { length: tensor.size } as Float32Array };
}

function onGpu(op: string, node: PlacedNode, values: Values, upload: Upload): readonly GpuValue[] {
  const inputs = node.inputs.map((input) => (input === undefined ? undefined : valueOf(op, values, input)));
  const { call, dispose } = callOf(node, inputs, upload);
  try {
    const result = node.definition.gpu!.run(call);
    return (Array.isArray(result) ? result : [result]).map(gpuValue);
  } catch (cause) {
    const shapes = inputs.map((value) => describe(value?.shape ?? [])).join(', ');
    throw new Error(`${op}: ${node.label} on ${shapes}: ${(cause as Error).message}`, { cause });
  } finally {
    dispose();
  }
}

function disposeValues(results: readonly (Value | undefined)[]): void {
  for (const result of results) if (result !== undefined && isOnGpu(result)) disposeValue(result);
}

function arraysOf(values: Values, constants: Graph['constants']): Executed['arrays'] {
  const isArray = (results: readonly Value[]): results is readonly HostValue[] => !results.some(isOnGpu);
  return new Map(
    [...values].flatMap(([name, results]) =>
      constants.has(name) || !isArray(results) ? [] : [[name, results] as const],
    ),
  );
}
