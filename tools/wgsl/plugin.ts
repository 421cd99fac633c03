/** How `import shader from './x.wgsl'` becomes a `Shader`: for the dev server, the tests and the library's build alike. */
import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import type { Plugin } from 'vite';
import { checkDirectives } from './directives.ts';
import { reflect } from './reflect.ts';

/** Imports of `.wgsl` files; builds leave comments and layout out. */
export function shaders(): Plugin {
  let isBuild = false;
  return {
    name: 'depthwise:shaders',
    enforce: 'pre',
    configResolved: ({ command }) => {
      isBuild = command === 'build';
    },
    load: {
      filter: { id: /\.wgsl$/ },
      async handler(id) {
        const source = await readFile(id, 'utf8');
        checkDirectives(source, relative('', id));
        const code = isBuild ? stripWgsl(source) : source;
        const shader = { ...reflect(source, relative('', id)), code };
        return { code: `export default ${JSON.stringify(shader)};`, map: null, moduleType: 'js' };
      },
    },
  };
}

/**
 * A consumer's minifier cannot shorten a string, so the library build removes comments, indentation, blank lines and spaces.
 * It keeps `// @unroll` and `// @flush`, each on a line of its own, because the specialiser reads them at run time.
 */
export function stripWgsl(source: string): string {
  if (source.includes('/*')) throw new Error('block comments nest in WGSL; write `//`');
  return source
    .split('\n')
    .map((line) => (/^ *\/\/ @(unroll|flush)\b/.test(line) ? line.trim() : tight(line.replace(/\/\/.*/, '').trim())))
    .filter((line) => line !== '')
    .join('\n');
}

/** A statement without the spaces that nothing needs. Declarations and loops keep theirs, since the specialiser looks for them. */
function tight(line: string): string {
  if (/^(?:const|alias|fn|struct|for|@)|array</.test(line)) return line;
  return line.replace(/(?<=[\w)\]]) ([-+*/%&|<>]|[<>=!]=|&&|\|\|) (?=[\w(!])/g, '$1').replaceAll(', ', ',');
}
