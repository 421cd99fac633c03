/**
 * Matrix product.
 *
 * @module
 */
import { check, checkKind, checkOptions, describe, sizeOf } from '../conv/check';
import { broadcastShape } from '../kernels/axes';
import { widest } from '../kernels/dtype';
import { matMul as operation } from '../kernels/mat-mul';
import type { Tensor } from '../tensor/tensor';
import { checkRank, checkTensor } from './arguments';
import { checkPerChannel } from './batch-norm';
import { contextOf, run, type TensorEnding } from './call';
import { checkActivation, slopesOf, type EpilogueOptions } from './epilogue';

/** Options of {@link matMul}. The bias and the activation cost no pass of their own; they are per column. */
export interface MatMulOptions extends Pick<EpilogueOptions, 'bias' | 'activation'> {
  /** Whether a is given as [..., depth, rows]. */
  readonly transposeA?: boolean;
  /** Whether b is given as [..., columns, depth]. */
  readonly transposeB?: boolean;
}

/**
 * Matrix product of the last two axes; the axes before them are a batch. Batches are aligned at their last axes; an axis of
 * size 1, or one that is missing, repeats, so a matrix without a batch serves the other's whole batch.
 *
 * @param a [..., rows, depth], or [..., depth, rows] with transposeA
 * @param b [..., depth, columns], or [..., columns, depth] with transposeB
 * @param options transposeA, transposeB; bias [columns], activation
 * @returns [..., rows, columns]; float16 if both are
 * @throws at once if the depths differ, the batches do not fit, or the bias is not [columns]
 * @example
 * ```ts
 * const logits = matMul(features, weights); // [1, 1024] x [1024, 1000] -> [1, 1000]
 * const hidden = matMul(x, w, { bias, activation: 'gelu' }); // a dense layer
 * const scores = matMul(q, k, { transposeB: true }); // [8, 49, 64] x [8, 49, 64] -> [8, 49, 49]
 * const heads = matMul(x, w); // [2, 1, 49, 64] x [8, 64, 16] -> [2, 8, 49, 16]
 * ```
 * @see https://js.tensorflow.org/api/latest/#matMul
 */
export function matMul(a: Tensor, b: Tensor, options: MatMulOptions = {}): Tensor {
  const op = 'matMul';
  checkTensor(op, 'a', a);
  checkTensor(op, 'b', b);
  checkOptions(op, options, ['transposeA', 'transposeB', 'bias', 'activation']);
  const { transposeA = false, transposeB = false, bias, activation } = options;
  const alpha = slopesOf(activation);
  const context = contextOf(op, { a, b, bias, 'activation.alpha': alpha });
  checkKind(op, 'transposeA', transposeA, 'boolean');
  checkKind(op, 'transposeB', transposeB, 'boolean');
  const [aBatch, rows, depth] = matrices(op, 'a', a.shape, transposeA);
  const [bBatch, bDepth, columns] = matrices(op, 'b', b.shape, transposeB);
  check(
    depth === bDepth,
    () =>
      `${op}: a ${describe(a.shape)}${transposeA ? ' transposed' : ''} has ${depth} columns but b ${describe(b.shape)}` +
      `${transposeB ? ' transposed' : ''} has ${bDepth} rows; they must be equal: set transposeA or transposeB if an operand is stored the other way round`,
  );
  const batch = broadcastShape(aBatch, bBatch);
  check(
    batch !== undefined,
    () =>
      `${op}: a ${describe(a.shape)} has batch ${describe(aBatch)} but b ${describe(b.shape)} has ${describe(bBatch)}; make them equal, or 1, or leave axes out where one matrix serves the whole batch`,
  );
  checkRank(op, 'the batch', batch);
  const problem = { batch, aBatch, bBatch, rows, columns, depth, transposeA, transposeB };
  const endings: TensorEnding[] = [];
  if (bias !== undefined) {
    checkPerChannel(op, 'bias', bias, columns);
    endings.push({ stage: { kind: 'bias' }, operands: [bias] });
  }
  if (activation !== undefined) {
    const code = checkActivation(op, activation, columns);
    endings.push({ stage: { kind: 'activation', code }, operands: alpha === undefined ? [] : [alpha] });
  }
  const output = { shape: [...batch, rows, columns], dtype: widest([a, b]) };
  return run(op, context, { operation, problem, inputs: { a, b }, endings }, output);
}

/** Batch, rows and columns, after the transposition. */
function matrices(
  op: string,
  name: string,
  shape: readonly number[],
  transposed: boolean,
): readonly [batch: readonly number[], rows: number, columns: number] {
  check(
    shape.length >= 2,
    () =>
      `${op}: ${name} ${describe(shape)} has ${shape.length} axes but a matrix has at least 2; reshape it to [1, ${sizeOf(shape)}] or [${sizeOf(shape)}, 1]`,
  );
  const [m, n] = shape.slice(-2);
  return transposed ? [shape.slice(0, -2), n, m] : [shape.slice(0, -2), m, n];
}
