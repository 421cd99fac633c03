/**
 * What a call asks for, without the data: of its tensors only shape and element type count.
 *
 * @module
 */
import { bytesOf, wholeWords, type DType, type Form } from './dtype';
import { operandsOf, type Epilogue, type Stage } from './epilogue';
import type { Forms, Operation } from './operation';

/** A stage of an epilogue, with the shape and element type of the tensors that it reads. */
export interface FormEnding {
  readonly stage: Stage;
  /** In the order in which the stage names them. */
  readonly operands: readonly Form[];
}

/** All that a plan depends on. */
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
  /** The reason for this request, where there is one besides the kernel's. */
  readonly why?: string;
}

/** What the output is called; no input has that role. */
const OUTPUT = 'output';

/** The tensors of a request or call: inputs, what the epilogue reads, the output. */
export function tensorsOf<F>({ inputs, endings, output }: Tensors<F>): readonly F[] {
  return [...Object.values(inputs), ...endings.flatMap(({ operands }) => operands), output];
}

/** The names under which shaders bind these tensors, in the same order. */
export function namesOf(request: Pick<Request, 'inputs' | 'endings'>): readonly string[] {
  return [...Object.keys(request.inputs), ...operandsOf(stagesOf(request)), OUTPUT];
}

interface Tensors<F> {
  readonly inputs: Readonly<Record<string, F>>;
  readonly endings: readonly { readonly operands: readonly F[] }[];
  readonly output: F;
}

/** The stages alone. */
export function stagesOf({ endings }: Pick<Request, 'endings'>): Epilogue {
  return endings.map(({ stage }) => stage);
}

/** Bytes that a binding of all its elements covers. */
export function bindingBytes(form: Form): number {
  return wholeWords(bytesOf(form));
}
