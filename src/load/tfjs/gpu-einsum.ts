/**
 * Einsum of two tensors, as a matrix product: letters that both have and the result lacks are summed over, letters that all
 * three have are a batch.
 *
 * @module
 * @see https://www.tensorflow.org/api_docs/python/tf/einsum
 */
import { check, describe, show, sizeOf } from '../../conv/check';
import { matMul } from '../../ops/mat-mul';
import { reshape } from '../../ops/reshape';
import type { GpuCall, GpuOp, GpuResult } from '../dialect';
import type { GraphNode } from '../node';

/** The letters of a sum, by what becomes of them. */
interface Letters {
  readonly operands: readonly [string, string];
  readonly result: string;
  readonly batch: readonly string[];
  readonly summed: readonly string[];
  /** Those that only the first, and only the second operand has. */
  readonly free: readonly [readonly string[], readonly string[]];
}

export const einsum: GpuOp = {
  refuses: (node) => {
    const equation = equationOf(node);
    return lettersOf(equation) === undefined
      ? `its equation is ${show(equation)}; what can be computed are products of two matrices, as ab,bc->ac`
      : undefined;
  },
  run: product,
};

function equationOf({ attributes }: GraphNode): string {
  return attributes.text('equation', '').replaceAll(' ', '');
}

/** Undefined if it is no product of two matrices, or of two stacks of them. */
function lettersOf(equation: string): Letters | undefined {
  const match = /^([A-Za-z]+),([A-Za-z]+)->([A-Za-z]+)$/.exec(equation);
  if (match === null) return undefined;
  const [, a, b, result] = match;
  const [inA, inB, inResult] = [a, b, result].map((text) => new Set(text));
  if (inA.size < a.length || inB.size < b.length || inResult.size < result.length) return undefined;
  const batch = [...inResult].filter((letter) => inA.has(letter) && inB.has(letter));
  const summed = [...inA].filter((letter) => inB.has(letter) && !inResult.has(letter));
  const only = (own: ReadonlySet<string>, other: ReadonlySet<string>): string[] =>
    [...own].filter((letter) => !other.has(letter) && inResult.has(letter));
  const free = [only(inA, inB), only(inB, inA)] as const;
  const all =
    [batch, summed, free[0]].flat().length === a.length && [batch, summed, free[1]].flat().length === b.length;
  return all && [batch, ...free].flat().length === result.length
    ? { operands: [a, b], result, batch, summed, free }
    : undefined;
}

function product(call: GpuCall): GpuResult {
  const { node, scratch } = call;
  const { operands, result, batch, summed, free } = lettersOf(equationOf(node))!;
  const sizes = new Map<string, number>();
  for (const [i, letters] of operands.entries()) {
    const shape = call.shape(i);
    check(
      shape.length === letters.length,
      () => `its input ${i} is ${describe(shape)} but its equation has ${letters}`,
    );
    for (const [axis, letter] of Array.from(letters).entries()) {
      const known = sizes.get(letter);
      check(
        known === undefined || known === shape[axis],
        () => `${letter} of its equation is ${known} in one input and ${shape[axis]} in the other`,
      );
      sizes.set(letter, shape[axis]);
    }
  }
  const sizesOf = (letters: readonly string[]): number[] => letters.map((letter) => sizes.get(letter)!);
  const [stack, depth] = [sizeOf(sizesOf(batch)), sizeOf(sizesOf(summed))];
  const [rows, columns] = free.map((letters) => sizeOf(sizesOf(letters)));
  const matrix = (i: 0 | 1, letters: readonly string[], shape: readonly number[]): ReturnType<typeof reshape> =>
    scratch(
      reshape(
        call.inOrder(
          i,
          letters.map((letter) => operands[i].indexOf(letter)),
        ),
        shape,
      ),
    );
  const a = matrix(0, [...batch, ...free[0], ...summed], [stack, rows, depth]);
  const b = matrix(1, [...batch, ...summed, ...free[1]], [stack, depth, columns]);
  const letters = [...batch, ...free[0], ...free[1]];
  return {
    tensor: reshape(scratch(matMul(a, b)), sizesOf(letters)),
    order: letters.map((letter) => result.indexOf(letter)),
  };
}
