/**
 * A program consists of calls, and of the dispatches that they were lowered to. Calls can be lowered again by other kernels,
 * since a call does not name its kernel; its tensors are values, whose buffers are chosen later.
 *
 * @module
 */
import type { Storage } from '../gpu/buffers';
import type { Call } from '../gpu/call';
import type { Dispatch } from '../gpu/encode';
import { dispatchesOf } from '../gpu/lower';
import { virtualStorage } from '../gpu/tape';
import type { Planner } from '../kernels/plan';
import type { Tensor } from '../tensor/tensor';
import type { Input } from './feeds';
import type { Output } from './outputs';

/** A dispatch of a program, with what `explain` says of it. */
export interface Planned extends Dispatch {
  /** The call that it computes, or of which it computes a part. */
  readonly call: Call;
  readonly why: string;
  readonly flops: number;
}

/** The parts of a program. */
export interface Parts<O> {
  readonly inputs: ReadonlyMap<string, Input>;
  /** The calls of a run, in order; they do not depend on the choice of kernels. */
  readonly calls: readonly Call[];
  readonly dispatches: readonly Planned[];
  /** Constants that were computed for the program, which owns them. */
  readonly constants: readonly Storage[];
  /** How many dispatches the traced calls would take. */
  readonly traced: number;
  /** In order. A value that no dispatch writes is an input or a constant. */
  readonly outputs: readonly Output[];
  /** The outputs as the traced function returned them. */
  readonly arrange: (outputs: readonly Tensor[]) => O;
}

/**
 * The dispatches of calls, with what `explain` says of them.
 *
 * @param planner chooses the kernels of a call
 */
export function lowered(calls: readonly Call[], planner: Planner): readonly Planned[] {
  return calls.flatMap((call) => {
    const plan = planner(call);
    const { why, parts } = plan;
    // A plan's intermediates are values, as the outputs of calls are.
    const middles = Object.entries(plan.middles ?? {}).map(([role, bytes]) => [role, virtualStorage(bytes)] as const);
    return dispatchesOf(call, plan, Object.fromEntries(middles)).map((dispatch, i): Planned => {
      const part = parts[i];
      return { ...dispatch, call, why: part.why ?? why, flops: 2 * part.multiplyAdds };
    });
  });
}
