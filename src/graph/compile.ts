/**
 * Networks: calls traced once, fused, planned and compiled, then replayed.
 *
 * @module
 */
import { check, checkKind, checkOptions, isRecord, show } from '../conv/check';
import type { Storage } from '../gpu/buffers';
import type { Call } from '../gpu/call';
import type { GpuContext } from '../gpu/context';
import { capture, release, TRACE, virtualStorage } from '../gpu/tape';
import { checkDType, type DType, type Form } from '../kernels/dtype';
import { piecesOf, questionOf } from '../kernels/plan';
import { bindingBytes } from '../kernels/request';
import type { Step } from '../step';
import { openContext, type Gpu } from '../tensor/gpu';
import { checkProgress, compileSteps, type PrepareOptions } from '../tensor/prepare';
import { byteLengthOf, Tensor } from '../tensor/tensor';
import { computeConstants } from './constants';
import { firstSteps } from './first-runs';
import { fuseConcat } from './fuse-concat';
import { fuseDilations } from './fuse-dilations';
import { fuseGroups } from './fuse-groups';
import { fuseMaps } from './fuse-maps';
import { fuseNorms } from './fuse-norms';
import { fusePads } from './fuse-pads';
import { fusePairs } from './fuse-pairs';
import { fusePools } from './fuse-pools';
import { fuseReduces } from './fuse-reduces';
import { fuseResizes } from './fuse-resizes';
import { Graph } from './graph';
import { arranged, outputsOf, type Output, type Outputs } from './outputs';
import { lowered, type Parts, type Planned } from './parts';
import { Program, type Maker } from './program';

/** What a program takes, by name: a shape, or a shape and its element type. */
export type InputForms = Readonly<
  Record<string, readonly number[] | { readonly shape: readonly number[]; readonly dtype?: DType }>
>;

/** Options of {@link compile}. */
export interface CompileOptions extends PrepareOptions {
  /** Whether dispatches are fused; default true. If not, the program does what the calls do, one by one. */
  readonly fuse?: boolean;
}

/**
 * Traces the calls of a network once, and makes a program of them. It computes together what can be computed together (a
 * convolution with all element-wise ops after it, and with the padding before it; a depthwise convolution with the pointwise one
 * after or before it where that pays; depthwise, reshape and reduceSum as a grouped convolution), and it moves a pointwise
 * convolution of an enlarged image before the enlarging. It computes now what depends on no input, drops what nobody needs,
 * lets intermediates share buffers, and compiles all programs in parallel.
 *
 * Where that gives the first result sooner, it waits only for short, general programs that serve many layers, and the first runs
 * are by these. The fast programs are compiled behind the first run, take over by themselves, and differ in rounding.
 * `program.ready` waits for them. `openGpu({ quickStart: false })` compiles nothing but them.
 *
 * Whatever depends on constants alone is computed when the program is compiled. A constant is a tensor that `gpu.tensor`
 * uploaded, or that was computed from such tensors, unless the app has asked for its `buffer` before or a program has written
 * into it (`into`). Each run reads the app's other tensors (`gpu.wrap`) anew, and all that is not folded.
 *
 * When the device is lost, the next call compiles the program again on the new device, as it does for a loaded model: it calls
 * `fn` once more, with the tensors that `gpu.tensor` was told to keep. The error names a tensor that was not kept, or that is
 * disposed by then.
 *
 * @param gpu where it will run
 * @param inputs shapes (or { shape, dtype }) of its inputs, by name; a program serves these shapes only; programs share weights
 * @param fn makes the calls before it returns; gets the inputs as tensors, which have no elements yet
 * @param options onProgress and signal, of what the first run waits for; fuse
 * @returns a program that is yours to dispose
 * @throws (rejects) if fn throws or is asynchronous, an input's shape is none, a program does not compile, or with the
 *   signal's reason when it is aborted; nothing is left allocated then
 * @example
 * ```ts
 * const program = await compile(gpu, { image: [1, 224, 224, 3] }, ({ image }) => mobileNet(image));
 * const logits = program.run({ image: pixels });
 * ```
 * @see https://www.w3.org/TR/webnn/#api-mlgraphbuilder (the same idea)
 */
