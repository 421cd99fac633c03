/**
 * The command queue of eager calls. Calls append commands; everything appended in one turn of the event loop goes to the
 * GPU in one submit. Commands whose pipelines are still compiling wait, in order, while the page stays responsive.
 *
 * It does not know what is computed, and it does not allocate. A command that fails marks the storages it should have
 * written, and so does every command that reads such a storage: whoever reads the result is told. A program's outputs may be
 * written anew, and are right again then.
 *
 * @module
 */
import type { BindGroups } from './bind-groups';
import type { Storage } from './buffers';
import { encodeDispatch, type Dispatch } from './encode';
import type { Pipelines } from './pipelines';
import { createRoll, mostCommands } from './roll';

/** A copy of a storage into a mappable buffer. */
interface Copy {
  readonly from: Storage;
  readonly to: GPUBuffer;
  readonly resolve: () => void;
  readonly reject: (reason: Error) => void;
}

/** What several dispatches do together. */
export interface Effects {
  /** What must be there and right before. */
  readonly reads: readonly Storage[];
  /** What is new afterwards, all of it. */
  readonly writes: readonly Storage[];
}

/** Dispatches whose programs are compiled and whose buffers are bound: they count as one command. */
export interface Replay extends Effects {
  readonly label: string;
  /** @param next gives the pass of the next dispatch */
  readonly encode: (next: () => GPUComputePassEncoder) => void;
}

type Command = Dispatch | Replay | Copy;

/** So many commands are submitted without waiting for the end of the turn, to keep the GPU busy meanwhile. */
const BATCH = 64;

export class CommandQueue {
  /** Commands appended since the start. */
  recorded = 0;
  /** How many of them were handed to the GPU. */
  submitted = 0;
  /** Submits since the start, for those who count them. */
  submits = 0;
  /** The most commands of an encoder; a submit has as many encoders as it takes. */
  perEncoder: number;

  readonly #device: GPUDevice;
  readonly #pipelines: Pipelines;
  readonly #groups: BindGroups;
  readonly #onError: (error: Error) => void;
  #commands: Command[] = [];
  #draining = false;
  readonly #told = new WeakSet<Error>();
  #confirmed: Promise<void> = Promise.resolve();

  constructor(device: GPUDevice, pipelines: Pipelines, groups: BindGroups, onError: (error: Error) => void) {
    this.perEncoder = mostCommands(device.adapterInfo, globalThis.navigator?.userAgent);
    this.#device = device;
    this.#pipelines = pipelines;
    this.#groups = groups;
    this.#onError = onError;
  }

  dispatch(dispatch: Dispatch): void {
    this.#append(dispatch);
    // Starting the compilation now lets all programs of a network compile side by side.
    if (this.#pipelines.ready(dispatch.step.wgsl) === undefined) void this.#startCompiling(dispatch);
    if (this.#commands.length >= BATCH && this.#readyCommands() === this.#commands.length) this.submit();
  }

  replay(replay: Replay): void {
    this.#append(replay);
  }

  /**
   * Takes note of commands that go to the GPU by a submit of the app's: what they write is worth what they read, as soon as
   * that is known of all that was submitted before.
   *
   * @param refused why they were not even written, if they were not
   */
  follow(commands: readonly (Dispatch | Effects)[], refused: Promise<Error | undefined>): void {
    const before = this.#confirmed;
    const judged = async (): Promise<void> => {
      await before;
      const refusal = await refused;
      const failure = refusal && (missingOfAll(commands) ?? refusal);
      if (failure !== undefined) this.#tell(failure);
      for (const command of commands) this.#judge(command, failure);
    };
    this.#confirmed = judged();
  }

  /** Copies all of `from` into `to`; settles when it is known whether the bytes can be trusted. */
  copy(from: Storage, to: GPUBuffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#append({ from, to, resolve, reject });
    });
  }

