/**
 * A way to compute a problem in several dispatches: other operations, one on what the other has written. Which kernels compute
 * those is a question of its own for each.
 *
 * @module
 */
import type { Form } from './dtype';
import { operandsOf, type Epilogue, type Stage } from './epilogue';
import type { Kernel, Method } from './kernel';
import type { Operation } from './operation';

/** Which tensor of the whole a link names: an input or an intermediate by its role, or one of the epilogue's by its place. */
export type Place = string | number;

/** A stage of a link's epilogue, and where what it reads is. */
export interface LinkEnding {
  readonly stage: Stage;
  readonly operands: readonly Place[];
}

/** One of the operations of a chain. */
export interface Link {
  readonly operation: Operation<unknown>;
  readonly problem: unknown;
  /** Where its inputs are, by their roles. */
  readonly inputs: Readonly<Record<string, Place>>;
  readonly endings: readonly LinkEnding[];
  /** What it writes: an intermediate by its role, or `output`. */
  readonly output: string;
}

/** What is only in between, by role; its elements are of the type of the whole's input `x` unless another is given. */
export type Middles = Readonly<Record<Place, Pick<Form, 'shape'> & Partial<Form>>>;

/** Several dispatches. */
export interface Chain<P> extends Method<P> {
  /** The operations in order; what links write and others read is in `middles`. */
  chain(problem: P, epilogue: Epilogue): { readonly links: readonly Link[]; readonly middles: Middles };
}

/** A way to compute a problem: in one dispatch, or in several. */
export type Way<P> = Kernel<P> | Chain<P>;

/**
 * An epilogue as a link's.
 *
 * @param placeOf where an operand is, by the name and the place that it has in the epilogue
 */
export function linkEndings(epilogue: Epilogue, placeOf: (name: string, place: number) => Place): LinkEnding[] {
  const places = operandsOf(epilogue).map(placeOf);
  return epilogue.map((stage) => ({ stage, operands: places.splice(0, operandsOf([stage]).length) }));
}
