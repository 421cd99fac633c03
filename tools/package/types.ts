/** The types of the package. */
import { rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';
import { ENTRIES, PEERS, ROOT } from './entries.ts';

/**
 * Writes the types of every entry into a folder. What two entries have in common is declared once, in `shared.d.ts`: a class
 * that was declared twice would be two types.
 */
export async function buildTypes(folder: string): Promise<void> {
  const bundle = await rollup({
    input: ENTRIES.map((name) => `${ROOT}/src/${name}.ts`),
    external: PEERS,
    // That what two entries share has a file of its own is what is wanted.
    onLog: (level, log, handle) => {
      if (log.plugin !== 'dts') handle(level, log);
    },
    plugins: [dts({ tsconfig: `${ROOT}/src/tsconfig.json`, compilerOptions: { stripInternal: true } })],
  });
  await bundle.write({
    dir: folder,
    entryFileNames: '[name].d.ts',
    chunkFileNames: 'shared.d.ts',
    // A tensor is Disposable; an app whose target is older than that must not have to know.
    banner: '/// <reference lib="esnext.disposable" />',
  });
  await bundle.close();
}
