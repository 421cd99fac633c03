/**
 * A compiled network: its dispatches with their buffers bound, replayed by one command.
 *
 * @module
 */
import { check, describe } from '../conv/check';
import type { Storage } from '../gpu/buffers';
import type { GpuContext } from '../gpu/context';
import { checkEncoder, encodeDispatch, passInto, type Dispatch } from '../gpu/encode';
import type { Pipeline } from '../gpu/pipelines';
import { timeDispatches, type StepTime } from '../gpu/timer';
import type { Grid, Tile } from '../step';
import type { Recording } from '../tensor/record';
import { Tensor } from '../tensor/tensor';
import {
  checkApart,
  checkDispatches,
  copiesOf,
  destinationsOf,
  NO_OPTIONS,
  type Named,
  type RunOptions,
} from './destinations';
import { checkFeeds, placeFeeds, type Feeds, type Input } from './feeds';
import type { Output } from './outputs';
import { lifetimesOf, planMemory } from './plan';
import { createReplay, type Places, type Replay } from './replay';

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

/** What a run needs, checked. */
interface Prepared {
  /** The inputs and outputs of the run, by their values. */
  readonly places: Places;
  /** What is fed. */
  readonly fed: readonly Storage[];
  /** Of what is fed, what was uploaded for the run. */
  readonly uploads: readonly Storage[];
  /** Storages of the outputs, but for those that are an input or a constant as it is. */
  readonly writes: readonly Storage[];
  /** In the order of the outputs. */
  readonly results: readonly Tensor[];
  /** Those that are new. */
  readonly made: readonly Tensor[];
  /** Of what is in one place and wanted in another. */
  readonly copies: readonly ReadyCopy[];
}

interface ReadyCopy {
  readonly dispatch: Dispatch;
  readonly pipeline: Pipeline;
}

/** Programs of one shape each, made by {@link compile}. */
export class Program<I, O> {
  readonly #context: GpuContext;
  readonly #parts: Parts<O>;
  readonly #replay: Replay;
  /** Weights, constants and shared buffers, each with a reference of the program's. */
  readonly #held: readonly Storage[];
  readonly #memory: ProgramMemory;
  readonly #label: string;
  #times: readonly StepTime[] = [];
  #disposed = false;

