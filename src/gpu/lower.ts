/**
 * From calls to dispatches. Kernel, tile, text and uniforms depend on what is computed and not on whose numbers they are, so
 * they are planned once for all calls that ask the same, and a call that is repeated costs a look into a table.
 *
 * @module
 */
import { createCache } from '../kernels/cache';
import type { Chain, Place } from '../kernels/chain';
import { byRule, type Choice, type Question } from '../kernels/choice';
import type { DType, Form } from '../kernels/dtype';
import { keyOfStage, operandsOf, readsChannel, type Stage } from '../kernels/epilogue';
import type { Halves } from '../kernels/half';
import { targetWith, type Target } from '../kernels/kernel';
import type { Forms } from '../kernels/operation';
import { checkBytes, tooLarge, type Piece } from '../kernels/pieces';
import type { Step } from '../step';
import type { Storage } from './buffers';
import { bindingBytes, stagesOf, type Call, type Operand, type Request } from './call';
import type { Bound, Dispatch } from './encode';

/** What computes a request, but for the buffers. */
export interface Plan {
  /** Why this kernel, in one sentence. */
  readonly why: string;
  readonly parts: readonly Part[];
  /** Bytes of what one part writes for others, by role; absent if there is nothing. */
  readonly middles?: Readonly<Record<Place, number>>;
}

/** The intermediates of a plan, by role. */
export type MiddleStorages = Readonly<Record<Place, Storage>>;

/** One dispatch of a plan. */
interface Part {
  /** Why this kernel, if it answers a question of its own. */
  readonly why?: string;
  readonly step: Step;
  /** What is bound, in the order of the step's storage bindings. */
  readonly slots: readonly Slot[];
  /** Products that it adds to sums; 0 where that is not what it is about. */
  readonly multiplyAdds: number;
}

/** What is bound. */
interface Slot {
  /** Where it is: the place of an input, of an intermediate, of what the epilogue reads, or the output. */
  readonly operand: Place;
  /** In bytes, if it is not all of the operand. */
  readonly offset?: number;
  readonly byteLength?: number;
}

export interface Plans {
  /** @throws if a tensor cannot be bound, not even in parts */
  of(request: Request): Plan;
  /** The questions that a request asks of who chooses: its own last, and before it those of the ways that are chains. */
  questions(request: Request): readonly Question[];
  /** What computes a request in the way that is chosen. */
  by(request: Request, choice: Choice): Plan;
  /** Forgets all plans: another choice may be made from now on. */
  clear(): void;
  readonly size: number;
}

/** Enough for every layer of a few networks: plans, and characters of their programs, of which many plans share one. */
const KEPT = { plans: 4096, characters: 2 ** 26 } as const;

/** What `output` is called among the slots; no input has that role. */
const OUTPUT = 'output';

/** What errors call the shaders' variables, where the functions have other names for them. */
const ARGUMENTS: Readonly<Record<string, string>> = {
  weights: 'the filter',
  mix: 'the pointwise filter',
  output: 'the output',
};

/**
 * @param target gives the device as it is now
 * @param advise gives a choice that was measured, if there is one
 */