export async function compile<I extends InputForms, O extends Outputs>(
  gpu: Gpu,
  inputs: I,
  fn: (inputs: { readonly [name in keyof I]: Tensor }) => O,
  options: CompileOptions = {},
): Promise<Program<I, O>> {
  const op = 'compile';
  return compileAs(op, gpu, inputs, fn, options);
}

/** @internal The same as `compile` for a public function of another name, which errors then name. */
export async function compileAs<I extends InputForms, O extends Outputs>(
  op: string,
  gpu: Gpu,
  inputs: I,
  fn: (inputs: { readonly [name in keyof I]: Tensor }) => O,
  options: CompileOptions = {},
): Promise<Program<I, O>> {
  const context = openContext(op, gpu);
  checkKind(op, 'fn', fn, 'function');
  checkOptions(op, options, ['onProgress', 'signal', 'fuse']);
  const { fuse = true, signal } = options;
  checkKind(op, 'fuse', fuse, 'boolean');
  checkProgress(op, options);
  signal?.throwIfAborted();
  const network: Network<O> = { forms: formsOf(op, context, inputs), fn: fn as Network<O>['fn'], fuse };
  const draft = draftOf(op, context, network);
  try {
    await compileFirst(op, context, draft.parts.dispatches, options);
    const maker: Maker<O> = {
      gpu,
      again: (caller, next, use) => makeAgain(caller, next, network, use),
    };
    return draft.bind((parts) => new Program<I, O>(context, parts, maker));
  } finally {
    draft.release();
  }
}

/** @internal What to trace: once at first, and again after each loss of the device. */
export interface Network<O> {
  readonly forms: ReadonlyMap<string, Form>;
  readonly fn: (inputs: Readonly<Record<string, Tensor>>) => O;
  readonly fuse: boolean;
}

/** @internal A network that is traced, but not compiled. */
export interface Draft<O> {
  readonly parts: Parts<O>;
  /** Hands the parts to `use`, which holds all that they name from then on, unless it throws. */
  bind<T>(use: (parts: Parts<O>) => T): T;
  /** Releases what nobody took over. */
  release(): void;
}

/** @internal Traces the network into calls and dispatches, and compiles nothing. */
export function draftOf<O extends Outputs>(op: string, context: GpuContext, { forms, fn, fuse }: Network<O>): Draft<O> {
  const given = Array.from(forms, ([name, form]) => {
    const value = virtualStorage(bindingBytes(form));
    return { name, form, value, tensor: new Tensor(context, form, value) };
  });
  const tensors = Object.fromEntries(given.map(({ name, tensor }) => [name, tensor]));
  const trace = (): Traced<O> => {
    const result = fn(tensors);
    // The capture reports it.
    if (result instanceof Promise) return result as never;
    const returned = outputsOf(op, context, result);
    // The app may dispose what it returns while the programs compile.
    for (const { value } of returned) context.tape?.hold(value);
    return { result, returned };
  };
  const captured = capture(context, op, trace, TRACE);
  let mine: readonly Storage[] = [];
  const releaseAll = (): void => {
    for (const storage of mine) context.pool.release(storage);
    release(context, captured);
  };
  try {
    const { rest, made, bound } = computeConstants(
      context,
      captured.calls.map(({ call }) => call),
    );
    mine = made;
    const { result, returned } = captured.result;
    const outputs = returned.map((output) => ({ ...output, value: bound(output.value) }));
    const graph = new Graph(rest, new Set(outputs.map(({ value }) => value)));
    if (fuse) fuseAll(graph, context);
    graph.dropDead();
    const parts: Parts<O> = {
      inputs: new Map(given.map(({ name, form, value }) => [name, { form, value }])),
      calls: graph.calls,
      dispatches: lowered(graph.calls, context.plans.of),
      constants: made,
      traced: captured.calls.reduce((count, { call }) => count + countOf(call, context), 0),
      outputs,
      arrange: (fresh) => arranged(result, fresh) as O,
    };
    return {
      parts,
      bind: (use) => {
        const taken = use(parts);
        mine = [];
        return taken;
      },
      release: releaseAll,
    };
  } catch (error) {
    releaseAll();
    throw error;
  }
}

