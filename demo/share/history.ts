/** The results that this browser keeps, newest first. An interrupted run is kept as far as it was measured. */
import type { Report } from '../report';
import { compressed, expanded } from './compressed';

export interface Kept {
  /** When the run began. */
  readonly id: string;
  readonly report: Report;
}

const PREFIX = 'depthwise-bench ';
/** If there are more, the oldest ones are dropped. */
const MOST = 30;

/** Leaves out what it cannot read. @throws (rejects) if the browser keeps nothing for this page */
export async function keptResults(): Promise<readonly Kept[]> {
  const kept: Kept[] = [];
  for (const id of ids()) {
    const report = await expanded(storage().getItem(PREFIX + id) ?? '').catch(() => undefined);
    if (report !== undefined) kept.push({ id, report });
  }
  return kept;
}

/** Replaces the result that had this id. @throws (rejects) if the browser has no room, or allows the page none */
export async function keepResult(id: string, report: Report): Promise<void> {
  const letters = await compressed(report);
  try {
    storage().setItem(PREFIX + id, letters);
  } catch (cause) {
    const isFull = cause instanceof DOMException && cause.name === 'QuotaExceededError';
    if (!isFull) throw cause;
    throw new Error('the browser has no room left for this page; remove some of the results below', { cause });
  }
  for (const old of ids().slice(MOST)) forgetResult(old);
}

export function forgetResult(id: string): void {
  storage().removeItem(PREFIX + id);
}

function ids(): readonly string[] {
  const keys = Object.keys(storage()).filter((key) => key.startsWith(PREFIX));
  return keys.map((key) => key.slice(PREFIX.length)).toSorted((a, b) => (a < b ? 1 : -1));
}

/** @throws if the browser forbids storage, as some do for pages within other pages */
function storage(): Storage {
  try {
    return localStorage;
  } catch (cause) {
    throw new Error('the browser allows this page to keep nothing, so that results are gone with it; save them as files', { cause }); // prettier-ignore
  }
}
