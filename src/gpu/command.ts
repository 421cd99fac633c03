/**
 * What waits in the queue: which storages a command reads and writes, and what a failure does to them.
 *
 * @module
 */
import type { Storage } from './buffers';
import type { Dispatch } from './encode';
import type { Use } from './order';

/** A copy of a storage into a mappable buffer. */
interface Copy {
  readonly from: Storage;
  readonly to: GPUBuffer;
  readonly resolve: () => void;
  readonly reject: (reason: Error) => void;
}

/** What several dispatches do together. */
export interface Effects {
  /** Storages that must be there and valid before. */
  readonly reads: readonly Storage[];
  /** Storages that are new as a whole afterwards. */
  readonly writes: readonly Storage[];
}

/** Dispatches whose programs are compiled and whose buffers are bound: they count as one command. */
export interface Replay extends Effects {
  readonly label: string;
  /** Intermediates: storages that it writes first and then reads, and that nobody else sees. */
  readonly scratch: readonly Storage[];
  /** @param next gives the pass of the next dispatch */
  readonly encode: (next: () => GPUComputePassEncoder) => void;
}

export type Command = Dispatch | Replay | Copy;

/** Calls back with each storage of a command, and whether it writes into it. */
function eachOf(command: Command | Effects, use: (storage: Storage, writes: boolean) => void): void {
  if ('to' in command) use(command.from, false);
  else if ('writes' in command) {
    for (const storage of command.reads) use(storage, false);
    if ('scratch' in command) for (const storage of command.scratch) use(storage, true);
    for (const storage of command.writes) use(storage, true);
  } else {
    const { step, operands } = command;
    const bound = step.bindings.filter(({ access }) => access !== 'uniform');
    for (const [i, { access }] of bound.entries()) use(operands[i].storage, access === 'read_write');
  }
}

/** Calls back with each buffer of a command. */
export function usesOf(command: Command, use: Use): void {
  eachOf(command, (storage, writes) => {
    if (storage.virtual !== true) use(storage.buffer, writes);
  });
}

/** The error if the device has no memory for one of the command's buffers. */
export function missingOf(command: Command | Effects): Error | undefined {
  if ('to' in command) return command.from.missing;
  if ('writes' in command) return missingAmong(command.reads) ?? missingAmong(command.writes);
  for (const { storage } of command.operands) if (storage.missing !== undefined) return storage.missing;
  return undefined;
}

/** The error if the device has no memory for a buffer of these commands. */
export function missingOfAll(commands: readonly (Command | Effects)[]): Error | undefined {
  return commands.map(missingOf).find((missing) => missing !== undefined);
}

function missingAmong(storages: readonly Storage[]): Error | undefined {
  for (const { missing } of storages) if (missing !== undefined) return missing;
  return undefined;
}

/** The reason why a command's output cannot be right although the command ran. */
export function spoiltBy(command: Dispatch | Effects): Error | undefined {
  if ('writes' in command) {
    for (const { failure } of command.reads) if (failure !== undefined) return failure;
    return missingAmong(command.writes);
  }
  // Look at the output, too: another dispatch that writes it may have failed.
  for (const { storage } of command.operands) if (storage.failure !== undefined) return storage.failure;
  return undefined;
}

/** Marks the outputs of a failed command. */
export function markFailed(command: Dispatch | Effects, error: Error): void {
  // What a replay writes is new, but a dispatch may write a part of what another one failed to write.
  if ('writes' in command) for (const storage of command.writes) storage.failure = storage.missing ?? error;
  else {
    eachOf(command, (storage, writes) => {
      if (writes) storage.failure ??= error;
    });
  }
}
