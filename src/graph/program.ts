/**
 * A compiled network: its dispatches with their buffers bound, replayed by one command.
 *
 * @module
 */
import { check, describe, show, sizeOf } from '../conv/check';
import type { Storage } from '../gpu/buffers';
import type { GpuContext } from '../gpu/context';
import { bindGroupOf, type Dispatch } from '../gpu/encode';
import type { Pipeline } from '../gpu/pipelines';
import { timeDispatches, type StepTime } from '../gpu/timer';
import { multiplyAdds } from '../kernels/conv-step';
import type { Grid, Tile } from '../step';
import { encode, type Form } from '../tensor/dtype';
import { Tensor } from '../tensor/tensor';
import { isWhole, readBy, valueOf, writtenBy } from './graph';
import { planMemory, type Lifetime } from './plan';

/** What a program is made of. */
export interface Parts<O> {
  /** Forms and values of the inputs, by name. */
  readonly inputs: ReadonlyMap<string, { readonly form: Form; readonly value: Storage }>;
  readonly dispatches: readonly Dispatch[];
  /** Constants that were computed for it; its own. */
  readonly constants: readonly Storage[];
  /** How many dispatches the calls were. */
  readonly traced: number;
  /** Forms and storages of the outputs, in order. */
  readonly outputs: readonly { readonly form: Form; readonly storage: Storage }[];
  /** The outputs as the traced function returned them. */
  readonly arrange: (outputs: readonly Tensor[]) => O;
}

/** One dispatch of a program; see {@link Program.explain}. */
export interface ProgramStep {
  /** The kernel's name, `family/method`. */
  readonly kernel: string;
  /** The knobs that its tile set. */
  readonly tile: Tile;
  /** Kernel, tile and problem in one line. */
  readonly label: string;
  /** Workgroups along x, y and z. */
  readonly grid: Grid;
  /** Why this kernel, in one sentence. */
  readonly why: string;
  /** Bytes of all that it reads and writes, each once. */
  readonly bytes: number;
  /** Multiplications and additions; 0 for what is no convolution. */
  readonly flops: number;
  /** Milliseconds on the GPU, as `profile` has measured them last; undefined before. */
  readonly ms?: number;
}

/** Bytes on the GPU that a program holds. */
export interface ProgramMemory {
  /** Filters and other constants, which programs of the same weights share. */
  readonly weights: number;
  /** Buffers of the intermediates. */
  readonly intermediates: number;
  /** What the intermediates would take without sharing. */
  readonly unshared: number;
  /** Of one run: what it returns, and inputs that are given as numbers. */
  readonly perRun: number;
}

/** Numbers or a tensor for each input. */
export type Feeds<I> = { readonly [name in keyof I]: Tensor | ArrayLike<number> };

/** A dispatch that is ready to run, but for buffers of the run. */
interface Bound {
  readonly dispatch: Dispatch;
  readonly pipeline: Pipeline;
  /** Its buffers, if all are the program's own. */
  readonly fixed?: GPUBindGroup;
  /** The buffers that it was run with last. */
  last?: { readonly storages: readonly Storage[]; readonly group: GPUBindGroup };
}

/** Programs of one shape each, made by {@link compile}. */
export class Program<I, O> {
  readonly #context: GpuContext;
  readonly #parts: Parts<O>;
  readonly #bound: readonly Bound[];
  /** Where the intermediates are. */
  readonly #placed: ReadonlyMap<Storage, Storage>;
  /** Weights, constants and shared buffers, each with a reference of the program's. */
  readonly #held: readonly Storage[];
  readonly #memory: ProgramMemory;
  #times: readonly StepTime[] = [];
  #disposed = false;

