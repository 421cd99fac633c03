/**
 * Computes once what depends on no input: converted filters, folded norms.
 *
 * A constant is a tensor whose numbers nobody else can change: `gpu.tensor` uploaded it, or it was computed from such tensors;
 * the app was not given its buffer; and no program has written an output into it.
 *
 * @module
 */
import type { Storage } from '../gpu/buffers';
import { readBy, type Call, type Operand } from '../gpu/call';
import type { GpuContext } from '../gpu/context';

/** A trace after its constants were taken out. */
export interface Constants {
  /** The calls that each run still has to compute. */
  readonly rest: readonly Call[];
  /** Storages that were made for the constants; the caller releases them. */
  readonly made: readonly Storage[];
  /** Gives the storage that holds a value's constant, or the value itself if it is none. */
  readonly bound: (value: Storage) => Storage;
}

/** Queues the calls of a trace that read constants only. */
export function computeConstants(context: GpuContext, calls: readonly Call[]): Constants {
  const constant = constantOf(calls);
  const computed = new Map<Storage, Storage>();
  const bound = (value: Storage): Storage => computed.get(value) ?? value;
  const rest: Call[] = [];
  try {
    for (const call of calls) {
      const { value } = call.output;
      const isConstant = constant.has(value);
      if (isConstant && !computed.has(value)) {
        const words = (): string => `constant (${call.operation.name})`;
        computed.set(value, context.acquire('compile', value.byteLength, words));
      }
      const held = withValues(call, bound);
      if (isConstant) {
        for (const operand of readBy(held)) operand.value.folded = true;
        context.issue(held);
      } else rest.push(held);
    }
  } catch (error) {
    for (const storage of computed.values()) context.pool.release(storage);
    throw error;
  }
  return { rest, made: [...computed.values()], bound };
}

/** The call with other values. */
function withValues(call: Call, valueOf: (value: Storage) => Storage): Call {
  const held = (operand: Operand): Operand => ({ ...operand, value: valueOf(operand.value) });
  return {
    ...call,
    inputs: Object.fromEntries(Object.entries(call.inputs).map(([role, operand]) => [role, held(operand)])),
    endings: call.endings.map(({ stage, operands }) => ({ stage, operands: operands.map(held) })),
    output: held(call.output),
  };
}

/** The values whose writers all read constants. */
function constantOf(calls: readonly Call[]): ReadonlySet<Storage> {
  const constant = new Set<Storage>();
  const changing = new Set<Storage>();
  // A value is read after it is written, so one pass sees all of its writers first.
  for (const call of calls) {
    const isConstant = readBy(call).every(
      ({ value }) => !changing.has(value) && (constant.has(value) || isFixed(value)),
    );
    const { value } = call.output;
    if (!isConstant) changing.add(value);
    if (changing.has(value)) constant.delete(value);
    else constant.add(value);
  }
  return constant;
}

/** Whether nobody else writes a value. */
function isFixed({ virtual, external, lent, written }: Storage): boolean {
  return virtual !== true && !external && lent !== true && written !== true;
}
