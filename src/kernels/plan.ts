/**
 * What computes a request, without the buffers: which dispatches, and which of the request's tensors each of them binds.
 *
 * @module
 */
import type { Step } from '../step';
import type { Choice, Question } from './choice';
import type { Form } from './dtype';
import { readsChannel } from './epilogue';
import type { Halves } from './half';
import { targetWith, type Target } from './kernel';
import { checkBytes, type Instead, type Piece } from './pieces';
import { bindingBytes, namesOf, stagesOf, tensorsOf, type Request } from './request';
import { substituteFor, type Substitute } from './stand-in';

export interface Plan {
  /** Why this kernel, in one sentence. */
  readonly why: string;
  readonly parts: readonly Part[];
  /** Bytes of the intermediates that one part writes for others, by name; absent if there are none. */
  readonly middles?: Readonly<Record<string, number>>;
}

/** One dispatch of a plan. */
export interface Part {
  /** Why this kernel, if the choice was a question of its own. */
  readonly why?: string;
  readonly step: Step;
  /** Gives what may compute the same, from the same slots, while the step's program is being compiled. */
  readonly standIn?: () => Substitute;
  /** What is bound, in the order of the step's storage bindings. */
  readonly slots: readonly Slot[];
  /** Products that it adds to sums; 0 for operations that are not about sums of products. */
  readonly multiplyAdds: number;
}

/** What is bound. */
export interface Slot {
  /** The index of the request's tensor, in the order of `tensorsOf`; or the name of an intermediate. */
  readonly tensor: number | string;
  /** In bytes, if it is not all of the tensor. */
  readonly offset?: number;
  readonly byteLength?: number;
}

/** Plans a request by the choices that were made for a device. */
export type Planner = (request: Request) => Plan;

/** Names for the shaders' variables in errors, where the public functions name them differently. */
const ARGUMENTS: Readonly<Record<string, string>> = {
  weights: 'the filter',
  mix: 'the pointwise filter',
  output: 'the output',
};

/**
 * The pieces in which a request is computed; mostly one.
 *
 * @throws if a tensor cannot be bound, not even in parts
 */
export function piecesOf(request: Request, { limits }: Target): readonly Piece<unknown>[] {
  const { op, operation, problem, inputs, endings, output } = request;
  const [names, forms] = [namesOf(request), tensorsOf<Form>(request)];
  const outputs: Record<string, Form> = { output };
  let at = Object.keys(inputs).length;
  for (const { stage, operands } of endings) {
    for (const operand of operands) {
      if (!readsChannel(stage)) outputs[names[at]] = operand;
      at++;
    }
  }
  const pieces = operation.pieces?.({ problem, epilogue: stagesOf(request), inputs, outputs }, limits) ?? [{ problem }];
  for (const [i, name] of names.entries()) {
    const isCut = pieces.length > 0 && pieces.every(({ ranges }) => ranges?.[name] !== undefined);
    checkBytes(op, ARGUMENTS[name] ?? name, forms[i], limits, !isCut, insteadOf(name, problem));
  }
  return pieces;
}

/** What to do about a tensor that cannot be cut, instead of the general advice. */
function insteadOf(name: string, problem: unknown): Instead {
  if (name === 'weights' || name === 'mix') return 'channels';
  return (problem as { readonly dataFormat?: unknown }).dataFormat === 'NCHW' ? 'NHWC' : undefined;
}

/** The question that a request asks about its kernel. */
export function questionOf(request: Request, pieces: readonly Piece<unknown>[]): Question {
  const { operation } = request;
  return {
    operation,
    // Every piece is checked, because only the last band may lie over padding.
    kernels: operation.kernels.filter((way) => pieces.every(({ problem }) => way.supports(problem))),
    problem: pieces[0].problem,
    epilogue: stagesOf(request),
    halves: halvesOf(request),
  };
}

/** What of a request is float16; undefined if nothing is. */
function halvesOf(request: Request): Halves | undefined {
  const forms = tensorsOf<Form>(request);
  const stored = new Set(namesOf(request).filter((_, i) => forms[i].dtype === 'f16'));
  const sums = request.sums === 'f16';
  return stored.size > 0 || sums ? { stored, sums } : undefined;
}

/**
 * The plan of a request by the way that was chosen for it.
 *
 * @param planner plans what the way is made of, if that is several operations
 */
export function planBy(
  request: Request,
  pieces: readonly Piece<unknown>[],
  choice: Choice,
  target: Target,
  planner: Planner,
): Plan {
  const { operation } = request;
  const { kernel: way, tile, why } = choice;
  const said = reasonOf(request, why);
  if ('plan' in way) return way.plan(request, said, planner);
  const epilogue = stagesOf(request);
  const own = targetWith(halvesOf(request), target);
  const parts = pieces.map(({ problem, ranges }): Part => {
    const step = way.step(problem, tile, epilogue, own);
    const multiplyAdds = operation.multiplyAdds?.(problem) ?? 0;
    const { standIn } = choice;
    return {
      step,
      standIn: standIn && once(() => substituteFor(step, standIn, problem, epilogue, own, multiplyAdds)),
      slots: slotsOf(step, request, ranges),
      multiplyAdds,
    };
  });
  return { why: parts.length === 1 ? said : `${said}; in ${parts.length} parts`, parts };
}

/** Computes the value when it is first asked for: few calls find their program missing. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function reasonOf({ why, operation: { kernels } }: Request, chosen: string): string {
  if (why === undefined) return chosen;
  return kernels.length === 1 ? why : `${why}; ${chosen}`;
}

function slotsOf(step: Step, request: Request, ranges: Piece<unknown>['ranges']): readonly Slot[] {
  const [names, forms] = [namesOf(request), tensorsOf<Form>(request)];
  return step.bindings.flatMap(({ name, access }): Slot[] => {
    if (access === 'uniform') return [];
    const tensor = names.indexOf(name);
    const range = ranges?.[name];
    if (range === undefined) return [{ tensor }];
    const { dtype } = forms[tensor];
    const bytes = (count: number): number => bindingBytes({ shape: [count], dtype });
    return [{ tensor, offset: bytes(range.first), byteLength: bytes(range.count) }];
  });
}

/** All that a plan depends on, besides the device. */
export function keyOf(request: Request): string {
  const { op, operation, problem, inputs, endings, output, sums, why = '' } = request;
  let key = `${operation.name} ${op} ${sums}${output.dtype} ${why} ${JSON.stringify(problem)}`;
  for (const role in inputs) if (inputs[role].dtype !== 'f32') key += ` ${role}`;
  for (const { stage, operands } of endings) {
    key += JSON.stringify(stage);
    for (const { dtype } of operands) if (dtype !== 'f32') key += dtype;
  }
  return key;
}

/**
 * The questions that a request asks about kernels: its own last, and before it those of the ways that consist of several
 * operations.
 *
 * @param waysOf gives the ways that are tried
 */
export function questionsOf(
  request: Request,
  target: Target,
  waysOf: (question: Question) => Question['kernels'],
): readonly Question[] {
  const own = questionOf(request, piecesOf(request, target));
  const links = waysOf(own).flatMap((way) => ('plan' in way ? way.requests(request) : []));
  return [...links.flatMap((link) => questionsOf(link, target, waysOf)), own];
}
