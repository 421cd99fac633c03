/** What the page shows before anything is measured. */
import type { Report } from '../report';
import { resultOf } from '../share/address';
import { ownResults, reference } from './shelf';
import type { Place, ShelfItem } from './state';

export interface First {
  /** A result from the address, one that a reload interrupted, or the reference. */
  readonly shown: ShelfItem;
  /** The result of the address, if it has one, and those that this browser keeps. */
  readonly shelf: readonly ShelfItem[];
}

/** @param onProblem told if an address cannot be read, or if the browser keeps nothing */
export async function firstResults(hash: string, onProblem: (place: Place, error: unknown) => void): Promise<First> {
  const told =
    <T>(place: Place, otherwise: T) =>
    (error: unknown): T => {
      onProblem(place, error);
      return otherwise;
    };
  const linked = await resultOf(hash)
    .catch((error: unknown) => {
      throw new Error(`The result in this address cannot be shown: ${(error as Error).message}.`, { cause: error });
    })
    .catch(told<Report | undefined>('result', undefined));
  const own = await ownResults().catch(told<readonly ShelfItem[]>('shelf', []));
  const shared: readonly ShelfItem[] = linked === undefined ? [] : [{ id: 'link', from: 'a link', report: linked }];
  const interrupted = own.find(({ report }) => report.status === 'running');
  return { shown: shared[0] ?? interrupted ?? (await reference()), shelf: [...shared, ...own] };
}
