/**
 * An operation is one kind of problem and the kernels that compute it. It answers every question of callers that do not
 * know the problem's meaning: how it is cut where a tensor is too large, where its channels are, what it costs. Queue,
 * tuner, self-test and `compile` know operations by these answers alone.
 *
 * @module
 */
import type { Way } from './chain';
import type { Form } from './dtype';
import type { Channels } from './elementwise';
import type { Epilogue } from './epilogue';
import type { Kernel, Limits } from './kernel';
import type { Piece } from './pieces';

/** Tensors by role, which is the name of the shader's variable. */
export type Forms = Readonly<Record<string, Form>>;

/** A problem and its surroundings, as far as its pieces depend on them. */
export interface Whole<P> {
  readonly problem: P;
  readonly epilogue: Epilogue;
  readonly inputs: Forms;
  /** The output, and the tensors of the output's shape that the epilogue reads. */
  readonly outputs: Forms;
}

/** One kind of problem. */
export interface Operation<P> {
  /** The kind of problem that it computes; operations that differ only in their kernels are of one kind. */
  readonly kind: string;
  /** Unique among operations: what is remembered of a problem is filed under this name. */
  readonly name: string;
  /** In order of preference; the last one supports every problem. */
  readonly kernels: readonly Way<P>[];
  /** Whether the app has named the kernel, so that no other stands in for it; default false. */
  readonly isMethod?: boolean;
  /** The problem in one line, for labels and tables. */
  summary(problem: P): string;
  /** Where the channels of the output are; absent if no epilogue can follow. */
  channels?(problem: P): Channels;
  /** Products that are added to sums; absent if the operation is not mainly a sum of products. */
  multiplyAdds?(problem: P): number;
  /**
   * The fewest dispatches whose bindings the device takes: the whole problem, or parts of it, the largest first; none if
   * even the smallest part cannot be bound. Absent if the problem cannot be cut.
   */
  pieces?(whole: Whole<P>, limits: Limits): readonly Piece<P>[];
}

/**
 * What `soleOperation` needs to know; the kernel supports every problem. Without `kind` the operation is the only one of
 * its kind.
 */
type Sole<P> = Omit<Operation<P>, 'kernels' | 'kind'> &
  Partial<Pick<Operation<P>, 'kind'>> &
  Pick<Kernel<P>, 'why' | 'wgsl' | 'step'>;

/** An operation that one kernel computes in one way. */
export function soleOperation<P>({ why, wgsl, step, ...operation }: Sole<P>): Operation<P> {
  const kernel: Kernel<P> = { name: operation.name, why, wgsl, supports: () => true, tiles: () => [{}], step };
  return { kind: operation.name, ...operation, kernels: [kernel] };
}
