/** Checks that the links of built pages lead somewhere. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Links that stay on the site but lead to no file, each as `page: address`. */
export function deadLinks(folder: string): readonly string[] {
  const pages = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.html'));
  return pages.flatMap((page) =>
    [...readFileSync(join(folder, page), 'utf8').matchAll(/(?:href|src)="(?!\w+:|#)([^"#?]+)/g)]
      .map(([, address]) => address)
      // Other pages of the site, which are built elsewhere.
      .filter((address) => !join(dirname(page), address).startsWith('..'))
      .filter((address) => !existsSync(join(folder, dirname(page), decodeURI(address))))
      .map((address) => `${page}: ${address}`),
  );
}