  /** Hands every command to the GPU before it returns, compiling what is not compiled yet. */
  submit(): void {
    for (const command of this.#commands) {
      if ('step' in command && this.#pipelines.ready(command.step.wgsl) === undefined)
        this.#pipelines.compileNow(command.step);
    }
    this.#submit(this.#commands.length);
  }

  /** Drops what was not submitted, whose buffers are about to go; pending copies reject. */
  abandon(): void {
    const dropped = this.#commands.splice(0);
    this.submitted += dropped.length;
    for (const command of dropped) {
      if ('reject' in command) command.reject(new Error('depthwise: the copy was dropped, since the device is gone'));
    }
  }

  /** Settles when every command so far has been submitted and found valid or not. */
  async settled(): Promise<void> {
    const target = this.recorded;
    while (this.submitted < target) await this.#drained();
    await this.#confirmed;
  }

  #append(command: Command): void {
    this.recorded++;
    this.#commands.push(command);
    if (this.#draining) return;
    this.#draining = true;
    queueMicrotask(() => void this.#drain());
  }

  async #drain(): Promise<void> {
    while (this.#commands.length > 0) await this.#drained();
    this.#draining = false;
  }

  /** One round: waits for the first commands' pipelines, then submits all that are ready. */
  async #drained(): Promise<void> {
    if (this.#readyCommands() === 0) {
      await Promise.allSettled(this.#commands.map((command) => this.#startCompiling(command)));
    }
    const ready = this.#readyCommands();
    // None, if someone submitted meanwhile.
    if (ready > 0) this.#submit(ready);
  }

  async #startCompiling(command: Command): Promise<void> {
    // A failure is kept by the cache, and told to those who read what the program should have written.
    if ('step' in command) await this.#pipelines.compile(command.step).catch(() => {});
  }

  #readyCommands(): number {
    const waiting = this.#commands.findIndex((c) => 'step' in c && this.#pipelines.ready(c.step.wgsl) === undefined);
    return waiting < 0 ? this.#commands.length : waiting;
  }

  #submit(count: number): void {
    const commands = this.#commands.splice(0, count);
    if (commands.length === 0) return;
    this.#device.pushErrorScope('out-of-memory');
    this.#device.pushErrorScope('validation');
    let thrown: Error | undefined;
    try {
      this.#device.queue.submit(this.#encode(commands));
    } catch (error) {
      // Whatever happens, the scopes are popped and the commands are told: a read that waits for ever is no error.
      thrown = error as Error;
    }
    const outcomes = [this.#device.popErrorScope(), this.#device.popErrorScope()];
    this.submitted += commands.length;
    this.submits++;
    this.#confirmed = this.#confirm(commands, thrown, outcomes, this.#confirmed);
  }

  #encode(commands: readonly Command[]): readonly GPUCommandBuffer[] {
    const roll = createRoll(this.#device, 'depthwise', this.perEncoder);
    for (const command of commands) {
      if ('step' in command) {
        const pipeline = missingOf(command) ?? this.#pipelines.ready(command.step.wgsl);
        if (pipeline instanceof Error) fail(command, pipeline);
        else if (pipeline !== undefined) encodeDispatch(this.#groups, roll.next(), pipeline, command);
      } else if ('encode' in command) {
        // What it writes is marked in its turn: it may be read by earlier commands that are not judged yet.
        if (missingOf(command) === undefined) command.encode(roll.next);
      } else {
        const { from, to } = command;
        if (from.missing === undefined)
          roll.encoder().copyBufferToBuffer(from.buffer, from.offset, to, 0, from.byteLength);
      }
    }
    return roll.finish();
  }

  /** In submission order, so that a failure has marked its storages before their readers are judged. */
  async #confirm(
    commands: readonly Command[],
    thrown: Error | undefined,
    outcomes: readonly Promise<GPUError | null>[],
    before: Promise<void>,
  ): Promise<void> {
    await before;
    // A lost device rejects or answers null; reads then fail when they map.
    const errors = await Promise.all(outcomes.map((outcome) => outcome.catch(() => null)));
    const refusal = errors.find((error) => error !== null);
    const failure = thrown ?? (refusal === undefined ? undefined : await this.#reasonOf(commands, refusal));
    for (const command of commands) {
      if (!('resolve' in command)) {
        this.#judge(command, failure);
      } else {
        const error = failure ?? command.from.failure;
        if (error === undefined) command.resolve();
        else command.reject(error);
      }
    }
  }

  /** Marks what a command has written by how it went and by what it has read. */
  #judge(command: Dispatch | Effects, failure: Error | undefined = spoiltBy(command)): void {
    if (failure !== undefined) {
      fail(command, failure);
      this.#tell(failure);
    } else if ('writes' in command) {
      // It may have been spoilt before.
      for (const storage of command.writes) if (storage.failure !== undefined) storage.failure = undefined;
    }
  }

