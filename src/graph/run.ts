/**
 * One run of a program before it is written: the feeds are checked and uploaded, and every output has a storage.
 *
 * @module
 */
import { describe } from '../conv/check';
import type { Storage } from '../gpu/buffers';
import type { GpuContext } from '../gpu/context';
import type { Dispatch } from '../gpu/encode';
import type { Pipeline } from '../gpu/pipelines';
import { Tensor } from '../tensor/tensor';
import { checkApart, checkDispatches, copiesOf, destinationsOf, type Named, type RunOptions } from './destinations';
import { checkFeeds, placeFeeds, type Input } from './feeds';
import type { Output } from './outputs';
import type { Places, Replay } from './replay';

/** What a run needs, checked. */
export interface Run {
  /** The inputs and outputs of the run, by their values. */
  readonly places: Places;
  /** The storages of the feeds. */
  readonly fed: readonly Storage[];
  /** Those of `fed` that were uploaded for the run. */
  readonly uploads: readonly Storage[];
  /** Storages of the outputs, without those that are an unchanged input or constant. */
  readonly writes: readonly Storage[];
  /** A tensor for each output, in order. */
  readonly results: readonly Tensor[];
  /** Those of `results` that are new. */
  readonly made: readonly Tensor[];
  /** Copies of outputs that are computed in one place and wanted in another. */
  readonly copies: readonly ReadyCopy[];
}

interface ReadyCopy {
  readonly dispatch: Dispatch;
  readonly pipeline: Pipeline;
}

/** What a program takes and gives. */
interface Ends {
  readonly inputs: ReadonlyMap<string, Input>;
  readonly outputs: readonly Output[];
}

/** What the app gives for a run. */
interface Given {
  readonly feeds: object;
  readonly options: RunOptions<unknown>;
}

/**
 * @param held the program's own storages that it reads
 * @throws if what is given does not fit; nothing is left allocated then
 */
export function preparedRun(
  op: string,
  context: GpuContext,
  { inputs, outputs }: Ends,
  held: readonly Storage[],
  replay: Replay,
  { feeds, options }: Given,
): Run {
  const given = checkFeeds(op, context, inputs, feeds);
  const destinations = destinationsOf(op, context, outputs, options as RunOptions<never>);
  const neighbours = destinations.size > 0 ? checkApart(op, destinations, readBy(op, given, held)) : undefined;
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
      // Share the storage if it exists already, but not a tensor of the app's (`into`): the next run may write it.
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
      checkDispatches(op, neighbours, [...replay.dispatches(places), ...copied]);
    }
    for (const tensor of destinations.values()) tensor.storage(op).written = true;
    return { places, fed, uploads, writes, results, made, copies };
  } catch (error) {
    dropRun(context, { uploads, made });
    throw error;
  }
}

/** Releases what was made for a run. */
export function dropRun({ pool }: GpuContext, { uploads, made }: Pick<Run, 'uploads' | 'made'>): void {
  for (const storage of uploads) pool.release(storage);
  for (const tensor of made) tensor.dispose();
}

/** The storages that a run reads, with their names in errors. */
function* readBy(op: string, given: ReadonlyMap<string, unknown>, held: readonly Storage[]): Iterable<Named> {
  for (const [name, feed] of given) if (feed instanceof Tensor) yield [`input ${name}`, feed.storage(op, name)];
  for (const storage of held) yield ['a weight of the program', storage];
}

/** Whether a storage is one of the app's that the run writes. */
function isDestination(storage: Storage, destinations: ReadonlyMap<Output, Tensor>): boolean {
  for (const tensor of destinations.values()) if (tensor.storage('into') === storage) return true;
  return false;
}
