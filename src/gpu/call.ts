/**
 * A call is what an op asks for, as plain data: which operation, its problem, and its tensors by role. Eager calls are lowered
 * to dispatches at once; `compile` keeps them, rewrites them and lowers what is left. A call holds no text of a shader, so a
 * rewritten call means exactly what its parts say.
 *
 * @module
 */
import type { Form } from '../kernels/dtype';
import { bindingBytes, type FormEnding, type Request } from '../kernels/request';
import type { Storage } from './buffers';

/** A tensor as a call sees it: the storage of its elements, and the shape and type that the call reads them with. */
export interface Operand extends Form {
  /** The storage of the elements; tensors that share elements have the same storage. */
  readonly value: Storage;
  /** Where the elements begin in the value, in bytes; absent if they begin at its start. */
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

/** All operands that a call reads, inputs first. */
export function readBy({ inputs, endings }: Pick<Call, 'inputs' | 'endings'>): readonly Operand[] {
  return [...Object.values(inputs), ...endings.flatMap(({ operands }) => operands)];
}

/** Whether an operand covers all of its value. */
export function isWhole(operand: Operand): boolean {
  return bindingBytes(operand) === operand.value.byteLength;
}
