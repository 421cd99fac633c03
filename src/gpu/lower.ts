/**
 * Lowers calls to dispatches. Kernel, tile, text and uniforms depend on what is computed and not on the tensors, so they are
 * planned once for all calls that ask the same, and a repeated call costs one look into a table.
 *
 * @module
 */
import { createCache } from '../kernels/cache';
import { byRule, type Choice, type Question } from '../kernels/choice';
import type { Target } from '../kernels/kernel';
import { keyOf, piecesOf, planBy, questionOf, type Plan, type Planner, type Slot } from '../kernels/plan';
import { bindingBytes, tensorsOf } from '../kernels/request';
import type { Step } from '../step';
import type { Storage } from './buffers';
import type { Call, Operand } from './call';
import type { Bound, Dispatch } from './encode';
import type { Taped } from './tape';

/** The intermediates of a plan, by name. */
export type MiddleStorages = Readonly<Record<string, Storage>>;

export interface Plans {
  /** @throws if a tensor cannot be bound, not even in parts */
  readonly of: Planner;
  /** Drops all plans, since another choice may be made from now on. */
  clear(): void;
  readonly size: number;
}

/** Enough for every layer of a few networks: plans, and characters of their programs. Many plans share a program. */
const KEPT_PLANS = 4096;
const KEPT_CHARACTERS: number = 2 ** 26;

/**
 * @param target gives the device as it is now
 * @param advise gives a measured choice, if there is one
 */
export function createPlans(target: () => Target, advise: (question: Question) => Choice | undefined): Plans {
  const plans = createCache<string, Plan>({
    entries: KEPT_PLANS,
    weight: { bound: KEPT_CHARACTERS, of: ({ parts }) => parts.reduce((sum, { step }) => sum + step.wgsl.length, 0) },
  });
  let planned = target();
  const of: Planner = (request) => {
    const now = target();
    if (now !== planned) plans.clear();
    planned = now;
    const key = keyOf(request);
    const known = plans.get(key);
    if (known !== undefined) return known;
    const pieces = piecesOf(request, now);
    const question = questionOf(request, pieces);
    const plan = planBy(request, pieces, advise(question) ?? byRule(question, now), now, of);
    plans.set(key, plan);
    return plan;
  };
  return {
    of,
    clear: () => plans.clear(),
    get size() {
      return plans.size;
    },
  };
}

/**
 * The dispatches of a call, by its plan.
 *
 * @param middles storages for the plan's intermediates, if it has any
 */
export function dispatchesOf(call: Call, { parts }: Plan, middles: MiddleStorages = {}): readonly Dispatch[] {
  const operands = tensorsOf<Operand>(call);
  const bound = ({ tensor, offset = 0, byteLength }: Slot): Bound => {
    if (typeof tensor === 'string') {
      const storage = middles[tensor];
      return { storage, offset, byteLength: byteLength ?? storage.byteLength };
    }
    const operand = operands[tensor];
    return {
      storage: operand.value,
      offset: (operand.offset ?? 0) + offset,
      byteLength: byteLength ?? bindingBytes(operand),
    };
  };
  return parts.map(({ step, standIn, slots }) => ({ step, standIn, operands: slots.map(bound) }));
}

/** The steps of captured calls, in order. */
export function stepsOf(calls: readonly Taped[], plans: Plans): readonly Step[] {
  return calls.flatMap(({ call, plan = plans.of(call) }) => plan.parts.map(({ step }) => step));
}

/** The dispatches of captured calls, in order. */
export function lowered(calls: readonly Taped[], plans: Plans): readonly Dispatch[] {
  return calls.flatMap(({ call, plan = plans.of(call), middles }) => dispatchesOf(call, plan, middles));
}