  /** @internal Made by `compile`; its programs are compiled. */
  constructor(context: GpuContext, parts: Parts<O>) {
    this.#context = context;
    this.#parts = parts;
    const { dispatches, constants } = parts;
    const wanted = parts.outputs.map(({ storage }) => valueOf(storage));
    const loose = new Set([...Array.from(parts.inputs.values(), ({ value }) => value), ...wanted]);
    const buffers = planMemory(lifetimesOf(dispatches, loose));
    const made: Storage[] = [];
    const placed = new Map<Storage, Storage>();
    try {
      for (const { bytes, lifetimes } of buffers) {
        const storage = context.acquire('compile', bytes, `intermediates (${lifetimes.length})`);
        made.push(storage);
        for (const { value } of lifetimes) placed.set(value, storage);
      }
    } catch (error) {
      for (const storage of made) context.pool.release(storage);
      throw error;
    }
    const weights = [...new Set([...dispatches.flatMap(readBy), ...wanted])].filter(
      (value) => value.virtual !== true && !constants.includes(value),
    );
    for (const value of weights) value.references++;
    this.#placed = placed;
    this.#held = [...weights, ...constants, ...made];
    this.#bound = dispatches.map((dispatch) => this.#bind(dispatch, loose));
    const sum = (storages: Iterable<{ readonly byteLength: number }>): number => {
      let total = 0;
      for (const { byteLength } of storages) total += byteLength;
      return total;
    };
    this.#memory = {
      weights: sum([...weights, ...constants]),
      intermediates: sum(made),
      unshared: sum(placed.keys()),
      perRun: sum([...loose].filter(({ virtual }) => virtual === true)),
    };
  }

  /**
   * Runs the program, in one submit.
   *
   * @param inputs a tensor of the input's shape and type, or as many numbers, by name
   * @returns what the traced function returned: new tensors that are yours to dispose
   * @throws at once if an input is missing or has another shape, or the device was lost or the program disposed
   * @example
   * ```ts
   * using logits = program.run({ image: pixels });
   * console.log(await logits.read());
   * ```
   * @see https://www.w3.org/TR/webnn/#api-mlcontext-dispatch (the same idea)
   */
  run(inputs: Feeds<I>): O {
    const op = 'program.run';
    const context = this.#context;
    const { values, uploads, outputs } = this.#prepared(op, inputs);
    context.queue.replay({
      label: `a program of ${this.#bound.length} dispatches`,
      encode: (pass) => this.#encode(pass, values),
      reads: [...values.values(), ...this.#held],
      writes: outputs.map(({ storage }) => storage),
    });
    for (const storage of uploads) context.pool.release(storage);
    return this.#parts.arrange(outputs.map(({ form, storage }) => new Tensor(context, form, storage)));
  }

  /**
   * Runs the program once and times each dispatch.
   *
   * @param inputs as for `run`
   * @returns one entry per dispatch, in order; milliseconds
   * @throws (rejects) as `run` throws, or if the device refuses the commands
   * @example
   * ```ts
   * for (const { kernel, ms } of await program.profile({ image: pixels })) console.log(kernel, ms);
   * ```
   * @see https://www.w3.org/TR/webgpu/#timestamp
   */
  async profile(inputs: Feeds<I>): Promise<StepTime[]> {
    const op = 'program.profile';
    const context = this.#context;
    const { values, uploads, outputs } = this.#prepared(op, inputs);
    const bound = this.#bound.map(({ dispatch }) => ({ ...dispatch, operands: this.#operandsOf(dispatch, values) }));
    try {
      const times = await context.whileAlive(op, timeDispatches(context, bound));
      this.#times = times;
      return times;
    } finally {
      for (const storage of [...uploads, ...outputs.map((output) => output.storage)]) context.pool.release(storage);
    }
  }

  /** The dispatches of a run, in order; with their times, once they were profiled. */
  explain(): ProgramStep[] {
    return this.#parts.dispatches.map((dispatch, i) => {
      const { kernel, tile, label, grid } = dispatch.step;
      const values = new Set([...readBy(dispatch), ...writtenBy(dispatch)]);
      let bytes = 0;
      for (const { byteLength } of values) bytes += byteLength;
      return {
        kernel,
        tile,
        label,
        grid,
        why: dispatch.why ?? '',
        bytes,
        flops: flopsOf(dispatch),
        ms: this.#times[i]?.ms,
      };
    });
  }

  /** Bytes that the program holds. */
  memory(): ProgramMemory {
    return this.#memory;
  }

  /** How many dispatches the calls were when they were traced, and how many a run is. */
  get dispatches(): { readonly traced: number; readonly run: number } {
    return { traced: this.#parts.traced, run: this.#bound.length };
  }

  /** Gives the buffers back. Tensors that runs returned stay. Disposing twice does nothing. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const storage of this.#held) this.#context.pool.release(storage);
  }

  /** What a `using` block calls: `dispose`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** The storages of a run, after all checks. */
  #prepared(op: string, feeds: Feeds<I>): Prepared {
    const context = this.#context;
    check(!this.#disposed, () => `${op}: the program was disposed; compile it again`);
    context.checkAlive(op, 'the program');
    check(!context.capturing, () => `${op}: called inside prepare, record, profile or compile; call it outside`);
    check(typeof feeds === 'object' && feeds !== null, () => `${op}: inputs are ${show(feeds)}; give an object`);
    const given = new Map<string, unknown>(Object.entries(feeds));
    const { inputs } = this.#parts;
    for (const name of given.keys()) {
      check(
        inputs.has(name),
        () => `${op}: there is no input ${name}; the inputs are ${[...inputs.keys()].join(', ')}`,
      );
    }
    for (const [name, { form }] of inputs) checkFeed(op, context, name, given.get(name), form);
    const values = new Map<Storage, Storage>();
    const uploads: Storage[] = [];
    const outputs: { readonly form: Form; readonly storage: Storage }[] = [];
    try {
      for (const [name, { form, value }] of inputs) {
        const feed = given.get(name) as Tensor | ArrayLike<number>;
        if (feed instanceof Tensor) {
          values.set(value, feed.storage(op, name));
        } else {
          const storage = context.upload(op, encode(feed, form.dtype), `input ${name}`);
          uploads.push(storage);
          values.set(value, storage);
        }
      }
      for (const { form, storage } of this.#parts.outputs) {
        const value = valueOf(storage);
        const known = values.get(value) ?? (value.virtual === true ? undefined : value);
        if (known === undefined) {
          const made = context.acquire(op, value.byteLength, `output ${describe(form.shape)}`);
          values.set(value, made);
          outputs.push({ form, storage: made });
        } else {
          known.references++;
          outputs.push({ form, storage: known });
        }
      }
    } catch (error) {
      for (const storage of [...uploads, ...outputs.map((output) => output.storage)]) context.pool.release(storage);
      throw error;
    }
    return { values, uploads, outputs };
  }

  #bind(dispatch: Dispatch, loose: ReadonlySet<Storage>): Bound {
    const pipeline = this.#context.pipelines.ready(dispatch.step.wgsl);
    if (pipeline === undefined || pipeline instanceof Error)
      throw pipeline ?? new Error('compile: a program is missing');
    const named = [...readBy(dispatch), ...writtenBy(dispatch)];
    if (named.some((value) => loose.has(value) || (value.external && value.virtual !== true)))
      return { dispatch, pipeline };
    return {
      dispatch,
      pipeline,
      fixed: this.#groupOf(pipeline, { ...dispatch, operands: this.#operandsOf(dispatch, new Map()) }),
    };
  }

  #encode(pass: GPUComputePassEncoder, values: ReadonlyMap<Storage, Storage>): void {
    for (const bound of this.#bound) {
      const { dispatch, pipeline, fixed } = bound;
      pass.setPipeline(pipeline.pipeline);
      pass.setBindGroup(0, fixed ?? this.#looseGroup(bound, values));
      pass.dispatchWorkgroups(...dispatch.step.grid);
    }
  }

  /** The pool gives the same buffers again as a rule, and so a group serves more than one run. */
  #looseGroup(bound: Bound, values: ReadonlyMap<Storage, Storage>): GPUBindGroup {
    const { dispatch, pipeline } = bound;
    const operands = this.#operandsOf(dispatch, values);
    const storages = Object.values(operands);
    const isSame = bound.last?.storages.every(
      ({ buffer, offset }, i) => buffer === storages[i].buffer && offset === storages[i].offset,
    );
    if (bound.last === undefined || isSame !== true) {
      bound.last = { storages, group: this.#groupOf(pipeline, { ...dispatch, operands }) };
    }
    return bound.last.group;
  }

  #groupOf(pipeline: Pipeline, dispatch: Dispatch): GPUBindGroup {
    const { device, uniforms } = this.#context;
    return bindGroupOf(device, uniforms, pipeline, dispatch);
  }

  /** The storages of a dispatch in a run. */
  #operandsOf({ operands }: Dispatch, values: ReadonlyMap<Storage, Storage>): Readonly<Record<string, Storage>> {
    const real = (storage: Storage): Storage => {
      const value = valueOf(storage);
      const found = values.get(value) ?? this.#placed.get(value) ?? value;
      const { offset, byteLength } = storage;
      // What is shared is as large as the largest of its values.
      const within = isWhole(storage) ? 0 : offset - value.offset;
      return { ...bare(found), offset: found.offset + within, byteLength };
    };
    return Object.fromEntries(Object.entries(operands).map(([name, storage]) => [name, real(storage)]));
  }
}

