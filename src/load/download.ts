/**
 * The only place in the library that uses the network. It fetches the files of a model, and only when an app gives a loader
 * their address.
 *
 * @module
 */
import { check, show } from '../conv/check';
import { checkFormat } from './format';

/** Called with the bytes of weights that have arrived, and the bytes in all. */
export type Progress = (loadedBytes: number, totalBytes: number) => void;

/** How files are asked for. */
export interface Fetching {
  /** Replaces the browser's `fetch`, for headers, credentials or a cache of the app's own. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  readonly signal?: AbortSignal;
}

/**
 * An absolute address; in a page, a relative one is relative to it.
 *
 * @param what the name of the argument
 * @param remedy what to give instead of a wrong value
 */
export function addressOf(
  op: string,
  source: string | URL,
  what = 'source',
  remedy = 'give that of a model.json',
): URL {
  const { location } = globalThis as { readonly location?: { readonly href: string } };
  try {
    return new URL(source, location?.href);
  } catch (cause) {
    throw new Error(`${op}: ${what} ${show(source)} is no address; ${remedy}`, { cause });
  }
}

/** The most bytes of a model.json, without its weights. Large models have a few million. */
export const MAX_TEXT_BYTES: number = 2 ** 25;

/**
 * The text of a file. Reads at most `MAX_TEXT_BYTES`, whatever length the server states.
 *
 * @throws (rejects) if the file is longer
 */
export async function downloadText(op: string, url: URL, how: Fetching = {}): Promise<string> {
  return textOfResponse(op, url.href, await request(op, url, how));
}

/**
 * The text of a model.json that was asked for.
 *
 * @param what what it is called in errors
 * @throws (rejects) if it is longer than `MAX_TEXT_BYTES`
 */
export async function textOfResponse(op: string, what: string, response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let loaded = 0;
  let length = 0;
  for await (const chunk of bodyOf(response, (announced) => (length = announced))) {
    // If the file is of another format, the error says that, and not that it is too long.
    if (loaded === 0) checkFormat(op, what, chunk, 'json');
    checkText(op, what, length);
    loaded += chunk.length;
    checkText(op, what, loaded);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** The most bytes of one file. */
export const MAX_FILE_BYTES: number = 2 ** 31;

/**
 * The bytes of a file. Reads at most `limit`, whatever length the server states.
 *
 * @param onProgress called with Infinity for the total while the server does not state it
 * @throws (rejects) if the file is longer
 */
export async function downloadBytes(
  op: string,
  url: URL,
  onProgress: Progress | undefined,
  limit: number,
  how: Fetching = {},
): Promise<Uint8Array> {
  return bytesOfResponse(op, url.href, await request(op, url, how), onProgress, limit, how.signal);
}

/** The bytes of what was asked for; see {@link downloadBytes}. */
export async function bytesOfResponse(
  op: string,
  what: string,
  response: Response,
  onProgress: Progress | undefined,
  limit: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let [loaded, total] = [0, Infinity];
  const checkLength = (length: number): void =>
    check(!(length > limit), () => `${op}: ${what} has ${length} bytes or more but the most of a file is ${limit}`);
  const announced = (length: number): void => {
    checkLength(length);
    // The body is longer than the length that the server states for its packed form.
    if (length > 0 && !response.headers.has('content-encoding')) total = length;
  };
  for await (const chunk of bodyOf(response, announced)) {
    signal?.throwIfAborted();
    loaded += chunk.length;
    checkLength(loaded);
    chunks.push(chunk);
    onProgress?.(loaded, Math.max(total, loaded));
  }
  onProgress?.(loaded, loaded);
  return chained(chunks, loaded);
}

/** Throws if a model.json has more bytes, or characters, than a model.json may have. */
export function checkText(op: string, what: string, length: number): void {
  check(
    !(length > MAX_TEXT_BYTES),
    () =>
      `${op}: ${what} has ${length} bytes or more but the most of a model.json is ${MAX_TEXT_BYTES}; weights belong in shards beside it`,
  );
}

/** Joins pieces into one. */
export function chained(chunks: readonly Uint8Array[], byteLength: number): Uint8Array {
  if (chunks.length === 1) return chunks[0];
  const bytes = new Uint8Array(byteLength);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

/**
 * Asks for a file.
 *
 * @throws (rejects) if it is not there
 */
export async function request(op: string, url: URL, { fetch: own, signal }: Fetching): Promise<Response> {
  let response: Response;
  try {
    response = await (own ?? globalThis.fetch)(url.href, { signal });
  } catch (cause) {
    if (signal?.aborted === true) throw signal.reason;
    throw new Error(`${op}: ${url.href} cannot be fetched: ${(cause as Error)?.message}`, { cause });
  }
  check(
    typeof response?.ok === 'boolean' && typeof response.headers?.get === 'function',
    () => `${op}: options.fetch gives ${show(response)} for ${url.href}; it must give a Response`,
  );
  return checkResponse(op, url.href, response);
}

/** Throws unless a server gave what it was asked for, and nobody has read it yet. */
export function checkResponse(op: string, what: string, response: Response): Response {
  check(response.ok, () => `${op}: ${what} cannot be fetched: status ${response.status} ${response.statusText}`);
  check(!response.bodyUsed, () => `${op}: the body of ${what} was read already; give a response nobody has read`);
  return response;
}

/**
 * The pieces of a body as they arrive; whoever stops early ends the download. Not every browser lets a stream be iterated over.
 *
 * @param announced told of the length that the server says, if it says one; may throw
 */
export async function* bodyOf(
  { body, headers }: Response,
  announced: (length: number) => unknown = () => {},
): AsyncGenerator<Uint8Array> {
  if (body === null) return;
  const reader = body.getReader();
  try {
    announced(Number(headers.get('content-length')));
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) yield chunk.value;
  } finally {
    // For a body that has ended or failed, an error here does not matter.
    reader.cancel().catch(() => {});
  }
}
