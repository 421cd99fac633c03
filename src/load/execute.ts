/**
 * Running a graph. `execute` makes the calls of the public ops, in order and without waiting for anything, so that whoever
 * records calls records a model; `finish` computes on the CPU what depends on results that were read back.
 *
 * @module
 */
import { check, describe, show, sizeOf } from '../conv/check';
import { Tensor } from '../tensor/tensor';
import type { GpuCall, GraphOps } from './gpu-call';
import { GPU_OPS } from './gpu-ops';
import type { Graph } from './graph';
import { MAX_PARTS } from './host-layout';
import { HOST_OPS } from './host-ops';
import type { HostValue } from './host-value';
import { newWork, type HostWork } from './host-work';
import { runHostOp, type PlacedNode } from './place';
import type { Reference } from './topology';

/** What a node gives: a tensor on the GPU, or an array on the CPU. */
export type Value = Tensor | HostValue;

/** Results by node; those of several outputs have several. */
export type Values = Map<string, readonly Value[]>;

/**
 * Runs all of a graph that waits for nothing.
 *
 * @param op the public function, for errors
 * @param feeds a tensor for every input, by the name of its node; they stay the caller's
 * @param ops what nodes are computed with
 * @returns what outputs and the tail need, and what was fed: the other tensors in it are the caller's to dispose
 * @throws at the first node that cannot be computed; all that was made is disposed then
 */
export function execute(op: string, graph: Graph, feeds: ReadonlyMap<string, Tensor>, ops: GraphOps): Values {
  const values: Values = new Map(graph.constants);
  for (const [name, tensor] of feeds) values.set(name, [tensor]);
  const uses = new Map(graph.uses);
  const work = newWork();
  try {
    for (const node of graph.nodes) {
      if (node.place === 'tail') continue;
      values.set(node.name, node.place === 'gpu' ? onGpu(op, node, values, ops) : onHost(op, node, values, work));
      for (const { node: name } of node.inputs) {
        const left = uses.get(name)! - 1;
        uses.set(name, left);
        if (left > 0) continue;
        if (!feeds.has(name)) disposeTensors(values.get(name)!);
        values.delete(name);
      }
    }
  } catch (error) {
    for (const [name, results] of values) if (!feeds.has(name)) disposeTensors(results);
    throw error;
  }
  return values;
}

/** Disposes the tensors among a node's results; twice does nothing. */
export function disposeTensors(results: readonly Value[]): void {
  for (const result of results) if (result instanceof Tensor) result.dispose();
}

/**
 * Runs the tail of a graph.
 *
 * @param values what `execute` gave, with the results that are read as arrays
 * @returns the same, with the tail's results
 */
export function finish(op: string, graph: Graph, values: Values): Values {
  const all = new Map(values);
  const work = newWork();
  for (const node of graph.nodes) if (node.place === 'tail') all.set(node.name, onHost(op, node, all, work));
  return all;
}

/** The value that a reference means. */
export function valueOf(op: string, values: Values, { node, output }: Reference): Value {
  const value = values.get(node)?.[output];
  check(value !== undefined, () => `${op}: there is no output ${output} of node ${show(node)}`);
  return value;
}

function onHost(op: string, node: PlacedNode, values: Values, work: HostWork): readonly HostValue[] {
  const inputs = node.inputs.map((input) => {
    const value = valueOf(op, values, input);
    // Of a tensor only ops that ask for nothing but its shape are run here.
    return value instanceof Tensor ? shapeOnly(value) : value;
  });
  return runHostOp(op, node, HOST_OPS.get(node.op)!, inputs, work);
}

/** A tensor as Shape, Size and Rank see it. */
function shapeOnly({ shape, size }: Tensor): HostValue {
  return { shape, dtype: 'float32', values: { length: size } as Float32Array };
}

function onGpu(op: string, node: PlacedNode, values: Values, ops: GraphOps): readonly Tensor[] {
  const scratch: Tensor[] = [];
  const inputs = node.inputs.map((input) => valueOf(op, values, input));
  const keep = (tensor: Tensor): Tensor => {
    scratch.push(tensor);
    return tensor;
  };
  const call: GpuCall = {
    node,
    ops,
    count: inputs.length,
    shape: (i) => inputs[i].shape,
    tensor(i) {
      const value = inputs[i];
      if (value instanceof Tensor) return value;
      const tensor = ops.upload(value);
      return value.constant === undefined ? keep(tensor) : tensor;
    },
    host(i) {
      const value = inputs[i];
      check(!(value instanceof Tensor), () => `its input ${i} is a tensor but must be known on the CPU`);
      const count = sizeOf(value.shape);
      check(
        count <= MAX_PARTS,
        () => `its input ${i} has ${count} elements, but what says sizes or axes has at most ${MAX_PARTS}`,
      );
      return value;
    },
    number(i) {
      const [number, ...more] = call.host(i).values;
      check(
        number !== undefined && more.length === 0,
        () => `its input ${i} is ${describe(call.shape(i))} but must be a single number`,
      );
      return number;
    },
    scalar(i) {
      const value = inputs[i];
      if (value instanceof Tensor || value.shape.some((n) => n !== 1)) return undefined;
      const [number] = value.values;
      // An axis more than the other input has would be lost with the shape.
      const fits = inputs.every(({ shape }) => shape.length >= value.shape.length);
      return fits && Number.isFinite(number) ? number : undefined;
    },
    scratch: keep,
  };
  try {
    const result = GPU_OPS.get(node.op)!.run(call);
    return Array.isArray(result) ? result : [result as Tensor];
  } catch (cause) {
    const shapes = inputs.map(({ shape }) => describe(shape)).join(', ');
    throw new Error(`${op}: ${node.label} on ${shapes}: ${(cause as Error).message}`, { cause });
  } finally {
    for (const tensor of scratch) tensor.dispose();
  }
}
