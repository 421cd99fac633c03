/**
 * The page of `npm run bench -- --filter host`: what calls cost its thread. `?library=address`, once per build, says which
 * builds of the library are measured; the command line calls what `hostBench` resolves to, row after row.
 */
import type { Library } from '../networks/library-calls';
import { measureRow, type Samples, type Side } from './measure';
import { HOST_ROWS } from './rows';

export interface HostBench {
  /** By the row's name. */
  measure(name: string, budgetMs: number): Promise<Samples>;
}

declare global {
  var hostBench: Promise<HostBench> | undefined;
}

globalThis.hostBench = open(new URLSearchParams(location.search).getAll('library'));
// The caller of the promise gets the error.
globalThis.hostBench.catch(() => undefined);

async function open(addresses: readonly string[]): Promise<HostBench> {
  const sides: Side[] = [];
  for (const address of addresses) {
    const library = (await import(/* @vite-ignore */ address)) as Library;
    sides.push({ library, gpu: await library.openGpu() });
  }
  return {
    measure(name, budgetMs) {
      const row = HOST_ROWS.find((known) => known.name === name);
      if (row === undefined) throw new Error(`there is no row "${name}"`);
      return measureRow(row, sides, budgetMs);
    },
  };
}
