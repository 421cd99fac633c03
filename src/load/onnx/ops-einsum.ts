/**
 * Einsum, where it is a matrix product: every letter is a batch, a row, a column, or what is summed over. Neither operand is
 * moved more than a product needs, and the result not at all.
 *
 * @module
 * @see https://onnx.ai/onnx/operators/onnx__Einsum.html
 */
import { check, describe, show, sizeOf } from '../../conv/check';
import { matMul } from '../../ops/mat-mul';
import { reshape } from '../../ops/reshape';
import type { GpuCall, OpDefinition } from '../dialect';
import type { InOrder } from '../gpu-value';

/** The letters of an equation. */
interface Letters {
  readonly left: readonly string[];
  readonly right: readonly string[];
  readonly result: readonly string[];
}

function lettersOf(equation: string): Letters | undefined {
  const match = /^([a-z]*),([a-z]*)->([a-z]*)$/i.exec(equation.replace(/\s/g, ''));
  if (match === null) return undefined;
  const [left, right, result] = match.slice(1).map((part) => part.split(''));
  const isOnce = [left, right, result].every((part) => new Set(part).size === part.length);
  const isKnown = result.every((letter) => left.includes(letter) || right.includes(letter));
  // A letter of only one operand that the result lacks would need a sum over that operand first.
  const isPaired = [...left, ...right].every(
    (letter) => result.includes(letter) || (left.includes(letter) && right.includes(letter)),
  );
  return isOnce && isKnown && isPaired ? { left, right, result } : undefined;
}

function product(call: GpuCall, { left, right, result }: Letters): InOrder {
  const [a, b] = [call.shape(0), call.shape(1)];
  check(
    a.length === left.length && b.length === right.length,
    () => `its inputs ${describe(a)} and ${describe(b)} have not as many axes as its equation has letters`,
  );
  const sizes = new Map(left.map((letter, axis) => [letter, a[axis]]));
  for (const [axis, letter] of right.entries()) {
    const known = sizes.get(letter) ?? b[axis];
    check(known === b[axis], () => `its letter ${letter} is ${known} in one input and ${b[axis]} in the other`);
    sizes.set(letter, known);
  }
  const count = (letters: readonly string[]): number => sizeOf(letters.map((letter) => sizes.get(letter)!));
  const batch = left.filter((letter) => right.includes(letter) && result.includes(letter));
  const summed = left.filter((letter) => right.includes(letter) && !result.includes(letter));
  const rows = left.filter((letter) => !right.includes(letter));
  const columns = right.filter((letter) => !left.includes(letter));
  const operand = (
    input: number,
    own: readonly string[],
    letters: readonly (readonly string[])[],
  ): ReturnType<GpuCall['tensor']> => {
    const tensor = call.inOrder(input, letters.flat().map((letter) => own.indexOf(letter))); // prettier-ignore
    return call.scratch(reshape(tensor, letters.map(count))); // prettier-ignore
  };
  const y = call.scratch(matMul(operand(0, left, [batch, rows, summed]), operand(1, right, [batch, summed, columns])));
  const made = [...batch, ...rows, ...columns];
  return {
    tensor: reshape(y, made.map((letter) => sizes.get(letter)!)), // prettier-ignore
    order: made.map((letter) => result.indexOf(letter)),
  };
}

export const EINSUM_OPS: Readonly<Record<string, OpDefinition>> = {
  Einsum: {
    inputs: [2, 2],
    gpu: {
      refuses: ({ attributes }) => {
        const equation = attributes.text('equation', '');
        return lettersOf(equation) === undefined
          ? `its equation ${show(equation)} is no matrix product of two inputs`
          : undefined;
      },
      run: (call) => product(call, lettersOf(call.node.attributes.text('equation', ''))!),
    },
  },
};
