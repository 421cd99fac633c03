/**
 * Fetches the files of models from a server that the test starts.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { addressOf, downloadText, MAX_TEXT_BYTES } from '../../src/load/download';
import { graphOfFiles } from '../../src/load/tfjs/load-graph-model';
import { manifestOf, type Manifest } from '../../src/load/tfjs/manifest';
import { downloadWeights } from '../../src/load/tfjs/shards';
import { rejectionOf } from '../support/message';

let asked: string[] = [];
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let url: URL;

beforeAll(async () => {
  const server = createServer((request, response) => {
    asked.push(request.url!);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/models/face/model.json?key=1`);
  return () => {
    server.closeAllConnections();
    server.close();
  };
});
afterEach(() => void (asked = []));

/** Serves these files, and answers 404 to every other request. */
function serve(files: Readonly<Record<string, Uint8Array | string>>): void {
  answer = ({ url: path }, response) => {
    const body = files[decodeURIComponent(path!.split('?')[0].split('/').at(-1)!)];
    if (body === undefined) response.statusCode = 404;
    response.end(body);
  };
}

/** Two groups: one of 10 bytes in two shards, and one of 4. */
const manifest: Manifest = manifestOf('load', {
  weightsManifest: [
    { paths: ['a 1.bin', 'a2.bin'], weights: [{ name: 'a', shape: [10], dtype: 'uint8' }] },
    { paths: ['./b.bin'], weights: [{ name: 'b', shape: [1], dtype: 'float32' }] },
  ],
});
const bytes = (first: number, count: number): Uint8Array => Uint8Array.from({ length: count }, (_, i) => first + i);
const download = (signal?: AbortSignal): Promise<Uint8Array> =>
  downloadWeights('load', url, manifest, undefined, { signal });

test('shards are fetched beside the model, with its query, and put in order', async () => {
  serve({ 'a 1.bin': bytes(0, 7), 'a2.bin': bytes(7, 3), 'b.bin': bytes(10, 4) });
  const progress: number[] = [];
  const all = await downloadWeights('load', url, manifest, (loaded, total) => progress.push(loaded, total));
  expect(all).toEqual(bytes(0, 14));
  expect(asked.toSorted()).toEqual(['a%201.bin', 'a2.bin', 'b.bin'].map((name) => `/models/face/${name}?key=1`));
  expect(progress.slice(0, 2)).toEqual([0, 14]);
  expect(progress.slice(-2)).toEqual([14, 14]);
});

test('a missing shard is named', async () => {
  serve({ 'a 1.bin': bytes(0, 7), 'b.bin': bytes(10, 4) });
  const message = await rejectionOf(download());
  for (const word of ['load:', '/models/face/a2.bin', 'status 404']) expect(message).toContain(word);
});

test('a shard that is cut off is named, with both numbers', async () => {
  serve({ 'a 1.bin': bytes(0, 7), 'a2.bin': bytes(7, 2), 'b.bin': bytes(10, 4) });
  const message = await rejectionOf(download());
  for (const word of ["'a2.bin'", '9 bytes', 'the manifest has 10', 'cut off']) expect(message).toContain(word);
});

test('a shard that is too long is not read to its end', async () => {
  let closed = false;
  answer = ({ url: path }, response) => {
    if (!path!.includes('a2')) return response.end(bytes(0, path!.includes('b.bin') ? 4 : 7));
    response.on('close', () => (closed = true));
    const more = (): void => void (response.destroyed || response.write(bytes(0, 99), () => setTimeout(more, 1)));
    return more();
  };
  const message = await rejectionOf(download());
  for (const word of ["shard 'a2.bin'", 'beyond the 10 bytes']) expect(message).toContain(word);
  await expect.poll(() => closed).toBe(true);
});

/** Serves a file that never ends. */
function endless(headers: Readonly<Record<string, string>>): () => { readonly sent: number; readonly closed: boolean } {
  let [sent, closed] = [0, false];
  const piece = new Uint8Array(2 ** 20).fill(32);
  answer = (_, response) => {
    response.on('close', () => (closed = true));
    response.writeHead(200, headers);
    const more = (): void => {
      if (response.destroyed) return;
      sent += piece.length;
      response.write(piece, () => setTimeout(more));
    };
    more();
  };
  return () => ({ sent, closed });
}

describe('a model.json that is too long is not read to its end', () => {
  test('if the server states its length', async () => {
    const state = endless({ 'content-length': String(2 ** 40) });
    const message = await rejectionOf(downloadText('load', url));
    for (const word of [`load: ${url.href} has 1099511627776 bytes`, `the most of a model.json is ${MAX_TEXT_BYTES}`])
      expect(message).toContain(word);
    await expect.poll(() => state().closed).toBe(true);
    expect(state().sent).toBeLessThan(MAX_TEXT_BYTES);
  });

  test('if the server states no length', async () => {
    const state = endless({});
    expect(await rejectionOf(downloadText('load', url))).toContain(
      `bytes or more but the most of a model.json is ${MAX_TEXT_BYTES}; weights belong in shards`,
    );
    await expect.poll(() => state().closed).toBe(true);
    // The sockets buffer some data beyond what was read.
    expect(state().sent).toBeLessThan(2 * MAX_TEXT_BYTES);
  });

  test('if it is compressed, so that the stated length is that of the compressed file', async () => {
    const packed = gzipSync(new Uint8Array(MAX_TEXT_BYTES + 2 ** 20).fill(32));
    answer = (_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': String(packed.length) });
      response.end(packed);
    };
    expect(packed.length).toBeLessThan(2 ** 16);
    expect(await rejectionOf(downloadText('load', url))).toContain(`is ${MAX_TEXT_BYTES}`);
  });

  test('if the app passes it as a text', () => {
    const model = ' '.repeat(MAX_TEXT_BYTES + 1);
    expect(() => graphOfFiles('load', { model, weights: [] })).toThrow(
      `load: model.json has ${MAX_TEXT_BYTES + 1} bytes or more but the most`,
    );
  });
});

test('a text is what its bytes say, wherever the pieces end', async () => {
  const words = '\u00fcber \ud83d\ude00 {}';
  const all = new TextEncoder().encode(words);
  answer = (_, response) => {
    const rest = all.values();
    const more = (): void => {
      const { done, value } = rest.next();
      if (done === true) response.end();
      else response.write(Uint8Array.of(value), () => setTimeout(more, 2));
    };
    more();
  };
  expect(await downloadText('load', url)).toBe(words);
});

test('an aborted download ends with the reason', async () => {
  const controller = new AbortController();
  answer = () => controller.abort(new Error('enough'));
  expect(await rejectionOf(download(controller.signal))).toBe('enough');
  expect(await rejectionOf(download(controller.signal))).toBe('enough');
  expect(await rejectionOf(downloadText('load', url, { signal: controller.signal }))).toBe('enough');
});

test('a server that does not answer is named', async () => {
  answer = ({ socket }) => socket.destroy();
  expect(await rejectionOf(downloadText('load', url))).toContain(`load: ${url.href} cannot be fetched`);
});

test('a group without weights may have no shards', async () => {
  expect(await downloadWeights('load', url, manifestOf('load', {}), undefined)).toEqual(new Uint8Array());
  expect(asked).toEqual([]);
});

test('an address is absolute, or relative to a page', () => {
  expect(addressOf('load', 'https://example.com/m.json').href).toBe('https://example.com/m.json');
  expect(() => addressOf('load', 'm.json')).toThrow("load: source 'm.json' is no address");
});
