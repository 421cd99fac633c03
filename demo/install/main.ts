/** The page of `npm run bench -- --filter install`; the command line calls what `installBench` resolves to. */
import { useBackend } from '../../test/support/tfjs-census';
import { installModel } from './models';
import { race, type Race } from './race';

export interface InstallBench {
  measure(name: string, budgetMs: number): Promise<Race>;
}

declare global {
  var installBench: Promise<InstallBench> | undefined;
}

globalThis.installBench = open();
// The caller of the promise gets the error.
globalThis.installBench.catch(() => undefined);

async function open(): Promise<InstallBench> {
  await useBackend('webgpu');
  return { measure: async (name, budgetMs) => race(await installModel(name), budgetMs) };
}
