/** Bundlers are told that no module has an effect, and warn of imports that could be for nothing else. */
import type { Plugin } from 'vite';

/** Takes out the imports that are left of constants which were put in place: `import "../gpu/life.js";`. */
export function dropBareImports(): Plugin {
  return {
    name: 'depthwise:bare-imports',
    apply: 'build',
    generateBundle(_, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type === 'chunk') file.code = file.code.replaceAll(/^import "\.[^"]+";\n/gm, '');
      }
    },
  };
}
