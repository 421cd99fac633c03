/** A call of the library beside the same call of another library, as plain data as far as a failure has to print it. */
import type * as tf from '@tensorflow/tfjs-core';
import type fc from 'fast-check';
import type { Tensor } from '../../../src/index';
import type { GraphCase } from '../../support/graph-cases';
import type { CaseInput, OnnxCase } from '../../support/onnx-cases';
import { generator } from '../../support/random';
import type { PeerFault } from './peer-faults';

/**
 * The numbers of an input: in [-1, 1), from 0.1 on, in [-8, 8), whole ones of which many are equal, truth values, or whole numbers
 * from one to another.
 */
export type Numbers =
  | 'around'
  | 'above'
  | 'wide'
  | 'whole'
  | 'truth'
  | { readonly from?: number; readonly below: number };

/** What a call is given; its numbers come from the call's seed, one further for each input. */
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

/** What the other library computes. A node is computed by the library's loader, too. */
export type Theirs =
  | { readonly tfjs: (tensors: readonly tf.Tensor[]) => tf.Tensor }
  | { readonly onnx: OnnxNode }
  | { readonly graph: GraphNode };

/**
 * How far both may be apart, since both round: so many terms of a sum, whose size the other library tells when it computes the same
 * of the magnitudes; or what a function says of each result.
 */
export type Bound =
  | { readonly terms: number }
  | ((y: readonly number[], inputs: readonly Float32Array[]) => ArrayLike<number>);

/** One call. */
export interface PeerCall {
  readonly op: string;
  readonly inputs: readonly PeerInput[];
  readonly seed: number;
  /** What else it is given, for the words of a failure. */
  readonly rest?: readonly unknown[];
  /** The public function; absent if only the loader has it. */
  readonly ours?: (tensors: readonly Tensor[]) => Tensor | readonly Tensor[];
  readonly theirs: Theirs;
  /** Absent means that all elements are the same. */
  readonly bound?: Bound;
  /** What the other library is known to do wrong here. */
  readonly excused?: PeerFault;
}

/** A generator of calls. What it draws is plain data, which makes the same call again. */
export interface PeerOp<P = unknown> {
  readonly name: string;
  /** The public functions, and operators that only a loader has, of which there are calls. */
  readonly ops: readonly string[];
  readonly drawn: fc.Arbitrary<P>;
  readonly call: (drawn: P) => PeerCall;
}

/** @param ops absent if the name is that of the function */
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

/** The type of an input for libraries that have others than float32. */
export function typeOf({ numbers = 'around' }: PeerInput): 'float32' | 'bool' | 'int32' {
  if (typeof numbers === 'object') return 'int32';
  return numbers === 'truth' ? 'bool' : 'float32';
}
