/**
 * The bytes of a file, from wherever an app has it.
 *
 * @module
 */
import { check, fail, show } from '../../conv/check';

/** A file: its address, its bytes, or what holds them. */
export type FileSource = string | URL | ArrayBuffer | ArrayBufferView | Blob | Response;

/** How a file is fetched. */
export interface FetchOptions {
  /** Told of the bytes that have been fetched, and of those that there are. */
  readonly onProgress?: (loadedBytes: number, totalBytes: number) => void;
  /** Aborts the fetching. */
  readonly signal?: AbortSignal;
  /** What fetches, in place of the browser's `fetch`: for a server that wants to know who asks. */
  readonly fetch?: typeof fetch;
}

/** The most bytes of a file: what a browser's array holds. */
const MAX_BYTES = 2 ** 31;

/** @throws (rejects) if it cannot be fetched, or is none of these */
export async function bytesOf(
  op: string,
  what: string,
  source: FileSource,
  options: FetchOptions,
): Promise<Uint8Array> {
  if (typeof source === 'string' || source instanceof URL) {
    return bodyOf(op, await fetched(op, addressOf(op, what, source), options), options);
  }
  if (source instanceof Response) return bodyOf(op, source, options);
  if (source instanceof Blob) return new Uint8Array(await source.arrayBuffer());
  return (
    viewOf(op, what, source) ??
    fail(
      `${op}: ${what} is ${show(source)}; give an address, an ArrayBuffer, a Uint8Array, a Blob, a File or a Response`,
    )
  );
}

/** Bytes that an app has already, and may change; undefined if it has something else. */
export function viewOf(op: string, what: string, source: FileSource): Uint8Array | undefined {
  try {
    if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
    return source instanceof ArrayBuffer ? new Uint8Array(source) : undefined;
  } catch (cause) {
    throw new Error(`${op}: the ArrayBuffer of ${what} is detached: it was transferred to somebody else; give a copy`, {
      cause,
    });
  }
}

/** An absolute address; in a page, a relative one is relative to it. */
export function addressOf(op: string, what: string, source: string | URL): URL {
  const { location } = globalThis as { readonly location?: { readonly href: string } };
  try {
    return new URL(source, location?.href);
  } catch (cause) {
    throw new Error(`${op}: ${what} ${show(source)} is no address; give that of a file`, { cause });
  }
}

async function fetched(op: string, url: URL, { signal, fetch: get = fetch }: FetchOptions): Promise<Response> {
  let response: Response;
  try {
    response = await get(url, { signal });
  } catch (cause) {
    if (signal?.aborted === true) throw signal.reason;
    throw new Error(`${op}: ${url.href} cannot be fetched: ${(cause as Error).message}`, { cause });
  }
  const { ok, status, statusText } = response;
  return ok ? response : fail(`${op}: ${url.href} cannot be fetched: status ${status} ${statusText}`);
}

async function bodyOf(op: string, response: Response, { onProgress }: FetchOptions): Promise<Uint8Array> {
  const { body, headers, url } = response;
  if (body === null) return new Uint8Array(0);
  const total = Number(headers.get('content-length') ?? 0);
  const chunks: Uint8Array[] = [];
  const reader = body.getReader();
  let loaded = 0;
  onProgress?.(0, total);
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    chunks.push(chunk.value);
    loaded += chunk.value.length;
    check(loaded <= MAX_BYTES, () => `${op}: ${url} has more than ${MAX_BYTES} bytes, which no array holds`);
    onProgress?.(loaded, Math.max(total, loaded));
  }
  const bytes = new Uint8Array(loaded);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