export function createPlans(target: () => Target, advise: (question: Question) => Choice | undefined): Plans {
  const plans = createCache<string, Plan>({
    entries: KEPT.plans,
    weight: { bound: KEPT.characters, of: ({ parts }) => parts.reduce((sum, { step }) => sum + step.wgsl.length, 0) },
  });
  let planned = target();
  const of = (request: Request): Plan => {
    const now = target();
    if (now !== planned) plans.clear();
    planned = now;
    const key = keyOf(request);
    const known = plans.get(key);
    if (known !== undefined) return known;
    const pieces = piecesOf(request, now);
    const question = questionOf(request, pieces);
    const plan = planOf(request, pieces, advise(question) ?? byRule(question, now), now, of);
    plans.set(key, plan);
    return plan;
  };
  const questions = (request: Request): readonly Question[] => {
    const own = questionOf(request, piecesOf(request, target()));
    const { kernels, problem, epilogue } = own;
    const linked = kernels.flatMap((way) => ('chain' in way ? linksOf(request, way.chain(problem, epilogue)) : []));
    return [...linked.flatMap((link) => questions(link.request)), own];
  };
  return {
    of,
    questions,
    by: (request, choice) => planOf(request, piecesOf(request, target()), choice, target(), of),
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
  const read = call.endings.flatMap(({ operands }) => operands);
  const bound = ({ operand: place, offset = 0, byteLength }: Slot): Bound => {
    const middle = middles[place];
    if (middle !== undefined) return { storage: middle, offset, byteLength: byteLength ?? middle.byteLength };
    const operand = operandAt<Operand>(place, call, read);
    return {
      storage: operand.value,
      offset: (operand.offset ?? 0) + offset,
      byteLength: byteLength ?? bindingBytes(operand),
    };
  };
  return parts.map(({ step, slots }) => ({ step, operands: slots.map(bound) }));
}

/** What is at a place of a request. */
function operandAt<F>(
  place: Place,
  { inputs, output }: { readonly inputs: Readonly<Record<string, F>>; readonly output: F },
  read: readonly F[],
): F {
  if (typeof place === 'number') return read[place];
  return place === OUTPUT ? output : inputs[place];
}

/**
 * The pieces in which a request is computed; mostly one.
 *
 * @throws if a tensor cannot be bound, not even in parts
 */
export function piecesOf(request: Request, { limits }: Target): readonly Piece<unknown>[] {
  const { op, operation, problem, inputs, output } = request;
  const epilogue = stagesOf(request);
  const outputs = { output, ...alikeOf(request) };
  const whole = { problem, epilogue, inputs, outputs };
  const pieces = operation.pieces?.(whole, limits) ?? [{ problem }];
  const all: Forms = { ...perChannelOf(request), ...inputs, ...outputs };
  if (pieces.length === 1 && pieces[0].ranges === undefined && tooLarge(all, limits) === undefined) return pieces;
  for (const [role, form] of Object.entries(all)) {
    const isCut = pieces.length > 0 && pieces.every(({ ranges }) => ranges?.[role] !== undefined);
    checkBytes(op, ARGUMENTS[role] ?? role, form, limits, !isCut, insteadOf(role, problem));
  }
  return pieces;
}

/** What to do about a tensor that cannot be cut, besides what is always said. */
function insteadOf(role: string, problem: unknown): string {
  if (role === 'weights' || role === 'mix') return 'compute its output channels in several calls, or ';
  const { dataFormat } = (problem ?? {}) as { readonly dataFormat?: unknown };
  return dataFormat === 'NCHW' ? "use dataFormat 'NHWC', or " : '';
}

/** What the epilogue reads of the output's shape, by the names under which it is bound. */
function alikeOf(request: Request): Forms {
  return endingsOf(request, (stage) => !readsChannel(stage));
}

function perChannelOf(request: Request): Forms {
  return endingsOf(request, readsChannel);
}

function endingsOf(request: Request, wanted: (stage: Stage) => boolean): Forms {
  const { endings } = request;
  if (endings.length === 0) return {};
  const names = operandsOf(stagesOf(request));
  let at = 0;
  const found: Record<string, Form> = {};
  for (const { stage, operands } of endings) {
    for (const operand of operands) {
      const name = names[at++];
      if (wanted(stage)) found[name] = operand;
    }
  }
  return found;
}

function questionOf(request: Request, pieces: readonly Piece<unknown>[]): Question {
  const { operation } = request;
  // Of bands it may be only the last that lies over padding.
  const kernels =
    pieces.length === 1
      ? operation.kernels
      : operation.kernels.filter((kernel) => pieces.every(({ problem }) => kernel.supports(problem)));
  return {
    operation,
    kernels,
    problem: pieces[0].problem,
    epilogue: stagesOf(request),
    halves: halvesOf(request),
  };
}

/** @param planOfLink plans what a chain is made of */
function planOf(
  request: Request,
  pieces: readonly Piece<unknown>[],
  { kernel: way, tile, why }: Choice,
  target: Target,
  planOfLink: (request: Request) => Plan,
): Plan {
  const { operation } = request;
  const epilogue = stagesOf(request);
  const said = reasonOf(request, why);
  if ('chain' in way) return chained(request, way, said, planOfLink);
  const halves = halvesOf(request);
  const parts = pieces.map(({ problem, ranges }): Part => {
    const step = way.step(problem, tile, epilogue, targetWith(halves, target));
    const multiplyAdds = operation.multiplyAdds?.(problem) ?? 0;
    return { step, slots: slotsOf(step, request, ranges), multiplyAdds };
  });
  const whole = parts.length === 1 ? said : `${said}; in ${parts.length} parts, which the device can bind`;
  return { why: whole, parts };
}

/** The plans of a chain's links in one, in which every place is one of the whole. */
function chained(request: Request, way: Chain<unknown>, why: string, planOfLink: (request: Request) => Plan): Plan {
  const chain = way.chain(request.problem, stagesOf(request));
  const middles: Record<Place, number> = {};
  const { x } = request.inputs;
  for (const [role, { shape, dtype = x.dtype }] of Object.entries(chain.middles))
    middles[role] = bindingBytes({ shape, dtype });
  const parts = linksOf(request, chain).flatMap((link, i) => {
    const plan = planOfLink(link.request);
    const own = plan.middles ?? {};
    const inner = (role: Place): string => `${i}.${role}`;
    for (const role in own) middles[inner(role)] = own[role];
    const placeOf = (place: Place): Place => (own[place] === undefined ? link.placeOf(place) : inner(place));
    return plan.parts.map((part) => ({
      ...part,
      why: part.why ?? plan.why,
      slots: part.slots.map((slot) => ({ ...slot, operand: placeOf(slot.operand) })),
    }));
  });
  return { why, parts, middles };
}

/** A link as a request, and where its places are in the whole. */
interface Linked {
  readonly request: Request;
  readonly placeOf: (place: Place) => Place;
}

function linksOf(whole: Request, { links, middles }: ReturnType<Chain<unknown>['chain']>): readonly Linked[] {
  const { op, sums, inputs: given } = whole;
  const read = whole.endings.flatMap(({ operands }) => operands);
  const formAt = (place: Place): Form => {
    const middle = middles[place];
    if (middle === undefined) return operandAt<Form>(place, whole, read);
    const { shape, dtype = given.x.dtype } = middle;
    return { shape, dtype };
  };
  return links.map(({ operation, problem, inputs, endings, output }) => {
    const places = endings.flatMap(({ operands }) => operands);
    return {
      request: {
        op,
        operation,
        problem,
        inputs: Object.fromEntries(Object.entries(inputs).map(([role, place]) => [role, formAt(place)])),
        endings: endings.map(({ stage, operands }) => ({ stage, operands: operands.map(formAt) })),
        output: formAt(output),
        sums,
      },
      placeOf: (place) => operandAt<Place>(place, { inputs, output }, places),
    };
  });
}

function reasonOf({ why, operation: { kernels } }: Request, chosen: string): string {
  if (why === undefined) return chosen;
  return kernels.length === 1 ? why : `${why}; ${chosen}`;
}

/** What a step binds: inputs and the output by name, and in between what the epilogue reads, in its order. */
function slotsOf(step: Step, request: Request, ranges: Piece<unknown>['ranges']): readonly Slot[] {
  const { inputs, output } = request;
  const read = request.endings.flatMap(({ operands }) => operands);
  let place = 0;
  return step.bindings.flatMap(({ name, access }): Slot[] => {
    if (access === 'uniform') return [];
    const operand = name === OUTPUT || inputs[name] !== undefined ? name : place++;
    const form = operand === OUTPUT ? output : typeof operand === 'number' ? read[operand] : inputs[operand];
    if (form === undefined) throw new Error(`${step.label}: the shader binds ${name}, for which no operand was given`);
    const range = ranges?.[name];
    if (range === undefined) return [{ operand }];
    const bytes = (count: number): number => bindingBytes({ shape: [count], dtype: form.dtype });
    return [{ operand, offset: bytes(range.first), byteLength: bytes(range.count) }];
  });
}

/** What of a request is float16; undefined if nothing is. */
function halvesOf(request: Request): Halves | undefined {
  const { inputs, output, sums, endings } = request;
  const forms = [...Object.values(inputs), ...endings.flatMap(({ operands }) => operands), output];
  if (sums === 'f32' && forms.every(({ dtype }) => dtype === 'f32')) return undefined;
  const stored = new Set<string>();
  const note = (name: string, dtype: DType): unknown => dtype === 'f16' && stored.add(name);
  for (const [name, { dtype }] of Object.entries(inputs)) note(name, dtype);
  const read = endings.flatMap(({ operands }) => operands);
  for (const [i, name] of operandsOf(stagesOf(request)).entries()) note(name, read[i].dtype);
  note(OUTPUT, output.dtype);
  return { stored, sums: sums === 'f16' };
}

/** All that a plan depends on, besides the device. */
function keyOf({ op, operation, problem, inputs, endings, output, sums, why = '' }: Request): string {
  let key = `${operation.name} ${op} ${sums}${output.dtype} ${why} ${JSON.stringify(problem)}`;
  for (const role in inputs) if (inputs[role].dtype !== 'f32') key += ` ${role}`;
  for (const { stage, operands } of endings) {
    key += ` ${keyOfStage(stage)}`;
    for (const { dtype } of operands) if (dtype !== 'f32') key += dtype;
  }
  return key;
}
