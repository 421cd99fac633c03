/**
 * Networks: calls traced once, fused, planned and compiled, then replayed.
 *
 * @module
 */
import { check, checkOptions, show } from '../conv/check';
import type { Storage } from '../gpu/buffers';
import { virtualStorage, type GpuContext } from '../gpu/context';
import { bytesOf, checkDType, wholeWords, type DType, type Form } from '../tensor/dtype';
import type { Gpu } from '../tensor/gpu';
import { compileSteps, type PrepareOptions } from '../tensor/prepare';
import { byteLengthOf, Tensor } from '../tensor/tensor';
import { computeConstants, type Constants } from './constants';
import { fuseConcat } from './fuse-concat';
import { fuseGroups } from './fuse-groups';
import { fuseMaps } from './fuse-maps';
import { fusePads } from './fuse-pads';
import { fusePools } from './fuse-pools';
import { fuseSeparable } from './fuse-separable';
import { Graph, valueOf } from './graph';
import { Program } from './program';

/** What a program takes, by name: a shape, or a shape and its element type. */
export type InputForms = Readonly<
  Record<string, readonly number[] | { readonly shape: readonly number[]; readonly dtype?: DType }>
>;

/** What a traced function returns: a tensor, a list of them, or a record. */
export type Outputs = Tensor | readonly Tensor[] | Readonly<Record<string, Tensor>>;

/** Options of {@link compile}. */
export interface CompileOptions extends PrepareOptions {
  /** Whether dispatches are fused, which they are by default; without it the program does what the calls do, one by one. */
  readonly fuse?: boolean;
}

/**
 * Traces the calls of a network once, and makes a program of them: what can be computed together is (a convolution with all
 * element-wise ops after it, and with the padding before it; a depthwise convolution with the pointwise one after it where
 * that pays; depthwise, reshape and reduceSum as a grouped convolution), what depends on no input is computed now, what
 * nobody needs is dropped, intermediates share buffers, and all programs compile in parallel.
 *
 * @param gpu where it will run
 * @param inputs shapes (or { shape, dtype }) of its inputs, by name; a program is for these shapes, and weights are shared
 * @param fn makes the calls before it returns; gets the inputs as tensors, which have no elements yet
 * @param options onProgress and signal, of the compilation; fuse
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
  const { context } = gpu;
  context.checkAlive(op);
  checkOptions(op, options, ['onProgress', 'signal', 'fuse']);
  const { fuse = true, signal } = options;
  check(typeof fuse === 'boolean', () => `${op}: fuse is ${show(fuse)}; it is true or false`);
  signal?.throwIfAborted();
  const forms = formsOf(op, context, inputs);
  const given = Array.from(forms, ([name, form]) => {
    const value = virtualStorage(wholeWords(bytesOf(form)));
    return { name, form, value, tensor: new Tensor(context, form, value) };
  });
  const tensors = Object.fromEntries(given.map(({ name, tensor }) => [name, tensor])) as {
    readonly [name in keyof I]: Tensor;
  };
  const { result: traced, dispatches } = context.capture(op, () => trace(op, context, () => fn(tensors)), {
    virtual: 'but uploads',
  });
  let constants: Constants | undefined;
  try {
    constants = computeConstants(context, dispatches);
    const { rest, made, bound } = constants;
    const outputs = traced.outputs.map(({ form, storage }) => ({ form, storage: bound(storage) }));
    const graph = new Graph(rest, new Set(outputs.map(({ storage }) => valueOf(storage))));
    if (fuse) {
      fuseGroups(graph, context);
      fusePads(graph, context);
      fusePools(graph, context);
      fuseMaps(graph, context);
      fuseSeparable(graph, context);
      fuseConcat(graph, context);
    }
    graph.dropDead();
    const steps = graph.dispatches.map(({ step }) => step);
    await compileSteps(op, context, steps, options);
    const program = new Program<I, O>(context, {
      inputs: new Map(given.map(({ name, form, value }) => [name, { form, value }])),
      dispatches: graph.dispatches,
      constants: made,
      traced: dispatches.length,
      outputs,
      arrange: (fresh) => arranged(traced.result, fresh) as O,
    });
    constants = undefined;
    return program;
  } finally {
    for (const storage of constants?.made ?? []) context.pool.release(storage);
    context.release(dispatches);
  }
}

function formsOf(op: string, context: GpuContext, inputs: InputForms): ReadonlyMap<string, Form> {
  check(
    typeof inputs === 'object' && inputs !== null && !Array.isArray(inputs),
    () =>
      `${op}: inputs are ${show(inputs)}; give an object with a shape for each input, such as { image: [1, 224, 224, 3] }`,
  );
  const forms = new Map<string, Form>();
  for (const [name, given] of Object.entries(inputs)) {
    const { shape, dtype = 'f32' } = Array.isArray(given)
      ? { shape: given as readonly number[] }
      : (given as Partial<Form>);
    checkDType(`${op}: input ${name}`, dtype);
    const form = { shape: shape as readonly number[], dtype };
    byteLengthOf(op, `input ${name}`, form, context);
    forms.set(name, form);
  }
  return forms;
}

/** What the function returned, and the storages of its tensors. */
interface Traced<O> {
  readonly result: O;
  readonly outputs: readonly { readonly form: Form; readonly storage: Storage }[];
}

/** Runs the function, which is being captured. */
function trace<O>(op: string, context: GpuContext, fn: () => O): Traced<O> {
  const result = fn();
  // Told by the capture.
  if (result instanceof Promise) return result as never;
  check(
    typeof result === 'object' && result !== null,
    () => `${op}: the function returned ${show(result)}; return a tensor, a list of tensors or a record of them`,
  );
  const entries = result instanceof Tensor ? [['the result', result]] : Object.entries(result);
  const outputs = (entries as [string, unknown][]).map(([name, tensor]) => {
    check(
      tensor instanceof Tensor,
      () =>
        `${op}: the function returned ${show(tensor)} as ${name}; return a tensor, a list of tensors or a record of them`,
    );
    const form = tensor;
    const storage = form.storage(op, name);
    check(form.context === context, () => `${op}: ${name} belongs to another gpu; use one gpu for all`);
    return { form, storage };
  });
  return { result, outputs };
}

/** New tensors in the places of a result's. */
function arranged(result: Outputs, tensors: readonly Tensor[]): Outputs {
  if (result instanceof Tensor) return tensors[0];
  if (Array.isArray(result)) return tensors;
  return Object.fromEntries(Object.keys(result).map((name, i) => [name, tensors[i]]));
}
