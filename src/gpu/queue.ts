/**
 * The command queue of eager calls. Calls append commands; everything appended in one turn of the event loop goes to the
 * GPU in one submit. Commands whose pipelines are still compiling wait while the page stays responsive, and so do all commands
 * that depend on them; other commands go before them. The buffers that commands use tell which depends on which (`order.ts`), so
 * the result is the same as that of all commands in order.
 *
 * The queue does not know what is computed, and it does not allocate. A command that fails marks the storages that it should
 * have written, and so does every command that reads such a storage: whoever reads the result is told. A program's outputs may
 * be written anew, and are right again then.
 *
 * @module
 */
import type { Step } from '../step';
import type { BindGroups } from './bind-groups';
import { caught, type Storage } from './buffers';
import {
  markFailed,
  missingOf,
  missingOfAll,
  spoiltBy,
  usesOf,
  type Command,
  type Effects,
  type Replay,
} from './command';
import { encodeDispatch, type Dispatch } from './encode';
import { stays } from './order';
import type { Pipelines } from './pipelines';
import { createRoll } from './roll';
import { worded } from './worded';

/** Submit after so many commands without waiting for the end of the turn, to keep the GPU busy meanwhile. */
const BATCH = 64;

export class CommandQueue {
  /** Commands appended since the start. */
  recorded = 0;
  /** Submits since the start, as a statistic. */
  submits = 0;
  /** The most commands of an encoder; a submit has as many encoders as it takes. */
  perEncoder: number;

  readonly #device: GPUDevice;
  readonly #pipelines: Pipelines;
  readonly #groups: BindGroups;
  readonly #onError: (error: Error) => void;
  /** Commands that are not submitted, in order, and how many were recorded before each. */
  #commands: Command[] = [];
  #places: number[] = [];
  /** Whether a round is scheduled for the end of this turn. */
  #scheduled = false;
  /** Programs that a round waits for. */
  readonly #compiling = new Set<string>();
  /** Steps that stand-ins run for, and whose programs are to be compiled. */
  readonly #behind = new Set<Step>();
  /** Functions to call after each submit. */
  #waiting: (() => void)[] = [];
  readonly #told = new WeakSet<Error>();
  #confirmed: Promise<void> = Promise.resolve();

  constructor(
    device: GPUDevice,
    perEncoder: number,
    pipelines: Pipelines,
    groups: BindGroups,
    onError: (error: Error) => void,
  ) {
    this.perEncoder = perEncoder;
    this.#device = device;
    this.#pipelines = pipelines;
    this.#groups = groups;
    this.#onError = onError;
  }

  /** How many commands, counted from the first without a gap, the GPU has got. Later ones may have overtaken those that wait. */
  get submitted(): number {
    return this.#places.length > 0 ? this.#places[0] : this.recorded;
  }

  dispatch(dispatch: Dispatch): void {
    this.#append(dispatch);
    // Start the compilation now, so that all programs of a network compile side by side.
    if (!this.#isReady(dispatch)) this.#startCompiling(dispatch);
    if (this.#commands.length >= BATCH && this.#commands.every(this.#isReady)) this.submit();
  }

  replay(replay: Replay): void {
    this.#append(replay);
  }

  /** Does this once everything that was submitted before is judged, and before anything later is. */
  afterVerdicts(work: () => Promise<void>): void {
    const before = this.#confirmed;
    const next = async (): Promise<void> => {
      await before;
      await work();
    };
    this.#confirmed = next();
  }

  /** Copies all of `from` into `to`; settles when it is known whether the bytes can be trusted. */
  copy(from: Storage, to: GPUBuffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#append({ from, to, resolve, reject });
    });
  }

  /** Hands every command to the GPU before it returns, and compiles what is not compiled yet. */
  submit(): void {
    for (const command of this.#commands) {
      if ('step' in command && !this.#isReady(command)) this.#pipelines.compileNow(command.step);
    }
    this.#places = [];
    this.#submit(this.#commands.splice(0));
  }

  /** Drops what was not submitted, since its buffers are about to be destroyed; pending copies reject. */
  abandon(): void {
    const dropped = this.#commands.splice(0);
    this.#places = [];
    this.#wake();
    for (const command of dropped) {
      if ('reject' in command) command.reject(new Error('depthwise: the copy was dropped, since the device is gone'));
    }
  }

  /** Settles when every command so far has been submitted and found valid or not. */
  async settled(): Promise<void> {
    await new Promise<void>((resolve) => this.afterSubmit(resolve));
    await this.#confirmed;
  }

  /** Calls `then` when every command so far is submitted or dropped: at once, if they already are. `then` must not throw. */
  afterSubmit(then: () => void): void {
    const target = this.recorded;
    const look = (): void => {
      if (this.submitted < target) this.#waiting.push(look);
      else then();
    };
    look();
  }

  #append(command: Command): void {
    this.#places.push(this.recorded++);
    this.#commands.push(command);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => this.#round());
  }

