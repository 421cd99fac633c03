/** A result in the page's address, behind `#result=`. Browsers send this part of an address to no server. */
import type { Report } from '../report';
import { compressed, expanded } from './compressed';

const KEY = 'result';
/** Browsers take addresses of 64,000 letters or more, but chat and mail programs cut long ones. */
const MOST_LETTERS = 32_000;

/** @throws (rejects) if the result is too long for an address */
export async function addressWith(page: string, report: Report): Promise<string> {
  const url = new URL(page);
  url.search = '';
  url.hash = `${KEY}=${await compressed(report)}`;
  if (url.href.length <= MOST_LETTERS) return url.href;
  throw new Error(
    `this result makes an address of ${url.href.length} letters, and many programs cut what is longer than ${MOST_LETTERS}; save it as a file instead`,
  );
}

/**
 * The result of an address; undefined if it has none.
 *
 * @throws (rejects) with what is wrong with it
 */
export async function resultOf(hash: string): Promise<Report | undefined> {
  const letters = new URLSearchParams(hash.slice(1)).get(KEY);
  return letters === null ? undefined : expanded(letters);
}
