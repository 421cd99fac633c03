/**
 * The shards of a model.json: where they are, and their bytes one after the other.
 *
 * @module
 */
import { check, fail, show } from '../../conv/check';
import { addressOf, bodyOf, chained, request, type Fetching, type Progress } from '../download';
import type { Manifest, WeightGroup } from './manifest';

/** Where the app has weights, if not beside the model.json. */
export interface WeightPlaces {
  /** Before the name of each shard, instead of the folder of the model.json. */
  readonly weightPathPrefix?: string;
  /** The address of each shard, by its name in the manifest. */
  readonly weightUrl?: (name: string) => string | URL | Promise<string | URL>;
}

/** How many shards are asked for at a time: as many as browsers open connections to a host. */
const AT_A_TIME = 6;

/**
 * The bytes of all weights, from the shards beside the model.json.
 *
 * @param url of the model.json, undefined if it has none; the addresses of shards beside it get what it has after a ?
 * @throws (rejects) if a shard is missing, or the bytes are more or fewer than the manifest has
 */
export async function downloadWeights(
  op: string,
  url: URL | undefined,
  manifest: Manifest,
  onProgress: Progress | undefined,
  how: Fetching & WeightPlaces = {},
): Promise<Uint8Array> {
  const { signal } = how;
  const total = manifest.byteLength;
  let loaded = 0;
  const arrived = (bytes: number): void => {
    loaded += bytes;
    onProgress?.(Math.min(loaded, total), total);
  };
  onProgress?.(0, total);
  // One failure ends the others, too.
  const stop = new AbortController();
  const abort = (): void => stop.abort(signal?.reason);
  signal?.addEventListener('abort', abort);
  if (signal?.aborted === true) abort();
  const shards = manifest.groups.flatMap((group) => {
    const state = { left: group.byteLength };
    return group.paths.map((path) => ({ path, group, state, chunks: [] as Uint8Array[] }));
  });
  const waiting = shards.values();
  const worker = async (): Promise<void> => {
    for (const { path, group, state, chunks } of waiting) {
      const address = await shardAddress(op, url, path, how);
      stop.signal.throwIfAborted();
      for await (const chunk of bodyOf(await request(op, address, { fetch: how.fetch, signal: stop.signal }))) {
        state.left -= chunk.length;
        check(state.left >= 0, () => surplus(op, path, group));
        chunks.push(chunk);
        arrived(chunk.length);
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  } catch (error) {
    stop.abort(error);
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
  return joined(
    op,
    manifest,
    manifest.groups.map((group) => shards.filter((shard) => shard.group === group).flatMap(({ chunks }) => chunks)),
  );
}

/**
 * Where a shard is. A file can only name files beside it; the app may give the address of any shard.
 */
async function shardAddress(op: string, url: URL | undefined, path: string, places: WeightPlaces): Promise<URL> {
  const { weightPathPrefix: prefix, weightUrl } = places;
  if (weightUrl !== undefined) {
    return addressOf(op, await weightUrl(path), `weightUrl(${show(path)})`, 'give the address of that shard');
  }
  const name = encodeURIComponent(path);
  const address =
    prefix === undefined
      ? new URL(name, url ?? fail(withoutAddress(op)))
      : addressOf(op, prefix + name, 'weightPathPrefix', 'give what addresses of shards begin with');
  if (address.search === '' && url !== undefined) address.search = url.search;
  return address;
}

function withoutAddress(op: string): string {
  return `${op}: the model.json has no address, so its shards cannot be found beside it; give weightUrl, weightPathPrefix or { model, weights }`;
}

function surplus(op: string, path: string, group: WeightGroup): string {
  return `${op}: shard ${show(path)} goes beyond the ${group.byteLength} bytes that the manifest has for it and its neighbours; model.json and shards are not of one conversion`;
}

/**
 * The bytes of all groups, one after the other.
 *
 * @param chunks of each group, in order
 */
export function joined(op: string, manifest: Manifest, chunks: readonly (readonly Uint8Array[])[]): Uint8Array {
  for (const [i, { byteLength, paths }] of manifest.groups.entries()) {
    const bytes = chunks[i].reduce((sum, { length }) => sum + length, 0);
    check(
      bytes === byteLength,
      () =>
        `${op}: the shards ${show(paths)} have ${bytes} bytes but the manifest has ${byteLength}; model.json and shards are not of one conversion, or a file was cut off`,
    );
  }
  return chained(chunks.flat(), manifest.byteLength);
}
