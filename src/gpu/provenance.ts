/**
 * How a tensor was computed. A tensor holds only what the answer follows from, since few tensors are ever asked.
 *
 * @module
 */
import type { Plan } from '../kernels/plan';
import type { Request } from '../kernels/request';
import type { Step } from '../step';
import type { Plans } from './lower';
import type { Taped } from './tape';

/** The calls that made a tensor. */
export interface Provenance {
  /** Of a planned call only the plan is kept, because a call refers to the storage of its operands. */
  readonly planned: readonly (Plan | Request)[];
  /** Plans the others when somebody asks. */
  readonly plans: Plans;
  /** Why the op is computed this way, if it is made of several calls. */
  readonly why?: string;
}

/** The provenance of what these calls made. */
export function provenanceOf(plans: Plans, calls: readonly Taped[], why?: string): Provenance {
  return { planned: calls.map(({ call, plan }) => plan ?? call), plans, why };
}

/** The dispatches that made a tensor, in order. */
export function stepsBehind(provenance: Provenance): readonly Step[] {
  return provenance.planned.flatMap((one) => planOf(one, provenance).parts.map(({ step }) => step));
}

/** Why these kernels were chosen, and what computes first calls, in one sentence. */
export function reasonBehind(provenance: Provenance): string {
  if (provenance.why !== undefined) return provenance.why;
  const { why, parts } = planOf(provenance.planned[0], provenance);
  const quick = parts.map(({ standIn }) => standIn?.()).find((one) => one?.isSooner(true));
  if (quick === undefined) return why;
  return `${why}; first calls run by ${quick.step.program}${quick.isSooner(false) ? '' : ', if that is compiled'}`;
}

function planOf(one: Plan | Request, { plans }: Provenance): Plan {
  return 'parts' in one ? one : plans.of(one);
}