/** Compiles what the first run needs. */
async function compileFirst(
  op: string,
  context: GpuContext,
  dispatches: readonly Planned[],
  options: PrepareOptions,
): Promise<void> {
  const { pipelines } = context;
  const steps = firstSteps(dispatches, pipelines);
  const isBroken = (step: Step, i: number): boolean =>
    step !== dispatches[i].step && pipelines.ready(step.wgsl) instanceof Error;
  try {
    await compileSteps(op, context, steps, options);
  } catch (error) {
    // A stand-in that does not compile is not chosen again.
    if (!steps.some(isBroken)) throw error;
    await compileFirst(op, context, dispatches, options);
  }
}

/** Compiles again after a loss, for a caller who does not wait: the browser compiles while the commands wait in its queue. */
function makeAgain<O extends Outputs, T>(
  op: string,
  context: GpuContext,
  network: Network<O>,
  use: (parts: Parts<O>) => T,
): T {
  let draft: Draft<O>;
  try {
    draft = draftOf(op, context, network);
  } catch (cause) {
    throw new Error(
      `${op}: the program's device was lost, and on the new one its function cannot be traced again (${(cause as Error).message}); have gpu.tensor keep what the function reads, { keep: true }, and do not dispose that, or compile the program anew`,
      { cause },
    );
  }
  try {
    for (const step of firstSteps(draft.parts.dispatches, context.pipelines)) context.pipelines.compileNow(step);
    return draft.bind(use);
  } finally {
    draft.release();
  }
}

/** What the function returned, and its tensors. */
interface Traced<O> {
  readonly result: O;
  readonly returned: readonly Output[];
}

/** The order counts: a pass may leave calls in which the next one finds more to fuse. */
function fuseAll(graph: Graph, context: GpuContext): void {
  fuseDilations(graph);
  fuseGroups(graph);
  fuseNorms(graph);
  fusePads(graph);
  fusePools(graph);
  fuseResizes(graph);
  fuseMaps(graph);
  fuseReduces(graph);
  fusePairs(graph, context);
  fuseConcat(graph, context);
}

/** How many dispatches compute a call. */
function countOf(call: Call, { plans, target, advise }: GpuContext): number {
  const pieces = piecesOf(call, target);
  const ways = [...call.operation.kernels, advise?.(questionOf(call, pieces))?.kernel];
  // The count of most calls is known without a plan, so do not make one: it may not be needed.
  return ways.some((way) => way !== undefined && 'plan' in way) ? plans.of(call).parts.length : pieces.length;
}

function formsOf(op: string, context: GpuContext, inputs: InputForms): ReadonlyMap<string, Form> {
  check(
    isRecord(inputs),
    () =>
      `${op}: inputs are ${show(inputs)}; give an object with a shape for each input, such as { image: [1, 224, 224, 3] }`,
  );
  const forms = new Map<string, Form>();
  for (const [name, given] of Object.entries(inputs)) {
    const isForm = typeof given === 'object' && given !== null && 'shape' in given;
    const { shape, dtype = 'f32' } = isForm ? given : { shape: given };
    checkDType(`${op}: input ${name}`, dtype);
    const form = { shape, dtype };
    // Do not check the binding size here: a call may read the input in parts, and reports an error if it cannot.
    byteLengthOf(op, `input ${name}`, form, context, false);
    forms.set(name, form);
  }
  return forms;
}
