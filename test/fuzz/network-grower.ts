/** Grows a network call by call on a GPU, so that its shapes and element types are those that the library gives. */
import type { DType, Gpu, Tensor } from '../../src/index';
import { generator } from '../support/random';
import { callNode, Ref, upload, type Leaf, type NetworkCall, type NetworkNode, type NetworkOp } from './network';
import { stored, type Bound, type Rule } from './network-bounds';

/** The largest number of elements of a tensor. It is small, because the faults are in the calls, not in the sizes. */
const MAX_SIZE = 700;

/** The largest number, so that none is infinite as float16, not even when squared. */
const MAX_NUMBER = 200;

/** The result of a call is not wanted; the network is left unchanged. */
class Unwanted extends Error {}

export interface Grower {
  /** A whole number below n. */
  pick(n: number): number;
  /** One of several. */
  among<T>(options: readonly T[]): T;
  /** True once in n times. */
  once(n: number): boolean;
  /** Whether the device sums in float16. */
  readonly sumsHalves: boolean;
  /** Whether there is float16 in the network. */
  readonly isMixed: boolean;
  leaf(shape: readonly number[], how?: Partial<Pick<Leaf, 'kind' | 'dtype' | 'scale' | 'isPositive'>>): Ref;
  call(op: NetworkOp, args: readonly unknown[], rule: Rule, how?: { piece?: number; isPositive?: boolean }): Ref;
  shapeOf(ref: Ref): readonly number[];
  dtypeOf(ref: Ref): DType;
  /** A value of four axes, most likely the latest, because chains are what gets fused. */
  recent(): Ref;
  /** Values of that shape. */
  like(shape: readonly number[]): readonly Ref[];
  /** Adds it to the values that later calls use. */
  offer(ref: Ref): void;
  /** Makes a value, or nothing if the value would be too large. */
  attempt(make: () => Ref | undefined): Ref | undefined;
  readonly nodes: readonly NetworkNode[];
  readonly offered: readonly Ref[];
  dispose(): void;
}

export function newGrower(gpu: Gpu, seed: number, isMixed: boolean): Grower {
  const next = generator(seed);
  const nodes: NetworkNode[] = [];
  const tensors: Tensor[] = [];
  const bounds: Bound[] = [];
  const offered: Ref[] = [];
  let seeds = seed * 1000;
  const pick = (n: number): number => Math.floor(next() * n);
  const put = (node: NetworkNode, tensor: Tensor, bound: Bound): Ref => {
    nodes.push(node);
    tensors.push(tensor);
    bounds.push(bound);
    return new Ref(nodes.length - 1);
  };
  const cutTo = (length: number): void => {
    for (const tensor of tensors.splice(length)) tensor.dispose();
    nodes.length = length;
    bounds.length = length;
  };
  return {
    pick,
    among: (options) => options[pick(options.length)],
    once: (n) => pick(n) === 0,
    sumsHalves: gpu.device.features.has('shader-f16'),
    isMixed,
    leaf(shape, { kind = 'weight', dtype, scale = 0.5, isPositive = false } = {}) {
      const own = dtype ?? (isMixed && pick(2) === 0 ? 'f16' : 'f32');
      const leaf: Leaf = { kind, shape, dtype: own, scale, isPositive, seed: ++seeds };
      return put(leaf, upload(gpu, leaf), { max: isPositive ? 1.5 : scale, error: 0 });
    },
    call(op, args, rule, { piece, isPositive = false } = {}) {
      const tensor = callNode({ op, args, piece }, tensors);
      const { shape, dtype } = tensor;
      const bound = rule((ref) => bounds[ref.index], dtype);
      const node: NetworkCall = { kind: 'call', op, args, piece, shape, dtype, isPositive, rule };
      const ref = put(node, tensor, bound);
      if (tensor.size > MAX_SIZE || bound.max > MAX_NUMBER) throw new Unwanted();
      return ref;
    },
    shapeOf: ({ index }) => nodes[index].shape,
    dtypeOf: ({ index }) => nodes[index].dtype,
    recent() {
      const images = offered.filter(({ index }) => nodes[index].shape.length === 4);
      return pick(3) > 0 ? images[images.length - 1] : images[pick(images.length)];
    },
    like: (shape) => offered.filter(({ index }) => String(nodes[index].shape) === String(shape)),
    offer: (ref) => offered.push(ref),
    attempt(make) {
      const { length } = nodes;
      try {
        return make();
      } catch (error) {
        if (!(error instanceof Unwanted)) throw error;
        cutTo(length);
        return undefined;
      }
    },
    nodes,
    offered,
    dispose: () => cutTo(0),
  };
}

/** A rule for calls that store their input unchanged: the bound of the only argument. */
export function same(x: Ref): Rule {
  return (of, dtype) => (dtype === 'f32' ? of(x) : castTo(of(x)));
}

/** Storing a half again changes nothing, but a value that was not stored in between is rounded now. */
function castTo(bound: Bound): Bound {
  return bound.error === 0 ? stored(bound, 'f16') : bound;
}
