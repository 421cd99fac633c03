/**
 * What a program is made of: calls, and the dispatches that they were lowered to. They can be lowered again, by other kernels,
 * since a call does not say which; its tensors are values, whose buffers are chosen later.
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

/** A dispatch of a program, and what is said of it. */
export interface Planned extends Dispatch {
  /** The call that it computes, or a part of. */
  readonly call: Call;
  readonly why: string;
  readonly flops: number;
}

/** What a program is made of. */
export interface Parts<O> {
  readonly inputs: ReadonlyMap<string, Input>;
  /** What is computed in a run, in order, whichever kernels do it. */
  readonly calls: readonly Call[];
  readonly dispatches: readonly Planned[];
  /** Constants that were computed for it; its own. */
  readonly constants: readonly Storage[];
  /** How many dispatches the calls were when they were traced. */
  readonly traced: number;
  /** In order; what no dispatch writes is an input or a constant. */
  readonly outputs: readonly Output[];
  /** The outputs as the traced function returned them. */
  readonly arrange: (outputs: readonly Tensor[]) => O;
}

/**
 * The dispatches of calls, and what is said of them.
 *
 * @param planner which kernels compute a call
 */
export function lowered(calls: readonly Call[], planner: Planner): readonly Planned[] {
  return calls.flatMap((call) => {
    const plan = planner(call);
    const { why, parts } = plan;
    // Intermediates are values like those that calls write.
    const middles = Object.entries(plan.middles ?? {}).map(([role, bytes]) => [role, virtualStorage(bytes)] as const);
    return dispatchesOf(call, plan, Object.fromEntries(middles)).map((dispatch, i): Planned => {
      const part = parts[i];
      return { ...dispatch, call, why: part.why ?? why, flops: 2 * part.multiplyAdds };
    });
  });
}