/** What `run` needs, checked. */
interface Prepared {
  /** The inputs and outputs of the run, by their values. */
  readonly values: ReadonlyMap<Storage, Storage>;
  readonly uploads: readonly Storage[];
  readonly outputs: readonly { readonly form: Form; readonly storage: Storage }[];
}

function bare({ buffer, offset, byteLength, external, references }: Storage): Storage {
  return { buffer, offset, byteLength, external, references };
}

function checkFeed(op: string, context: GpuContext, name: string, feed: unknown, form: Form): void {
  const size = sizeOf(form.shape);
  if (feed instanceof Tensor) {
    feed.storage(op, name);
    check(
      feed.context === context,
      () => `${op}: ${name} belongs to another gpu than the program; use one gpu for both`,
    );
    check(
      describe(feed.shape) === describe(form.shape) && feed.dtype === form.dtype,
      () =>
        `${op}: ${name} is ${feed.dtype} ${describe(feed.shape)} but the program was compiled for ${form.dtype} ${describe(form.shape)}; give that, or compile another program`,
    );
    return;
  }
  const { length } = (feed ?? {}) as { readonly length?: unknown };
  check(
    typeof feed === 'object' && length === size,
    () =>
      `${op}: ${name} is ${typeof length === 'number' ? `${length} numbers` : show(feed)} but the program was compiled for ${describe(form.shape)}; give a tensor of that shape, or ${size} numbers`,
  );
}

/** When the intermediates are written first and read last. */
function lifetimesOf(dispatches: readonly Dispatch[], loose: ReadonlySet<Storage>): Lifetime<Storage>[] {
  const spans = new Map<Storage, { first: number; last: number }>();
  for (const [i, dispatch] of dispatches.entries()) {
    for (const value of [...writtenBy(dispatch), ...readBy(dispatch)]) {
      if (value.virtual !== true || loose.has(value)) continue;
      const span = spans.get(value) ?? { first: i, last: i };
      span.last = i;
      spans.set(value, span);
    }
  }
  return Array.from(spans, ([value, { first, last }]) => ({ value, bytes: value.byteLength, first, last }));
}

/** Multiplications and additions of convolutions. */
function flopsOf({ meaning }: Dispatch): number {
  if (meaning?.kind === 'convolution') return 2 * multiplyAdds(meaning.question.problem);
  if (meaning?.kind !== 'separable') return 0;
  const { depthwise, pointwise } = meaning.pair;
  return 2 * (multiplyAdds(depthwise) + multiplyAdds(pointwise));
}
