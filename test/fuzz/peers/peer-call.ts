/** A call of the library and the same call of another library, as plain data wherever a failure has to print it. */
import type * as tf from '@tensorflow/tfjs-core';
import type fc from 'fast-check';
import type { Tensor } from '../../../src/index';
import type { GraphCase } from '../../support/graph-cases';
import type { CaseInput, OnnxCase } from '../../support/onnx-cases';
import { generator } from '../../support/random';
import type { PeerFault } from './peer-faults';

/**
 * The numbers of an input: in [-1, 1), from 0.1 on, in [-8, 8), whole numbers with many duplicates, truth values, or whole
 * numbers in a range.
 */
export type Numbers =
  | 'around'
  | 'above'
  | 'wide'
  | 'whole'
  | 'truth'
  | { readonly from?: number; readonly below: number };

/** An input of a call. The first has the call's seed for its numbers, and each further one the next seed. */
export interface PeerInput {
  readonly shape: readonly number[];
  /** Default 'around'. */
  readonly numbers?: Numbers;
}

/** One ONNX operator; a number among its inputs is that input of the call. */
export interface OnnxNode extends Pick<OnnxCase, 'op' | 'attributes' | 'opset' | 'outputs'> {
  readonly inputs: readonly (number | CaseInput)[];
}

/** One node of a TensorFlow.js graph model, whose data are the call's inputs. */
export type GraphNode = Omit<GraphCase, 'name' | 'data'>;

/** The other library's computation. Our library also computes a node through its loader. */
export type Theirs =
  | { readonly tfjs: (tensors: readonly tf.Tensor[]) => tf.Tensor }
  | { readonly onnx: OnnxNode }
  | { readonly graph: GraphNode };

/**
 * The allowed difference, since both round: a number of terms of a sum, whose size the other library gives by computing the same
 * with magnitudes; or a function of each result.
 */
export type Bound =
  | { readonly terms: number }
  | ((y: readonly number[], inputs: readonly Float32Array[]) => ArrayLike<number>);

/** One call. */
export interface PeerCall {
  readonly op: string;
  readonly inputs: readonly PeerInput[];
  readonly seed: number;
  /** The other arguments, for the text of a failure. */
  readonly rest?: readonly unknown[];
  /** The public function; absent if only the loader has it. */
  readonly ours?: (tensors: readonly Tensor[]) => Tensor | readonly Tensor[];
  readonly theirs: Theirs;
  /** If absent, all elements must be equal. */
  readonly bound?: Bound;
  /** The known fault of the other library here. */
  readonly excused?: PeerFault;
}

/** A generator of calls. It draws plain data, which makes the same call again. */
export interface PeerOp<P = unknown> {
  readonly name: string;
  /** The public functions, and the operators that only a loader has, that its calls cover. */
  readonly ops: readonly string[];
  readonly drawn: fc.Arbitrary<P>;
  readonly call: (drawn: P) => PeerCall;
}

/** @param ops if absent, the name is that of the function */
export function peerOp<P>(
  name: string,
  drawn: fc.Arbitrary<P>,
  call: (drawn: P) => PeerCall,
  ops: readonly string[] = [name],
): PeerOp {
  return { name, ops, drawn, call: call as (drawn: unknown) => PeerCall };
}

/** The numbers of input `i`. */
export function valuesOf({ inputs, seed }: PeerCall, i: number): Float32Array {
  const { shape, numbers = 'around' } = inputs[i];
  const next = generator(seed + i);
  const make = {
    around: () => next() * 2 - 1,
    above: () => next() + 0.1,
    wide: () => next() * 16 - 8,
    whole: () => Math.floor(next() * 7) - 3,
    truth: () => Math.floor(next() * 2),
  };
  const between = (least: number, below: number) => () => least + Math.floor(next() * (below - least));
  const element = typeof numbers === 'string' ? make[numbers] : between(numbers.from ?? 0, numbers.below);
  return Float32Array.from({ length: shape.reduce((size, n) => size * n, 1) }, element);
}

/** The type of an input, for libraries that have types other than float32. */
export function typeOf({ numbers = 'around' }: PeerInput): 'float32' | 'bool' | 'int32' {
  if (typeof numbers === 'object') return 'int32';
  return numbers === 'truth' ? 'bool' : 'float32';
}
