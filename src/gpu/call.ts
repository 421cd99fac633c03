/**
 * A call is what an op asks for, as plain data: which operation, its problem, and its tensors by role. Eager calls are lowered
 * to dispatches at once; `compile` keeps them, rewrites them and lowers what is left. Nothing in a call is text of a shader, so
 * a call that was rewritten cannot mean anything else than its parts say.
 *
 * @module
 */
import type { Form } from '../kernels/dtype';
import { bindingBytes, type FormEnding, type Request } from '../kernels/request';
import type { Storage } from './buffers';

/** A tensor as a call sees it: whose elements they are, and how they are taken. */
export interface Operand extends Form {
  /** What holds the elements; tensors that share them have one and the same. */
  readonly value: Storage;
  /** Where the elements begin in the value, in bytes; absent for its beginning. */
  readonly offset?: number;
}

/** A stage of an epilogue, with the tensors that it reads. */
export interface Ending extends FormEnding {
  readonly operands: readonly Operand[];
}

/** A call, complete. */
export interface Call<P = unknown> extends Request<P> {
  readonly inputs: Readonly<Record<string, Operand>>;
  readonly endings: readonly Ending[];
  readonly output: Operand;
}

/** All that a call reads, inputs first. */
export function readBy({ inputs, endings }: Pick<Call, 'inputs' | 'endings'>): readonly Operand[] {
  return [...Object.values(inputs), ...endings.flatMap(({ operands }) => operands)];
}

/** Whether an operand is all of its value. */
export function isWhole(operand: Operand): boolean {
  return bindingBytes(operand) === operand.value.byteLength;
}
