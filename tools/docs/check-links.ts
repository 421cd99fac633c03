/** Checks that the links of built pages lead somewhere, and that a reader can see them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Links that stay on the site but lead to no file, each as `page: address`. */
export function deadLinks(folder: string): readonly string[] {
  return pagesIn(folder).flatMap((page) =>
    [...readFileSync(join(folder, page), 'utf8').matchAll(/(?:href|src)="(?!\w+:|#)([^"#?]+)/g)]
      .map(([, address]) => address)
      // Other pages of the site, which are built elsewhere.
      .filter((address) => !join(dirname(page), address).startsWith('..'))
      .filter((address) => !existsSync(join(folder, dirname(page), decodeURI(address))))
      .map((address) => `${page}: ${address}`),
  );
}

/** Links without a word in them, each as `page: address`. */
export function emptyLinks(folder: string): readonly string[] {
  return pagesIn(folder).flatMap((page) =>
    [...readFileSync(join(folder, page), 'utf8').matchAll(/<a\b[^>]*href="([^"]+)"[^>]*>\s*<\/a>/g)].map(
      ([, address]) => `${page}: ${address}`,
    ),
  );
}

function pagesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.html'));
}
