/**
 * A compiled network: its dispatches with their buffers bound, replayed by one command.
 *
 * @module
 */
import { check } from '../conv/check';
import type { Storage } from '../gpu/buffers';
import type { GpuContext } from '../gpu/context';
import { checkEncoder, encodeDispatch, passInto, type Dispatch } from '../gpu/encode';
import { OPEN_ANEW } from '../gpu/life';
import { timeDispatches, type StepTime } from '../gpu/timer';
import type { Grid, Tile } from '../step';
import type { Recording } from '../tensor/record';
import type { Tensor } from '../tensor/tensor';
import { NO_OPTIONS, type RunOptions } from './destinations';
import type { Feeds, Input } from './feeds';
import type { Output } from './outputs';
import { lifetimesOf, planMemory } from './plan';
import { createReplay, type Places, type Replay } from './replay';
import { dropRun, preparedRun, type Run } from './run';

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
  /** Multiplications and additions of convolutions and matrix products; 0 for everything else. */
  readonly flops: number;
  /** Milliseconds on the GPU, as `profile` has measured them last; undefined before. */
  readonly ms?: number;
}

/** A dispatch of a program, and what is said of it. */
export interface Planned extends Dispatch {
  readonly why: string;
  readonly flops: number;
}

/** What a program is made of. */
export interface Parts<O> {
  readonly inputs: ReadonlyMap<string, Input>;
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

/** A program on one device. */
interface Bound<O> {
  readonly context: GpuContext;
  readonly parts: Parts<O>;
  readonly replay: Replay;
  /** Weights, constants and shared buffers, each with a reference of the program's. */
  readonly held: readonly Storage[];
  /** Of these, the buffers of the intermediates. */
  readonly scratch: readonly Storage[];
  readonly memory: ProgramMemory;
  readonly label: string;
}

/** What a program is made by, and made again. */
export interface Maker<O> {
  /** Gives the context of the present device. */
  readonly present: () => GpuContext;
  /**
   * Traces the function again on the present device, and compiles at once.
   *
   * @param use takes over what the parts name
   * @throws if it cannot be traced: a tensor that it reads was not kept
   */
  readonly again: <T>(op: string, context: GpuContext, use: (parts: Parts<O>) => T) => T;
}

/** Programs of one shape each, made by {@link compile}. They survive the loss of the device as `compile` says. */
export class Program<I, O> {
  readonly #maker: Maker<O>;
  #bound: Bound<O>;
  #times: readonly StepTime[] = [];
  #disposed = false;

  /** @internal Made by `compile`; its programs are compiled. */
  constructor(context: GpuContext, parts: Parts<O>, maker: Maker<O>) {
    this.#maker = maker;
    this.#bound = boundTo(context, parts);
  }

  /**
   * Runs the program, in one submit.
   *
   * @param inputs a tensor of the input's shape and type, or as many numbers, by name
   * @param options `into`, tensors that the outputs are written into
   * @returns what the traced function returned: the tensors of `into`, and new ones that are yours to dispose
   * @throws at once if an input is missing or has another shape or type, is disposed or of another gpu; if the program is
   *   disposed; if its device was lost and no new one is there, or a tensor that the program reads was not kept; or if an output does not fit into the memory budget; nothing is queued then
   * @throws at once, likewise, if `into` names what is no output; if a tensor of it is disposed, of another gpu, shape or type,
   *   or a constant of a program; if it overlaps another one, or what the run reads; or if it lies in one buffer with what
   *   a dispatch reads that writes it
   * @example
   * ```ts
   * using logits = program.run({ image: pixels });
   * console.log(await logits.read());
   * ```
   * @example
   * ```ts
   * program.run({ image }, { into: { mask } }); // every frame into the same tensor
   * ```
   * @see https://www.w3.org/TR/webnn/#api-mlcontext-dispatch (the same idea)
   */
  run(inputs: Feeds<I>, options: RunOptions<O> = NO_OPTIONS): O {
    const { bound, run } = this.#prepared('program.run', inputs, options);
    const { context, parts, held, scratch, label } = bound;
    const { fed, uploads, writes, results } = run;
    context.queue.replay({
      label,
      encode: (next) => encodeRun(next, bound, run),
      reads: [...fed, ...held],
      writes,
      scratch,
    });
    for (const storage of uploads) context.pool.release(storage);
    return parts.arrange(results);
  }

