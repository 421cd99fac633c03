/**
 * Isolates the pages on a host that sends no headers for it. Without isolation the page's clock ticks every 100 us instead of every
 * 5 us, and threads have no shared memory. A service worker adds the headers to everything that a page loads.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { posix } from 'node:path';
import type { Plugin } from 'vite';

const FILE = 'coi-serviceworker.js';

/**
 * Copies the worker beside the pages. A page that is not isolated registers it.
 *
 * @param frames pages that only other pages open; they need no worker of their own
 */
export function isolation(frames: readonly string[]): Plugin {
  return {
    name: 'depthwise:isolation',
    apply: 'build',
    generateBundle() {
      const source = readFileSync(createRequire(import.meta.url).resolve(`coi-serviceworker/${FILE}`), 'utf8');
      this.emitFile({ type: 'asset', fileName: FILE, source });
    },
    transformIndexHtml(_, { path }) {
      if (frames.includes(path.slice(1))) return [];
      const src = posix.join(posix.relative(posix.dirname(path), '/') || '.', FILE);
      // First in the page, which reloads itself when the worker is ready.
      return [
        { tag: 'script', children: 'window.coi = { quiet: true };', injectTo: 'head-prepend' },
        { tag: 'script', attrs: { src }, injectTo: 'head-prepend' },
      ];
    },
  };
}
