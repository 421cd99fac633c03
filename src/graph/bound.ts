/**
 * A program on one device: its pipelines, and buffers for its values.
 *
 * @module
 */
import type { Storage } from '../gpu/buffers';
import type { GpuContext } from '../gpu/context';
import { encodeDispatch, type Dispatch } from '../gpu/encode';
import type { Parts } from './parts';
import { lifetimesOf, planMemory } from './plan';
import { createReplay, type Places, type Replay } from './replay';
import type { Run } from './run';

/** Bytes on the GPU that a program holds. */
export interface ProgramMemory {
  /** Filters and other constants, which programs of the same weights share. */
  readonly weights: number;
  /** Buffers of the intermediates. */
  readonly intermediates: number;
  /** Bytes that the intermediates would take if none shared a buffer. */
  readonly unshared: number;
  /** Bytes that one run takes: its outputs, and the inputs that are given as numbers. */
  readonly perRun: number;
}

/** A program on one device. */
export interface Bound<O> {
  readonly context: GpuContext;
  readonly parts: Parts<O>;
  readonly replay: Replay;
  /** Weights, constants and shared buffers; the program has a reference to each. */
  readonly held: readonly Storage[];
  /** Those of `held` that are buffers of the intermediates. */
  readonly scratch: readonly Storage[];
  readonly memory: ProgramMemory;
  readonly label: string;
}

/**
 * Binds the buffers of a program's parts. It takes over the constants that they name.
 *
 * @throws if an intermediate does not fit into the memory budget; nothing is allocated then
 */
export function boundTo<O>(context: GpuContext, parts: Parts<O>): Bound<O> {
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

/** Releases what a program holds. */
export function unbind({ context, held, replay }: Bound<unknown>): void {
  replay.close();
  for (const storage of held) context.pool.release(storage);
}

/** Writes a run. */
export function encodeRun(
  next: () => GPUComputePassEncoder,
  { context: { bindGroups }, replay }: Bound<unknown>,
  { places, copies }: Run,
): void {
  replay.encode(next, places);
  for (const { dispatch, pipeline } of copies) encodeDispatch(bindGroups, next(), pipeline, dispatch);
}

/** The buffers of the values that only the program sees, and the buffer of each value. */
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

export function bytesOfAll(storages: Iterable<Storage>): number {
  let total = 0;
  for (const { byteLength } of storages) total += byteLength;
  return total;
}