  /**
   * A submit of a program that does not compile, or with a buffer that there is no memory for, is refused in words that
   * say nothing of that.
   */
  async #reasonOf(commands: readonly Command[], refusal: GPUError): Promise<Error> {
    const missing = missingOfAll(commands);
    if (missing !== undefined) return missing;
    const compiling = commands.map(async (c) => ('step' in c ? this.#pipelines.compile(c.step) : undefined));
    const failed = (await Promise.allSettled(compiling)).find((outcome) => outcome.status === 'rejected');
    return failed === undefined ? submitError(commands, refusal) : (failed.reason as Error);
  }

  /** Once per failure, however many commands inherit it; apart from here, so that what the app throws stays the app's. */
  #tell(error: Error): void {
    if (this.#told.has(error)) return;
    this.#told.add(error);
    queueMicrotask(() => this.#onError(error));
  }
}

/** Why a buffer of the command is not there, if one is not. */
function missingOf(command: Command | Effects): Error | undefined {
  if ('to' in command) return command.from.missing;
  if ('writes' in command) return missingAmong(command.reads) ?? missingAmong(command.writes);
  for (const { storage } of command.operands) if (storage.missing !== undefined) return storage.missing;
  return undefined;
}

function missingOfAll(commands: readonly (Command | Effects)[]): Error | undefined {
  for (const command of commands) {
    const missing = missingOf(command);
    if (missing !== undefined) return missing;
  }
  return undefined;
}

function missingAmong(storages: readonly Storage[]): Error | undefined {
  for (const { missing } of storages) if (missing !== undefined) return missing;
  return undefined;
}

/** Why what a command has written cannot be right, though the command was run. */
function spoiltBy(command: Dispatch | Effects): Error | undefined {
  if ('writes' in command) {
    for (const { failure } of command.reads) if (failure !== undefined) return failure;
    return missingAmong(command.writes);
  }
  // With the output: another of the dispatches that write it may have failed.
  for (const { storage } of command.operands) if (storage.failure !== undefined) return storage.failure;
  return undefined;
}

/** Marks what the command should have written. */
function fail(command: Dispatch | Effects, error: Error): void {
  if ('writes' in command) {
    for (const storage of command.writes) storage.failure = storage.missing ?? error;
    return;
  }
  const { step, operands } = command;
  const bound = step.bindings.filter(({ access }) => access !== 'uniform');
  for (const [i, { access }] of bound.entries()) {
    if (access === 'read_write') operands[i].storage.failure ??= error;
  }
}

function submitError(commands: readonly Command[], cause: GPUError): Error {
  const labels = commands.flatMap((command) => {
    if ('step' in command) return [command.step.label];
    return 'encode' in command ? [command.label] : [];
  });
  const shown = labels.slice(0, 4).join(', ') + (labels.length > 4 ? ` and ${labels.length - 4} more` : '');
  return new Error(`depthwise: the device refused ${shown || 'a copy'}: ${cause.message}`, { cause });
}
