/**
 * Cross-origin isolation on a host that sends no headers. Without it the page's clock ticks every 100 us instead of every 5, and
 * threads have no shared memory. A service worker adds the headers to whatever the page loads.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { posix } from 'node:path';
import type { Plugin } from 'vite';

const FILE = 'coi-serviceworker.js';

/**
 * Ships the worker beside the pages, and has every page register it that is not isolated already.
 *
 * @param frames pages that only other pages open, whose worker they have
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
      // Before all else: the page reloads itself once it has its worker.
      return [
        { tag: 'script', children: 'window.coi = { quiet: true };', injectTo: 'head-prepend' },
        { tag: 'script', attrs: { src }, injectTo: 'head-prepend' },
      ];
    },
  };
}
