/**
 * From a checked problem to a tensor: plans the call, allocates the output, and issues it.
 *
 * @module
 */
import { check, describe } from '../conv/check';
import type { Call, Ending, Operand } from '../gpu/call';
import type { GpuContext } from '../gpu/context';
import { provenanceOf } from '../gpu/provenance';
import { release, together, type Taped } from '../gpu/tape';
import type { DType, Form } from '../kernels/dtype';
import type { Stage } from '../kernels/epilogue';
import type { Operation } from '../kernels/operation';
import { checkBytes } from '../kernels/pieces';
import { piecesOf, type Plan } from '../kernels/plan';
import { bindingBytes, type Request } from '../kernels/request';
import { Tensor } from '../tensor/tensor';
import { checkTensor } from './arguments';

/**
 * The context that all of an op's tensors share.
 *
 * @param tensors by argument name; the first must be given, others that are undefined were not
 * @throws if one is no tensor or disposed, if they belong to different devices, or if the device is lost
 */
export function contextOf(op: string, tensors: Readonly<Record<string, Tensor | undefined>>): GpuContext {
  let leader: string | undefined;
  let context: GpuContext | undefined;
  for (const name in tensors) {
    const tensor = tensors[name];
    if (tensor === undefined && context !== undefined) continue;
    checkTensor(op, name, tensor);
    tensor.storage(op, name);
    leader ??= name;
    context ??= tensor.context;
    check(
      tensor.context === context,
      () => `${op}: ${leader} and ${name} belong to two different gpus; use one gpu for both`,
    );
  }
  return context!;
}

/** A stage of an epilogue, with the tensors that it reads, in the order in which it names them. */
export interface TensorEnding {
  readonly stage: Stage;
  readonly operands: readonly Tensor[];
}

/** What an op asks for, in terms of tensors. */
export interface Invocation<P> {
  readonly operation: Operation<P>;
  readonly problem: P;
  /** By role; those that are undefined are not bound. */
  readonly inputs: Readonly<Record<string, Tensor | undefined>>;
  readonly endings?: readonly TensorEnding[];
  /** What a convolution's products are summed in; default float32. */
  readonly sums?: DType;
  /** Why it is computed this way, beside the kernel's own reason. */
  readonly why?: string;
}

/**
 * Issues a call that writes a new tensor. An op checks everything before its first `run`: this allocates.
 *
 * @param op the public function, for errors
 * @param output its shape, and its element type, by default that of the first input
 * @throws if a tensor cannot be bound, not even in parts; nothing is allocated then
 */
export function run<P>(
  op: string,
  context: GpuContext,
  invocation: Invocation<P>,
  output: Pick<Form, 'shape'> & Partial<Form>,
): Tensor {
  return runAll(op, context, [invocation], output);
}

/** As `run`, for several calls that each write a part of the one output. */
export function runAll<P>(
  op: string,
  context: GpuContext,
  invocations: readonly Invocation<P>[],
  { shape, dtype = firstOf(invocations).dtype }: Pick<Form, 'shape'> & Partial<Form>,
): Tensor {
  const form: Form = { shape, dtype };
  const bytes = bindingBytes(form);
  const { limits } = context.target;
  // Refused before it is cut into more parts than memory can count.
  if (bytes > limits.maxBufferSize) checkBytes(op, 'the output', form, limits, false);
  const planned = invocations.map((invocation) => plannedOf(op, context, invocation, form));
  const words = (): string => `output ${describe(shape)} (${invocations[0].operation.name})`;
  const value = context.acquire(op, bytes, words);
  const taped = planned.map(({ request, plan }): Taped => ({
    call: { ...request, output: { value, shape, dtype } },
    plan,
  }));
  try {
    for (const { call, plan } of taped) context.issue(call, plan);
  } catch (error) {
    context.pool.release(value);
    throw error;
  }
  return new Tensor(context, form, value, provenanceOf(context.plans, taped));
}

interface Planned {
  readonly request: Uncalled;
  readonly plan?: Plan;
}

function plannedOf<P>(op: string, context: GpuContext, invocation: Invocation<P>, output: Form): Planned {
  const request = requestOf(op, invocation, output);
  if (context.tape?.rewrites !== true) return { request, plan: context.plans.of(request) };
  // A call that may be rewritten is planned later, but one that is too large must be refused now.
  piecesOf(request, context.target);
  return { request };
}

function firstOf<P>([{ inputs }]: readonly Invocation<P>[]): Tensor {
  return Object.values(inputs)[0]!;
}

/** A call without its output's storage. */
type Uncalled = Omit<Call, 'output'> & Pick<Request, 'output'>;

function requestOf<P>(op: string, invocation: Invocation<P>, output: Form): Uncalled {
  const { operation, problem, sums = 'f32', why } = invocation;
  const inputs: Record<string, Operand> = {};
  for (const role in invocation.inputs) {
    const tensor = invocation.inputs[role];
    if (tensor !== undefined) inputs[role] = tensor.operand(op, role);
  }
  const endings = invocation.endings?.map(({ stage, operands }) => endingOf(op, stage, operands)) ?? [];
  return { op, operation, problem, inputs, endings, output, sums, why };
}

function endingOf(op: string, stage: Stage, operands: readonly Tensor[]): Ending {
  return { stage, operands: operands.map((tensor) => tensor.operand(op, stage.kind)) };
}

/** Runs several calls. If one of them throws, none is queued, and what they allocated is freed. */
export function composeAll<T>(context: GpuContext, fn: () => T): T {
  const captured = together(context, fn);
  for (const taped of captured.calls) context.take(taped);
  release(context, captured);
  return captured.result;
}

/**
 * An op made of other ops. If one of them throws, none is queued. `explain` shows the steps of all.
 *
 * @param why why the op is computed this way
 */
export function compose(context: GpuContext, why: string, fn: () => Tensor): Tensor {
  const captured = together(context, fn);
  for (const taped of captured.calls) context.take(taped);
  release(context, captured);
  const { result } = captured;
  result.provenance = provenanceOf(context.plans, captured.calls, why);
  return result;
}
