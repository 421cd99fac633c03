/**
 * Serves a folder like any static host: content types by extension, from a path below the root, with or without the headers that
 * isolate a page.
 *
 * @module
 */
import { readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.jpg': 'image/jpeg',
  '.svg': 'image/svg+xml',
};

const ISOLATION = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

export interface StaticServer {
  readonly url: string;
  /** Requested addresses that do not exist. */
  readonly missing: readonly string[];
  readonly close: () => void;
}

/** @param base such as `/some/path/`; nothing else is served */
export async function serveFolder(folder: string, base: string, isolated: boolean): Promise<StaticServer> {
  const missing: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '', 'http://localhost').pathname);
    const file = path.startsWith(base) ? fileOf(join(folder, normalize(path.slice(base.length)))) : undefined;
    Promise.resolve(file)
      .then(async (name) => {
        if (name === undefined) throw new Error('not below the base');
        const headers = { 'Content-Type': TYPES[extname(name)] ?? 'application/octet-stream' };
        const body = await readFile(name);
        response.writeHead(200, { ...headers, ...(isolated && ISOLATION) }).end(body);
      })
      .catch(() => {
        missing.push(path);
        response.writeHead(404).end();
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}${base}`, missing, close: () => server.close() };
}

/** A folder's address serves its page. */
async function fileOf(path: string): Promise<string> {
  return (await stat(path)).isDirectory() ? join(path, 'index.html') : path;
}
