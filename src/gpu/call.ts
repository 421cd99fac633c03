/**
 * A call is what an op asks for, as plain data: which operation, its problem, and its tensors by role. Eager calls are lowered
 * to dispatches at once; `compile` keeps them, rewrites them and lowers what is left. Nothing in a call is text of a shader, so
 * a call that was rewritten cannot mean anything else than its parts say.
 *
 * @module
 */
import { bytesOf, wholeWords, type DType, type Form } from '../kernels/dtype';
import type { Epilogue, Stage } from '../kernels/epilogue';
import type { Forms, Operation } from '../kernels/operation';
import type { Storage } from './buffers';

/** A tensor as a call sees it: whose elements they are, and how they are taken. */
export interface Operand extends Form {
  /** What holds the elements; tensors that share them have one and the same. */
  readonly value: Storage;
  /** Where the elements begin in the value, in bytes; absent for its beginning. */
  readonly offset?: number;
}

/** A stage of an epilogue, with what is known of the tensors that it reads. */
export interface FormEnding {
  readonly stage: Stage;
  /** In the order in which the stage names them. */
  readonly operands: readonly Form[];
}

/** A stage of an epilogue, with the tensors that it reads. */
export interface Ending extends FormEnding {
  readonly operands: readonly Operand[];
}

/** A call but for whose numbers it computes: all that its plan depends on. */
export interface Request<P = unknown> {
  /** The public function, for errors. */
  readonly op: string;
  readonly operation: Operation<P>;
  readonly problem: P;
  /** By role, which is the name of the shader's variable. */
  readonly inputs: Forms;
  /** What is done to each sum before it is stored, in order. */
  readonly endings: readonly FormEnding[];
  readonly output: Form;
  /** What products are summed in; float32 unless a convolution is told otherwise. */
  readonly sums: DType;
  /** The reason for doing it so, where there is one besides the kernel's. */
  readonly why?: string;
}

/** A call, complete. */
export interface Call<P = unknown> extends Request<P> {
  readonly inputs: Readonly<Record<string, Operand>>;
  readonly endings: readonly Ending[];
  readonly output: Operand;
}

/** The stages alone. */
export function stagesOf({ endings }: Pick<Request, 'endings'>): Epilogue {
  return endings.map(({ stage }) => stage);
}

/** All that a call reads, inputs first. */
export function readBy({ inputs, endings }: Pick<Call, 'inputs' | 'endings'>): readonly Operand[] {
  return [...Object.values(inputs), ...endings.flatMap(({ operands }) => operands)];
}

/** Bytes that a binding of all its elements covers. */
export function bindingBytes(form: Form): number {
  return wholeWords(bytesOf(form));
}

/** Whether an operand is all of its value. */
export function isWhole(operand: Operand): boolean {
  return bindingBytes(operand) === operand.value.byteLength;
}
