/**
 * Gets the bytes of a file from wherever an app has it: an address, a buffer, what a user has dropped on a page, what a
 * server answered.
 *
 * @module
 */
import { check, fail, show } from '../conv/check';
import {
  addressOf,
  bytesOfResponse,
  checkResponse,
  checkText,
  downloadBytes,
  downloadText,
  MAX_FILE_BYTES,
  textOfResponse,
  type Fetching,
  type Progress,
} from './download';

/** Where a file is: its address, its bytes, a Blob or File, or a Response to a request of the app's own. */
export type ModelSource = string | URL | ArrayBuffer | ArrayBufferView | Blob | Response;

/** How a file comes here. */
export interface SourceOptions extends Fetching {
  readonly onProgress?: Progress;
  /** The most bytes; default 2 GiB. */
  readonly limit?: number;
}

/** What a file is called in errors, in words. */
export function nameOfSource(source: unknown): string {
  if (typeof source === 'string') return show(source);
  if (source instanceof URL) return source.href;
  if (isBlob(source)) return 'name' in source && typeof source.name === 'string' ? show(source.name) : 'the Blob';
  if (isResponse(source)) return source.url === '' ? 'the Response' : source.url;
  return isBuffer(source) ? `the ${source.constructor.name}` : show(source);
}

/**
 * The bytes of a file. Those that the app holds are copied at once, before a promise is returned: what it gave may be changed,
 * transferred or forgotten from then on.
 *
 * @param op the loader, for errors
 * @throws (rejects) if there is no such file, it is longer than `limit`, or with the signal's reason
 */
export async function bytesOfSource(op: string, source: ModelSource, options: SourceOptions = {}): Promise<Uint8Array> {
  const { onProgress, limit = MAX_FILE_BYTES, signal } = options;
  signal?.throwIfAborted();
  if (isAddress(source)) return downloadBytes(op, addressOf(op, source, 'source', ADDRESS), onProgress, limit, options);
  if (isResponse(source)) {
    const name = nameOfSource(source);
    return bytesOfResponse(op, name, checkResponse(op, name, source), onProgress, limit, signal);
  }
  if (isBlob(source)) {
    checkSize(op, source, source.size, limit);
    const bytes = await readBlob(op, source);
    signal?.throwIfAborted();
    onProgress?.(bytes.length, bytes.length);
    return bytes;
  }
  const view = viewOf(op, source, 'source');
  checkSize(op, source, view.length, limit);
  // A copy that is never in a SharedArrayBuffer.
  const bytes = new Uint8Array(view.length);
  bytes.set(view);
  return bytes;
}

const ADDRESS = 'give the address of a file, or its bytes as an ArrayBuffer, Blob or Response';

/** The text of a model.json, from wherever it is. */
export async function textOfSource(op: string, source: ModelSource, how: Fetching = {}): Promise<string> {
  if (isAddress(source)) return downloadText(op, addressOf(op, source), how);
  if (isResponse(source)) {
    const name = nameOfSource(source);
    return textOfResponse(op, name, checkResponse(op, name, source));
  }
  if (isBlob(source)) {
    checkText(op, nameOfSource(source), source.size);
    return new TextDecoder().decode(await readBlob(op, source));
  }
  const view = viewOf(op, source, 'source');
  checkText(op, nameOfSource(source), view.length);
  return new TextDecoder().decode(Uint8Array.from(view));
}

/** The bytes of a Blob or a buffer, without a copy where there need be none. */
export async function bytesOfPart(op: string, part: unknown, what: string): Promise<Uint8Array> {
  return isBlob(part) ? readBlob(op, part) : viewOf(op, part, what);
}

/**
 * What a buffer or a view of one holds, without a copy.
 *
 * @param what the name of the argument
 */
export function viewOf(op: string, buffer: unknown, what: string): Uint8Array {
  if (!isBuffer(buffer)) {
    return fail(
      `${op}: ${what} is ${show(buffer)}; give ${what === 'source' ? 'an address, an ArrayBuffer, a typed array, a Blob, a File or a Response' : 'an ArrayBuffer, a Uint8Array or a Blob, or a list of them'}`,
    );
  }
  try {
    return ArrayBuffer.isView(buffer)
      ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
      : new Uint8Array(buffer);
  } catch (cause) {
    throw new Error(
      `${op}: the ArrayBuffer of the ${what} is detached: it was transferred to somebody else; load the model first, or give a copy`,
      { cause },
    );
  }
}

export function isAddress(source: unknown): source is string | URL {
  return typeof source === 'string' || source instanceof URL;
}

export function isBuffer(source: unknown): source is ArrayBuffer | ArrayBufferView {
  return source instanceof ArrayBuffer || ArrayBuffer.isView(source);
}

// Checks methods instead of classes: a frame has a Blob and a Response of its own.
export function isBlob(source: unknown): source is Blob {
  return can(source, 'arrayBuffer') && can(source, 'slice') && 'size' in source;
}

export function isResponse(source: unknown): source is Response {
  return can(source, 'arrayBuffer') && 'headers' in source && 'bodyUsed' in source && 'ok' in source;
}

function can(source: unknown, method: string): source is object {
  return (
    typeof source === 'object' &&
    source !== null &&
    !ArrayBuffer.isView(source) &&
    typeof (source as Readonly<Record<string, unknown>>)[method] === 'function'
  );
}

function checkSize(op: string, source: ModelSource, length: number, limit: number): void {
  check(length <= limit, () => `${op}: ${nameOfSource(source)} has ${length} bytes but the most of a file is ${limit}`);
}

/** A file that was changed since it was chosen cannot be read. */
async function readBlob(op: string, blob: Blob): Promise<Uint8Array> {
  try {
    return new Uint8Array(await blob.arrayBuffer());
  } catch (cause) {
    throw new Error(`${op}: ${nameOfSource(blob)} cannot be read: ${(cause as Error).message}; choose it again`, {
      cause,
    });
  }
}
