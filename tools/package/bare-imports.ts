/** Bundlers are told that modules have no side effects, and warn of imports that could only serve a side effect. */
import type { Plugin } from 'vite';

/** Removes imports that are left over after their constants were inlined: `import "../gpu/life.js";`. */
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
