/**
 * Reads the first bytes of a file that is requested only once.
 *
 * @module
 */
import { addressOf, checkResponse, request, type Fetching } from './download';
import { HEAD_BYTES } from './format';
import { isAddress, isResponse, nameOfSource } from './source';

/** A requested file, some bytes of which are known. */
export interface Peeked {
  readonly head: Uint8Array;
  /** All of it, these bytes too. */
  readonly whole: Response;
  /** Its address; a Response that an app made itself has none. */
  readonly url?: string;
}

/** @throws (rejects) if it cannot be fetched */
export async function peek(op: string, source: string | URL | Response, how: Fetching): Promise<Peeked> {
  const url = isAddress(source)
    ? addressOf(op, source, 'source', 'give the address of a file, or its bytes')
    : undefined;
  const response = isResponse(source) ? checkResponse(op, nameOfSource(source), source) : await request(op, url!, how);
  const { headers, body } = response;
  const reader = body?.getReader();
  const chunks: Uint8Array[] = [];
  let [loaded, done] = [0, reader === undefined];
  while (!done && loaded < HEAD_BYTES) {
    const chunk = await reader!.read();
    done = chunk.done;
    if (chunk.value === undefined) continue;
    chunks.push(chunk.value);
    loaded += chunk.value.length;
  }
  const rest = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk as Uint8Array<ArrayBuffer>);
      if (done) controller.close();
    },
    async pull(controller) {
      const chunk = await reader!.read();
      if (chunk.done) controller.close();
      else controller.enqueue(chunk.value);
    },
    cancel: (reason) => reader?.cancel(reason),
  });
  const head = new Uint8Array(Math.min(loaded, HEAD_BYTES));
  let at = 0;
  for (const chunk of chunks) {
    head.set(chunk.subarray(0, head.length - at), at);
    at = Math.min(at + chunk.length, head.length);
  }
  const address = url?.href ?? response.url;
  return { head, whole: new Response(rest, { headers }), url: address === '' ? undefined : address };
}

/** A `fetch` that already has one file; it requests all others as before. */
export function answering(op: string, url: string, whole: Response, how: Fetching): Required<Fetching>['fetch'] {
  let given = false;
  return (address, init) => {
    if (given || address !== url) return request(op, new URL(address), { ...how, signal: init.signal ?? undefined });
    given = true;
    return Promise.resolve(whole);
  };
}
