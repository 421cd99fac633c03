/** The types of the package. */
import { rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';
import { ENTRIES, PEERS, ROOT } from './entries.ts';

/**
 * Writes the types of every entry into a folder. Types that two entries share are declared once, in `shared.d.ts`, because a
 * class that was declared twice would be two types.
 */
export async function buildTypes(folder: string): Promise<void> {
  const bundle = await rollup({
    input: ENTRIES.map((name) => `${ROOT}/src/${name}.ts`),
    external: PEERS,
    // A file of its own for shared types is intended here.
    onLog: (level, log, handle) => {
      if (log.plugin !== 'dts') handle(level, log);
    },
    plugins: [dts({ tsconfig: `${ROOT}/src/tsconfig.json`, compilerOptions: { stripInternal: true } })],
  });
  await bundle.write({
    dir: folder,
    entryFileNames: '[name].d.ts',
    chunkFileNames: 'shared.d.ts',
    // A tensor is Disposable. An app with an older target must not need to know that type.
    banner: '/// <reference lib="esnext.disposable" />',
  });
  await bundle.close();
}
