/**
 * The one place of the library that asks the network for anything: the files of a model, and those only when an app gives
 * an address to `loadGraphModel`.
 *
 * @module
 */
import { check, fail, show } from '../conv/check';
import type { Manifest, WeightGroup } from './tfjs/manifest';

/** Told of the bytes of weights that have arrived, and of those that there are. */
type Progress = (loadedBytes: number, totalBytes: number) => void;

/** How many shards are asked for at a time: as many as browsers open connections to a host. */
const AT_A_TIME = 6;

/** An absolute address; in a page, a relative one is relative to it. */
export function addressOf(op: string, source: string | URL): URL {
  const { location } = globalThis as { readonly location?: { readonly href: string } };
  try {
    return new URL(source, location?.href);
  } catch (cause) {
    throw new Error(`${op}: source ${show(source)} is no address; give that of a model.json`, { cause });
  }
}

/** The most bytes of a model.json, without its weights. Those of large models have a few millions. */
export const MAX_TEXT_BYTES: number = 2 ** 25;

/**
 * The text of a file. Whatever the server says of its length, no more is read than `MAX_TEXT_BYTES`.
 *
 * @throws (rejects) if the file is longer
 */
export async function downloadText(op: string, url: URL, signal: AbortSignal | undefined): Promise<string> {
  const response = await request(op, url, signal);
  const decoder = new TextDecoder();
  let text = '';
  let loaded = 0;
  for await (const chunk of bodyOf(response, (length) => checkText(op, url.href, length))) {
    loaded += chunk.length;
    checkText(op, url.href, loaded);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** Throws if a model.json has more bytes, or characters, than one has. */
export function checkText(op: string, what: string, length: number): void {
  check(
    !(length > MAX_TEXT_BYTES),
    () =>
      `${op}: ${what} has ${length} bytes or more but the most of a model.json is ${MAX_TEXT_BYTES}; weights belong into shards beside it`,
  );
}

/**
 * The bytes of all weights, from the shards beside the model.json.
 *
 * @param url of the model.json; what it has after a ? the shards' addresses have, too
 * @throws (rejects) if a shard is missing, or the bytes are more or fewer than the manifest has
 */
export async function downloadWeights(
  op: string,
  url: URL,
  manifest: Manifest,
  onProgress: Progress | undefined,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const total = manifest.byteLength;
  let loaded = 0;
  const arrived = (bytes: number): void => {
    loaded += bytes;
    onProgress?.(Math.min(loaded, total), total);
  };
  onProgress?.(0, total);
  // What fails ends the others, too.
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
      const address = new URL(encodeURIComponent(path), url);
      address.search = url.search;
      for await (const chunk of bodyOf(await request(op, address, stop.signal))) {
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
  const all = chunks.flat();
  if (all.length === 1) return all[0];
  const bytes = new Uint8Array(manifest.byteLength);
  let offset = 0;
  for (const chunk of all) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

async function request(op: string, url: URL, signal: AbortSignal | undefined): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { signal });
  } catch (cause) {
    if (signal?.aborted === true) throw signal.reason;
    throw new Error(`${op}: ${url.href} cannot be fetched: ${(cause as Error).message}`, { cause });
  }
  return response.ok
    ? response
    : fail(`${op}: ${url.href} cannot be fetched: status ${response.status} ${response.statusText}`);
}

/**
 * The pieces of a body as they arrive; whoever stops early ends the download. Not every browser lets a stream be iterated over.
 *
 * @param announced told of the length that the server says, if it says one; may throw
 */
async function* bodyOf(
  { body, headers }: Response,
  announced: (length: number) => void = () => {},
): AsyncGenerator<Uint8Array> {
  if (body === null) return;
  const reader = body.getReader();
  try {
    announced(Number(headers.get('content-length')));
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) yield chunk.value;
  } finally {
    // Of a body that has ended or failed there is nothing to be said.
    reader.cancel().catch(() => {});
  }
}