  /**
   * Writes a run into an encoder of the app's instead of queueing it. Submitting it is the app's business; work queued before is
   * submitted before this returns.
   *
   * Some drivers fail at encoders of several hundred dispatches. `run` divides them among several encoders of one submit (64 in
   * each on Android, 256 elsewhere), which cannot be done with the app's: a program that is longer (`dispatches`) goes better
   * by `run` there.
   *
   * @param encoder of this device; no pass may be open in it
   * @param inputs as for `run`; numbers are uploaded at once
   * @param options as for `run`
   * @returns what `run` returns, and what the commands need, to be disposed after the submit: till then tensors may be
   *   disposed, and the program
   * @throws as `run` does, or if `encoder` is none; nothing is written then
   * @throws (rejects) `read` of the results, if the encoder was finished already: only the browser knows, and tells it later.
   *   `onError` is told, too
   * @example
   * ```ts
   * const encoder = gpu.device.createCommandEncoder();
   * using recording = program.encode(encoder, { image }, { into: { mask } });
   * gpu.device.queue.submit([encoder.finish()]);
   * ```
   * @see https://www.w3.org/TR/webgpu/#gpucommandencoder
   */
  encode(encoder: GPUCommandEncoder, inputs: Feeds<I>, options: RunOptions<O> = NO_OPTIONS): Recording<O> {
    const op = 'program.encode';
    checkEncoder(op, encoder);
    const { bound, run } = this.#prepared(op, inputs, options);
    const { context, parts } = bound;
    const { queue, pool } = context;
    const { fed, uploads, writes, results } = run;
    let refused: Promise<Error | undefined>;
    try {
      queue.submit();
      refused = passInto(op, context.device, encoder, (pass) => encodeRun(() => pass, bound, run));
    } catch (error) {
      dropRun(context, run);
      throw error;
    }
    const reads = [...fed, ...bound.held];
    queue.follow([{ reads, writes }], refused);
    // Until the app submits it may dispose all that the commands name.
    let held = [...new Set([...reads, ...writes])];
    for (const storage of held) storage.references++;
    for (const storage of uploads) pool.release(storage);
    const dispose = (): void => {
      for (const storage of held) pool.release(storage);
      held = [];
    };
    return { result: parts.arrange(results), dispose, [Symbol.dispose]: dispose };
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
    const { bound, run } = this.#prepared(op, inputs, NO_OPTIONS);
    const { context, replay } = bound;
    // What is fed may be disposed of meanwhile.
    for (const storage of run.fed) storage.references++;
    try {
      const times = await context.life.during(op, timeDispatches(context, replay.dispatches(run.places)));
      this.#times = times;
      return times;
    } finally {
      for (const storage of run.fed) context.pool.release(storage);
      dropRun(context, run);
    }
  }

  /** The dispatches of a run, in order; with their times, once they were profiled. */
  explain(): ProgramStep[] {
    return this.#bound.parts.dispatches.map(({ step, operands, why, flops }, i) => {
      const { kernel, tile, label, grid } = step;
      const bytes = bytesOfAll(new Set(operands.map(({ storage }) => storage)));
      return { kernel, tile, label, grid, why, bytes, flops, ms: this.#times[i]?.ms };
    });
  }

  /** Bytes that the program holds. */
  memory(): ProgramMemory {
    return this.#bound.memory;
  }

  /** How many dispatches the calls were when they were traced, and how many a run is. */
  get dispatches(): { readonly traced: number; readonly run: number } {
    const { traced, dispatches } = this.#bound.parts;
    return { traced, run: dispatches.length };
  }

  /** Gives the buffers back. Tensors that runs returned stay. Disposing twice does nothing. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    const { context, held } = this.#bound;
    for (const storage of held) context.pool.release(storage);
  }

  /** What a `using` block calls: `dispose`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** The storages of a run, after all checks. */
  #prepared(op: string, feeds: Feeds<I>, options: RunOptions<O>): { readonly bound: Bound<O>; readonly run: Run } {
    check(!this.#disposed, () => `${op}: the program was disposed; compile it again`);
    const context = this.#maker.present();
    context.life.check(op, context.life.remedy === OPEN_ANEW ? 'the program' : undefined);
    check(
      context.tape === undefined,
      () => `${op}: called inside prepare, record, profile or compile; call it outside`,
    );
    if (context !== this.#bound.context) {
      // All that the other device had is gone with it.
      this.#bound = this.#maker.again(op, context, (parts) => boundTo(context, parts));
      this.#times = [];
    }
    const { parts, held, replay } = this.#bound;
    return { bound: this.#bound, run: preparedRun(op, context, parts, held, replay, { feeds, options }) };
  }
}

/** The program's parts with their buffers bound. */
function boundTo<O>(context: GpuContext, parts: Parts<O>): Bound<O> {
  const { dispatches, constants } = parts;
  const inputs = Array.from(parts.inputs.values(), ({ value }) => value);
  const wanted = parts.outputs.map(({ value }) => value);
  const loose = new Set([...inputs, ...wanted]);
  const { placed, made } = intermediatesOf(context, dispatches, loose);
  const named = dispatches.flatMap(({ operands }) => operands.map(({ storage }) => storage));
  const weights = [...new Set([...named, ...wanted])].filter(
    (value) => value.virtual !== true && !constants.includes(value),
  );
  for (const value of weights) value.references++;
  return {
    context,
    parts,
    held: [...weights, ...constants, ...made],
    scratch: made,
    replay: createReplay(context, dispatches, placed, loose),
    memory: {
      weights: bytesOfAll([...weights, ...constants]),
      intermediates: bytesOfAll(made),
      unshared: bytesOfAll(placed.keys()),
      perRun: bytesOfAll([...loose].filter(({ virtual }) => virtual === true)),
    },
    label: `a program of ${dispatches.length} dispatches`,
  };
}

function encodeRun(
  next: () => GPUComputePassEncoder,
  { context: { bindGroups }, replay }: Bound<unknown>,
  { places, copies }: Run,
): void {
  replay.encode(next, places);
  for (const { dispatch, pipeline } of copies) encodeDispatch(bindGroups, next(), pipeline, dispatch);
}

/** Buffers of the values that only the program sees, and which value is in which. */
function intermediatesOf(
  context: GpuContext,
  dispatches: readonly Dispatch[],
  loose: ReadonlySet<Storage>,
): { readonly placed: Places; readonly made: readonly Storage[] } {
  const made: Storage[] = [];
  const placed = new Map<Storage, Storage>();
  try {
    for (const { bytes, lifetimes } of planMemory(lifetimesOf(dispatches, loose))) {
      const storage = context.acquire('compile', bytes, () => `intermediates (${lifetimes.length})`);
      made.push(storage);
      for (const { value } of lifetimes) placed.set(value, storage);
    }
  } catch (error) {
    for (const storage of made) context.pool.release(storage);
    throw error;
  }
  return { placed, made };
}

function bytesOfAll(storages: Iterable<Storage>): number {
  let total = 0;
  for (const { byteLength } of storages) total += byteLength;
  return total;
}
