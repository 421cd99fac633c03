/**
 * Networks as data: inputs, weights, and calls of the public functions on earlier values. They can be run as calls or inside
 * `compile`, printed as readable code, and reduced node by node.
 */
import * as library from '../../src/index';
import type { DType, Gpu, Tensor } from '../../src/index';
import type { Bound, Rule } from './network-bounds';
import { numbersOf, storedAs } from './numbers';
import { literal, Words } from './print';

/** The value of an earlier node, in the place of a tensor argument. */
export class Ref {
  readonly index: number;
  constructor(index: number) {
    this.index = index;
  }
}

/** Numbers from outside: an input of each run, or a weight. */
export interface Leaf {
  readonly kind: 'input' | 'weight';
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly seed: number;
  /** Numbers are in [-scale, scale), or in [0.5, 1.5). */
  readonly scale: number;
  readonly isPositive: boolean;
}

/** The public functions that networks consist of. */
export type NetworkOp = keyof typeof library;

/** A call, its arguments with references in them. */
export interface NetworkCall {
  readonly kind: 'call';
  readonly op: NetworkOp;
  readonly args: readonly unknown[];
  /** For a call that returns a list: the index of the value. */
  readonly piece?: number;
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** The bound of its numbers and of their errors. */
  readonly rule: Rule;
  /** Whether its numbers must be positive for the calls that use them. */
  readonly isPositive: boolean;
}

export type NetworkNode = Leaf | NetworkCall;

export interface Network {
  readonly seed: number;
  readonly nodes: readonly NetworkNode[];
  /** The nodes that are returned. */
  readonly outputs: readonly number[];
}

type AnyOp = (...args: readonly unknown[]) => Tensor | readonly Tensor[];
const OPS: ReadonlyMap<string, unknown> = new Map(Object.entries(library));

/** The numbers of a leaf. */
export function valuesOf({ shape, dtype, seed, scale, isPositive }: Leaf): Float32Array {
  const values = numbersOf({ shape, seed, positive: isPositive, dtype: 'f32' });
  return storedAs(dtype, isPositive ? values : values.map((v) => v * scale));
}

export function upload(gpu: Gpu, leaf: Leaf): Tensor {
  return gpu.tensor(valuesOf(leaf), leaf.shape, { dtype: leaf.dtype });
}

/** Makes a call, with tensors in place of the references. */
export function callNode(
  { op, args, piece }: Pick<NetworkCall, 'op' | 'args' | 'piece'>,
  values: readonly Tensor[],
): Tensor {
  const given = args.map((arg) => replaced(arg, (index) => values[index]));
  const result = (OPS.get(op) as AnyOp)(...given);
  if (piece === undefined) return result as Tensor;
  const list = result as readonly Tensor[];
  for (const [i, tensor] of list.entries()) if (i !== piece) tensor.dispose();
  return list[piece];
}

/** The tensors of all nodes; those of the leaves are given. */
export function evaluate(nodes: readonly NetworkNode[], leaf: (node: Leaf, index: number) => Tensor): Tensor[] {
  const values: Tensor[] = [];
  for (const [index, node] of nodes.entries()) {
    values.push(node.kind === 'call' ? callNode(node, values) : leaf(node, index));
  }
  return values;
}

/** The bounds of all nodes. */
export function boundsOf(
  nodes: readonly NetworkNode[],
  refined: (bound: Bound, index: number) => Bound = (bound) => bound,
): Bound[] {
  const bounds: Bound[] = [];
  for (const [index, node] of nodes.entries()) {
    const bound =
      node.kind === 'call'
        ? node.rule((ref) => bounds[ref.index], node.dtype)
        : { max: node.isPositive ? 1.5 : node.scale, error: 0 };
    bounds.push(refined(bound, index));
  }
  return bounds;
}

/** The network without nodes that no output needs. */
export function pruned({ seed, nodes, outputs }: Network): Network {
  const needed = new Set(outputs);
  for (let index = nodes.length - 1; index >= 0; index--) {
    const node = nodes[index];
    if (!needed.has(index) || node.kind !== 'call') continue;
    for (const ref of refsOf(node.args)) needed.add(ref);
  }
  const kept = nodes.flatMap((_, index) => (needed.has(index) ? [index] : []));
  const place = new Map(kept.map((index, i) => [index, i]));
  const moved = (index: number): number => place.get(index)!;
  return {
    seed,
    outputs: outputs.map(moved),
    nodes: kept.map((index): NetworkNode => {
      const node = nodes[index];
      if (node.kind !== 'call') return node;
      const args = node.args.map((arg) => replaced(arg, (ref) => new Ref(moved(ref))));
      const rule: Rule = (of, dtype) => node.rule((ref) => of(new Ref(moved(ref.index))), dtype);
      return { ...node, args, rule };
    }),
  };
}

/** `const v3 = conv2d(v0, v2, { padding: 'same' }); // f32 [1, 4, 4, 8]`, line by line. */
export function printNetwork({ nodes, outputs }: Network): string {
  const lines = nodes.map((node, index) => {
    const made = node.kind === 'call' ? printCall(node) : printLeaf(node);
    return `  const v${index} = ${made}; // ${node.dtype} ${literal(node.shape)}`;
  });
  return [...lines, `  return [${outputs.map((index) => `v${index}`).join(', ')}];`].join('\n');
}

function printCall({ op, args, piece }: NetworkCall): string {
  const shown = args.map((arg) => literal(replaced(arg, (index) => new Words(`v${index}`))));
  return `${op}(${shown.join(', ')})${piece === undefined ? '' : `[${piece}]`}`;
}

function printLeaf({ kind, shape, seed, scale, isPositive, dtype }: Leaf): string {
  const what = isPositive ? 'positive' : 'random';
  return `${kind}(${what}(${literal(shape)}, ${seed}, ${literal(dtype)})${scale === 1 || isPositive ? '' : ` * ${scale}`})`;
}

/** An argument with its references replaced. */
function replaced(arg: unknown, by: (index: number) => unknown): unknown {
  if (arg instanceof Ref) return by(arg.index);
  if (Array.isArray(arg)) return arg.map((part) => replaced(part, by));
  if (typeof arg !== 'object' || arg === null) return arg;
  return Object.fromEntries(Object.entries(arg).map(([name, part]) => [name, replaced(part, by)]));
}

function refsOf(args: unknown): number[] {
  const refs: number[] = [];
  replaced(args, (index) => refs.push(index));
  return refs;
}
