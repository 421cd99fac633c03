/**
 * A compiled network: its dispatches with their buffers bound, replayed by one command.
 *
 * @module
 */
import { check } from '../conv/check';
import type { GpuContext } from '../gpu/context';
import { checkEncoder, passInto } from '../gpu/encode';
import { follow } from '../gpu/follow';
import { OPEN_ANEW } from '../gpu/life';
import { timeDispatches, type StepTime } from '../gpu/timer';
import type { Grid, Tile } from '../step';
import type { Gpu } from '../tensor/gpu';
import type { Recording } from '../tensor/record';
import type { TuneOptions } from '../tune/tune';
import { boundTo, bytesOfAll, encodeRun, unbind, type Bound, type ProgramMemory } from './bound';
import { NO_OPTIONS, type RunOptions } from './destinations';
import type { Feeds } from './feeds';
import type { Parts } from './parts';
import { dropRun, preparedRun, type Run } from './run';
import type { ProgramTuning } from './tune-program';

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
  /** Milliseconds on the GPU, as `profile` measured them last; undefined before the first `profile`. */
  readonly ms?: number;
}

/** Makes a program, and makes it again after a loss. */
export interface Maker<O> {
  /** Gives the context of the present device. */
  readonly gpu: Gpu;
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
  /** The last measurement of `profile`. */
  #times: readonly StepTime[] = [];
  #disposed = false;

  /** @internal Made by `compile`; what its first run needs is compiled. */
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
   *   disposed; if its device was lost and no new one is there, or a tensor that the program reads was not kept; or if an output
   *   does not fit into the memory budget; nothing is queued then
   * @throws at once, likewise, if a fast program that was compiled behind the first runs does not compile; `onError` is told, too
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
   * Writes a run into an encoder of the app's instead of queueing it. The app submits it; work queued before is submitted before
   * this returns.
   *
   * Some drivers fail at encoders of several hundred dispatches. `run` divides them among several encoders of one submit (64 in
   * each on Android, 256 elsewhere). `encode` cannot divide the app's encoder, so use `run` for a longer program (`dispatches`).
   *
   * It writes what a run at this moment would be: before `ready`, some kernels may be those of the first runs.
   *
   * @param encoder of this device; no pass may be open in it
   * @param inputs as for `run`; numbers are uploaded at once
   * @param options as for `run`
   * @returns what `run` returns, and what the commands need; dispose it after the submit. The tensors and the program may be
   *   disposed before that
   * @throws as `run` does, or if `encoder` is none; nothing is written then
   * @throws (rejects) `read` of the results, if the encoder was finished already: only the browser knows that, and reports it
   *   later, to `onError`, too
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
    follow(queue, [{ reads, writes }], refused);
    // Hold what the commands name: the app may dispose all of it before it submits.
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
   * Runs the program once and times each dispatch, by the kernels that `explain` names; it waits until they are compiled.
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
    // Hold the feeds: the app may dispose them meanwhile.
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

  /**
   * Measures, in idle time, which kernel and tile is fastest on this device for each different call of the program, starting with
   * the calls that take most of its time. The program runs by the winners from then on, also after a loss of the device. It is
   * not slower afterwards: a winner must compute what the default computes and be faster by more than the rounds of the
   * measurement are apart. At the end the whole program is measured as it was and with its winners, in turn. If it is not faster
   * by more than the rounds are apart, the program stays as it was.
   *
   * Meanwhile the program can be run. Trials are short, and wait until the GPU has done the app's work and the page is idle (half
   * a second at most). Trials need memory: twice the inputs, outputs and intermediates of a run, and the largest problem.
   *
   * The winners are remembered as those of `tune` are: eager calls and programs that are compiled later use them, and
   * `exportTuning` gives them. Winners that did not make the program faster are not remembered, but they need not be measured
   * again while the page is open.
   *
   * @param options onProgress, signal, store and again, as for `tune`; `budgetMs`, how long measuring may take in all, without
   *   the time that it waits for others; default as for `tune`
   * @returns what was tried and kept, why, and the time of a run before and after
   * @throws (rejects) if there is no such option, the program is disposed, or something else is being tuned on this gpu
   * @throws (rejects) with the signal's reason when it is aborted, after at most one trial; the program is then as it was
   * @throws (rejects) if the device is lost; the error says what was tried then, and that is not tried again
   * @example
   * ```ts
   * const { kept, why, before, after } = await program.tune({ budgetMs: 5000, signal });
   * console.log(kept, why, before?.ms, after?.ms);
   * ```
   * @see {@link tune} for calls that are not compiled, {@link loadTuning} to have the winners on later visits without measuring
   */
  async tune(options: TuneOptions = {}): Promise<ProgramTuning> {
    return this.tuneAs('program.tune', options);
  }