  /** @internal Made by `compile`; its programs are compiled. */
  constructor(context: GpuContext, parts: Parts<O>) {
    this.#context = context;
    this.#parts = parts;
    const { dispatches, constants } = parts;
    this.#label = `a program of ${dispatches.length} dispatches`;
    const inputs = Array.from(parts.inputs.values(), ({ value }) => value);
    const wanted = parts.outputs.map(({ value }) => value);
    const loose = new Set([...inputs, ...wanted]);
    const { placed, made } = intermediatesOf(context, dispatches, loose);
    const named = dispatches.flatMap(({ operands }) => operands.map(({ storage }) => storage));
    const weights = [...new Set([...named, ...wanted])].filter(
      (value) => value.virtual !== true && !constants.includes(value),
    );
    for (const value of weights) value.references++;
    this.#held = [...weights, ...constants, ...made];
    this.#replay = createReplay(context, dispatches, placed, loose);
    this.#memory = {
      weights: bytesOfAll([...weights, ...constants]),
      intermediates: bytesOfAll(made),
      unshared: bytesOfAll(placed.keys()),
      perRun: bytesOfAll([...loose].filter(({ virtual }) => virtual === true)),
    };
  }

  /**
   * Runs the program, in one submit.
   *
   * @param inputs a tensor of the input's shape and type, or as many numbers, by name
   * @param options `into`, tensors that the outputs are written into
   * @returns what the traced function returned: the tensors of `into`, and new ones that are yours to dispose
   * @throws at once if an input is missing or has another shape or type, is disposed or of another gpu; if the program is
   *   disposed or its device was lost; or if an output does not fit into the memory budget; nothing is queued then
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
    const context = this.#context;
    const run = this.#prepared('program.run', inputs, options);
    const { fed, uploads, writes, results } = run;
    context.queue.replay({
      label: this.#label,
      encode: (pass) => this.#encode(pass, run),
      reads: [...fed, ...this.#held],
      writes,
    });
    for (const storage of uploads) context.pool.release(storage);
    return this.#parts.arrange(results);
  }

  /**
   * Writes a run into an encoder of the app's instead of queueing it. Submitting it is the app's business; work queued before is
   * submitted before this returns.
   *
   * @param encoder of this device; no pass may be open in it
   * @param inputs as for `run`; numbers are uploaded at once
   * @param options as for `run`
   * @returns what `run` returns, and what the commands need, to be disposed after the submit: till then tensors may be
   *   disposed, and the program
   * @throws as `run` does, or if `encoder` is none; nothing is written then. That it is finished already is told to `onError`
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
    const context = this.#context;
    checkEncoder(op, encoder);
    const { queue, pool } = context;
    const run = this.#prepared(op, inputs, options);
    const { fed, uploads, writes, results } = run;
    try {
      queue.submit();
      passInto(op, context, encoder, (pass) => this.#encode(pass, run));
    } catch (error) {
      this.#drop(run);
      throw error;
    }
    const reads = [...fed, ...this.#held];
    queue.follow([{ reads, writes }]);
    // Until the app submits it may dispose all that the commands name.
    let held = [...new Set([...reads, ...writes])];
    for (const storage of held) storage.references++;
    for (const storage of uploads) pool.release(storage);
    const dispose = (): void => {
      for (const storage of held) pool.release(storage);
      held = [];
    };
    return { result: this.#parts.arrange(results), dispose, [Symbol.dispose]: dispose };
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
    const run = this.#prepared(op, inputs, NO_OPTIONS);
    try {
      const times = await context.life.during(op, timeDispatches(context, this.#replay.dispatches(run.places)));
      this.#times = times;
      return times;
    } finally {
      this.#drop(run);
    }
  }

  /** The dispatches of a run, in order; with their times, once they were profiled. */
  explain(): ProgramStep[] {
    return this.#parts.dispatches.map(({ step, operands, why, flops }, i) => {
      const { kernel, tile, label, grid } = step;
      const bytes = bytesOfAll(new Set(operands.map(({ storage }) => storage)));
      return { kernel, tile, label, grid, why, bytes, flops, ms: this.#times[i]?.ms };
    });
  }

  /** Bytes that the program holds. */
  memory(): ProgramMemory {
    return this.#memory;
  }

  /** How many dispatches the calls were when they were traced, and how many a run is. */
  get dispatches(): { readonly traced: number; readonly run: number } {
    return { traced: this.#parts.traced, run: this.#parts.dispatches.length };
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
  #prepared(op: string, feeds: Feeds<I>, options: RunOptions<O>): Prepared {
    const context = this.#context;
    check(!this.#disposed, () => `${op}: the program was disposed; compile it again`);
    context.life.check(op, 'the program');
    check(
      context.tape === undefined,
      () => `${op}: called inside prepare, record, profile or compile; call it outside`,
    );
    const { inputs, outputs } = this.#parts;
    const given = checkFeeds(op, context, inputs, feeds);
    const destinations = destinationsOf(op, context, outputs, options as RunOptions<never>);
    const neighbours = destinations.size > 0 ? checkApart(op, destinations, this.#readBy(op, given)) : undefined;
    const places = new Map<Storage, Storage>();
    const uploads: Storage[] = [];
    const writes: Storage[] = [];
    const made: Tensor[] = [];
    const copies: ReadyCopy[] = [];
    try {
      placeFeeds(op, context, inputs, given, places, uploads);
      const fed = [...places.values()];
      const results = outputs.map((output) => {
        const { value, shape } = output;
        const destination = destinations.get(output);
        const known = places.get(value) ?? (value.virtual === true ? undefined : value);
        // A tensor of the app's is not shared: the next run may write it.
        if (known !== undefined && destination === undefined && !isDestination(known, destinations)) {
          known.references++;
          const shared = new Tensor(context, output, known);
          made.push(shared);
          return shared;
        }
        const storage =
          destination?.storage(op) ?? context.acquire(op, value.byteLength, () => `output ${describe(shape)}`);
        const result = destination ?? new Tensor(context, output, storage);
        if (destination === undefined) made.push(result);
        writes.push(storage);
        if (known === undefined) places.set(value, storage);
        else {
          for (const dispatch of copiesOf(op, context, output, known, storage))
            copies.push({ dispatch, pipeline: context.pipelines.compileNow(dispatch.step) });
        }
        return result;
      });
      if (neighbours !== undefined && neighbours.size > 0) {
        const copied = copies.map(({ dispatch }) => dispatch);
        checkDispatches(op, neighbours, [...this.#replay.dispatches(places), ...copied]);
      }
      for (const tensor of destinations.values()) tensor.storage(op).written = true;
      return { places, fed, uploads, writes, results, made, copies };
    } catch (error) {
      this.#drop({ uploads, made });
      throw error;
    }
  }

  #encode(pass: GPUComputePassEncoder, { places, copies }: Prepared): void {
    const { bindGroups } = this.#context;
    this.#replay.encode(pass, places);
    for (const { dispatch, pipeline } of copies) encodeDispatch(bindGroups, pass, pipeline, dispatch);
  }

  /** Lets go of what was made for a run. */
  #drop({ uploads, made }: Pick<Prepared, 'uploads' | 'made'>): void {
    for (const storage of uploads) this.#context.pool.release(storage);
    for (const tensor of made) tensor.dispose();
  }

  /** What a run reads that is not its own, with the names that errors give it. */
  *#readBy(op: string, given: ReadonlyMap<string, unknown>): Iterable<Named> {
    for (const [name, feed] of given) if (feed instanceof Tensor) yield [`input ${name}`, feed.storage(op, name)];
    for (const storage of this.#held) yield ['a weight of the program', storage];
  }
}

/** Whether a storage is one of the app's that the run writes. */
function isDestination(storage: Storage, destinations: ReadonlyMap<Output, Tensor>): boolean {
  for (const tensor of destinations.values()) if (tensor.storage('into') === storage) return true;
  return false;
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