  /** Submits the commands that are ready and depend only on commands that are ready. */
  #round(): void {
    this.#scheduled = false;
    const commands = this.#commands;
    if (commands.every(this.#isReady)) {
      this.submit();
      return;
    }
    const held = stays(commands, (command) => !this.#isReady(command), usesOf);
    this.#commands = commands.filter((_, i) => held[i]);
    this.#places = this.#places.filter((_, i) => held[i]);
    this.#submit(commands.filter((_, i) => !held[i]));
    for (const command of this.#commands) if (!this.#isReady(command)) this.#startCompiling(command);
  }

  /** Schedules another round when the program is compiled. */
  #startCompiling(command: Command): void {
    if (!('step' in command)) return;
    const program = this.#programOf(command);
    if (this.#compiling.has(program.wgsl)) return;
    this.#compiling.add(program.wgsl);
    const end = (): void => {
      this.#compiling.delete(program.wgsl);
      this.#schedule();
    };
    // Ignore a failure here: the cache keeps it, and whoever reads the program's output is told.
    this.#pipelines.compile(program).then(end, end);
  }

  /**
   * Compiles what stand-ins ran for when the GPU is done with them: both would take the cores of a CPU adapter. Verdicts come
   * first, because whoever waits for them asks for the GPU then, and the compiler would keep the browser from its answer.
   */
  async #compileBehind(): Promise<void> {
    const steps = [...this.#behind];
    this.#behind.clear();
    await this.#confirmed;
    await this.#device.queue.onSubmittedWorkDone().catch(() => {});
    for (const step of steps) this.#pipelines.compile(step).catch(() => {});
  }

  /** What a dispatch runs by: its stand-in while its own program is not compiled, unless the stand-in does not compile. */
  #programOf({ step, standIn }: Dispatch): Step {
    const other = this.#pipelines.ready(step.wgsl) === undefined ? standIn?.() : undefined;
    if (other === undefined) return step;
    const pipeline = this.#pipelines.ready(other.step.wgsl);
    return pipeline instanceof Error || !other.isSooner(pipeline !== undefined) ? step : other.step;
  }

  readonly #isReady = (command: Command): boolean =>
    !('step' in command) || this.#pipelines.ready(this.#programOf(command).wgsl) !== undefined;

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #submit(commands: readonly Command[]): void {
    if (commands.length === 0) return;
    let thrown: Error | undefined;
    const outcome = new Promise<GPUError | undefined>((resolve) => {
      try {
        caught(this.#device, () => this.#device.queue.submit(this.#encode(commands)), resolve);
      } catch (error) {
        // Go on in any case, to tell the commands: otherwise a read would wait for ever instead of failing.
        thrown = error as Error;
      }
    });
    this.submits++;
    this.afterVerdicts(() => this.#confirm(commands, thrown, outcome));
    if (this.#behind.size > 0) void this.#compileBehind();
    // Do this last, since a function that is called may submit in turn.
    this.#wake();
  }

  #encode(commands: readonly Command[]): readonly GPUCommandBuffer[] {
    const roll = createRoll(this.#device, 'depthwise', this.perEncoder);
    for (const command of commands) {
      if ('step' in command) {
        const step = this.#programOf(command);
        if (step !== command.step) this.#behind.add(command.step);
        const dispatch = step === command.step ? command : { ...command, step };
        const pipeline = missingOf(command) ?? this.#pipelines.ready(step.wgsl);
        if (pipeline instanceof Error) markFailed(command, pipeline);
        else if (pipeline !== undefined) encodeDispatch(this.#groups, roll.next(), pipeline, dispatch);
      } else if ('encode' in command) {
        // Do not mark its outputs now but when it is judged: earlier commands that are not judged yet may read them.
        if (missingOf(command) === undefined) command.encode(roll.next);
      } else {
        const { from, to } = command;
        if (from.missing === undefined)
          roll.encoder().copyBufferToBuffer(from.buffer, from.offset, to, 0, from.byteLength);
      }
    }
    return roll.finish();
  }

  /** Judges commands in submission order, so that a failure has marked its storages before their readers are judged. */
  async #confirm(
    commands: readonly Command[],
    thrown: Error | undefined,
    outcome: Promise<GPUError | undefined>,
  ): Promise<void> {
    // If the device is lost, nothing is refused; reads then fail when they map.
    const refusal = await outcome;
    const failure = thrown ?? (refusal === undefined ? undefined : await this.#reasonOf(commands, refusal));
    for (const command of commands) {
      if (!('resolve' in command)) {
        this.judge(command, failure);
      } else {
        const error = failure ?? command.from.failure;
        if (error === undefined) command.resolve();
        else command.reject(error);
      }
    }
  }

  /** Marks the outputs of a command as valid or failed, by its own outcome and by its inputs. */
  judge(command: Dispatch | Effects, failure: Error | undefined = spoiltBy(command)): void {
    if (failure !== undefined) {
      markFailed(command, failure);
      this.tell(failure);
    } else if ('writes' in command) {
      // Clear an earlier failure: the output is written anew.
      for (const storage of command.writes) if (storage.failure !== undefined) storage.failure = undefined;
    }
  }

  /** The real reason of a refusal: if there is no memory for a buffer, the browser's message about the submit does not say so. */
  async #reasonOf(commands: readonly Command[], refusal: GPUError): Promise<Error> {
    return (
      missingOfAll(commands) ?? worded(refusal, ({ submitError }) => submitError(commands, this.#pipelines, refusal))
    );
  }

  /** Reports a failure once, however many commands inherit it; in a microtask, so that the app's errors do not end up here. */
  tell(error: Error): void {
    if (this.#told.has(error)) return;
    this.#told.add(error);
    queueMicrotask(() => this.#onError(error));
  }
}