  /** @internal The same as `tune` for a public function of another name, which errors then name. */
  async tuneAs(op: string, options: TuneOptions): Promise<ProgramTuning> {
    // Import it here: a program that is never tuned does not load the tuner.
    const { tuneProgram } = await import('./tune-program');
    const tunable = {
      bound: (caller: string): Bound<O> => this.#boundNow(caller),
      replace: (old: Bound<O>, next: Bound<O>): boolean => this.#replace(old, next),
      isDisposed: (): boolean => this.#disposed,
    };
    return tuneProgram(op, tunable, options);
  }

  /**
   * Compiles the fast programs now, if they are not compiled yet, and waits until the program runs by them. The first runs may be
   * by short, general ones (`quickStart` of {@link openGpu}). Wait before you time runs or compare their bits.
   *
   * @throws (rejects) if a program does not compile, the program is disposed, or its device was lost and no new one is there
   * @example
   * ```ts
   * await program.ready();
   * const { kernel, why } = program.explain()[0]; // what runs from now on
   * ```
   * @see https://www.w3.org/TR/webgpu/#dom-gpudevice-createcomputepipelineasync
   */
  async ready(): Promise<void> {
    const op = 'program.ready';
    const { context, replay } = this.#boundNow(op);
    await context.life.during(op, replay.settle());
  }

  /**
   * The dispatches of a run, in order; with their times once `profile` has measured them. As long as another kernel runs in the
   * place of one, `why` names that.
   */
  explain(): ProgramStep[] {
    const { parts, replay } = this.#bound;
    return parts.dispatches.map(({ step, operands, why: chosen, flops }, i) => {
      const { kernel, tile, label, grid } = step;
      const bytes = bytesOfAll(new Set(operands.map(({ storage }) => storage)));
      const standIn = replay.standIn(i);
      const why = standIn === undefined ? chosen : `${chosen}; first runs by ${standIn.program}`;
      return { kernel, tile, label, grid, why, bytes, flops, ms: this.#times[i]?.ms };
    });
  }

  /** Bytes that the program holds. */
  memory(): ProgramMemory {
    return this.#bound.memory;
  }

  /** How many dispatches the traced calls would take, and how many a run takes. */
  get dispatches(): { readonly traced: number; readonly run: number } {
    const { traced, dispatches } = this.#bound.parts;
    return { traced, run: dispatches.length };
  }

  /** Gives the buffers back. Tensors that runs returned stay valid. Disposing twice does nothing. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    unbind(this.#bound);
  }

  /** What a `using` block calls: `dispose`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Checks everything, and gives the storages of a run. */
  #prepared(op: string, feeds: Feeds<I>, options: RunOptions<O>): { readonly bound: Bound<O>; readonly run: Run } {
    const bound = this.#boundNow(op);
    const { context, parts, held, replay } = bound;
    return { bound, run: preparedRun(op, context, parts, held, replay, { feeds, options }) };
  }

  /** The program on the present device. */
  #boundNow(op: string): Bound<O> {
    check(!this.#disposed, () => `${op}: the program was disposed; compile it again`);
    const { context } = this.#maker.gpu;
    context.life.check(op, context.life.remedy === OPEN_ANEW ? 'the program' : undefined);
    check(
      context.tape === undefined,
      () => `${op}: called inside prepare, record, profile or compile; call it outside`,
    );
    if (context !== this.#bound.context) {
      // Do not release anything: it is gone with the other device.
      this.#bound.replay.close();
      this.#bound = this.#maker.again(op, context, (parts) => boundTo(context, parts));
      this.#times = [];
    }
    const { failure } = this.#bound.replay;
    if (failure !== undefined) throw failure;
    return this.#bound;
  }

  /** Runs by `next` from now on. Commands of `old` that are queued stay valid: only later commands use its buffers again. */
  #replace(old: Bound<O>, next: Bound<O>): boolean {
    if (this.#disposed || this.#bound !== old) return false;
    this.#bound = next;
    if (next.replay === old.replay) return true;
    this.#times = [];
    unbind(old);
    return true;
  }
}
