/**
 * Compiles each example of the documentation as a module of an app that uses the published types, because readers copy the
 * examples. The app is strict, uses TypeScript's own browser types, and checks the declarations of its imports.
 */
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ENTRIES, ROOT } from '../../tools/package/entries';
import { buildTypes } from '../../tools/package/types';
import { exampleGlobals } from '../support/example-globals';

/** The folder of the types in the app. */
const DIST = 'node_modules/depthwise/dist';

const OPTIONS: ts.CompilerOptions = {
  noEmit: true,
  strict: true,
  skipLibCheck: false,
  skipDefaultLibCheck: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  types: [],
  lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
};

let app: string;

beforeAll(async () => {
  app = await mkdtemp(join(tmpdir(), 'depthwise-types-'));
  const packed = join(app, 'node_modules/depthwise');
  await mkdir(packed, { recursive: true });
  await cp(join(ROOT, 'package.json'), join(packed, 'package.json'));
  await buildTypes(join(app, DIST));
  for (const peer of ['@tensorflow', '@litertjs', '@webgpu', 'onnxruntime-web', 'onnxruntime-common', 'vite']) {
    await symlink(join(ROOT, 'node_modules', peer), join(app, 'node_modules', peer), 'junction');
  }
});

afterAll(() => rm(app, { recursive: true }));

/** TypeScript's complaints about files of the app, each with the name of its file. */
function complaints(files: readonly string[], options: ts.CompilerOptions = {}): readonly string[] {
  const program = ts.createProgram([...files], { ...OPTIONS, ...options });
  return ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
    const place =
      file && `${file.fileName.slice(app.length + 1)}:${file.getLineAndCharacterOfPosition(start).line + 1}: `;
    return `${place ?? ''}${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
}

test('a fresh app needs no types but those of the package', async () => {
  const file = join(app, 'fresh.ts');
  await writeFile(
    file,
    `import { depthwiseConv2d, openGpu, type Tensor } from 'depthwise';
     const gpu = await openGpu();
     const y: Tensor = depthwiseConv2d(gpu.tensor([1, 2, 3, 4], [1, 2, 2, 1]), gpu.tensor([1], [1, 1, 1, 1]));
     export const numbers: Float32Array = await y.read();
     export const wrong: string = y.shape;`,
  );
  expect(complaints([file])).toEqual(["fresh.ts:5: Type 'readonly number[]' is not assignable to type 'string'."]);
});

test('a tensor of one entry is a tensor of another', async () => {
  const folder = join(app, DIST);
  const declared = await Promise.all(
    (await readdir(folder)).map(async (name) => [
      ...(await readFile(join(folder, name), 'utf8')).matchAll(/^declare class (\w+)/gm),
    ]),
  );
  const classes = declared.flat().map(([, name]) => name);
  expect(classes).toContain('Tensor');
  expect(classes.toSorted()).toEqual([...new Set(classes)].toSorted());
});

test.for(ENTRIES)('every example of %s compiles', async (entry) => {
  const files = await writeExamples(entry);
  expect(files.length).toBeGreaterThan(entry === 'index' ? 80 : 2);
  // The declaration files of other libraries are not under test.
  const options: ts.CompilerOptions = {
    lib: ['lib.esnext.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    skipLibCheck: true,
    types: ['@webgpu/types', 'vite/client'],
  };
  expect(complaints(files, options)).toEqual([]);
});

test.for(ENTRIES)('every function of %s has an example that calls it', (entry) => {
  const { checker, symbols } = exportsOf(entry);
  const functions = symbols.filter(
    ({ valueDeclaration }) => valueDeclaration && ts.isFunctionDeclaration(valueDeclaration),
  );
  expect(functions.length).toBeGreaterThan(entry === 'index' ? 120 : 2);
  const lacking = functions.filter(
    (symbol) =>
      !symbol
        .getJsDocTags(checker)
        .some((tag) => tag.name === 'example' && ts.displayPartsToString(tag.text).includes(`${symbol.name}(`)),
  );
  expect(lacking.map(({ name }) => name)).toEqual([]);
});

/**
 * Writes the examples of an entry, each as a module with the imports that it omits, and a file with the globals that they
 * share.
 */
async function writeExamples(entry: string): Promise<readonly string[]> {
  const texts = await Promise.all(
    (entry === 'index' ? ['index', 'shared'] : [entry]).map((name) =>
      readFile(join(app, DIST, `${name}.d.ts`), 'utf8').catch(() => ''),
    ),
  );
  const examples = texts.flatMap((text) =>
    [...text.matchAll(/^ *\* ```ts\n(.*?)^ *\* ```$/gms)].map(([, lines]) => lines.replace(/^ *\* ?/gm, '')),
  );
  const modules = [...new Set([entry, 'index'])].map(
    (name) => [name === 'index' ? 'depthwise' : `depthwise/${name}`, namesOf(name)] as const,
  );
  const globals = join(app, `${entry}-globals.d.ts`);
  await writeFile(globals, exampleGlobals[entry]);
  const files = [...new Set(examples)].map(async (example, i) => {
    const file = join(app, `${entry}-example-${i}.ts`);
    await writeFile(file, `${importsOf(example, modules)}${example}export {};\n`);
    return file;
  });
  return [globals, ...(await Promise.all(files))];
}

function namesOf(entry: string): readonly string[] {
  return exportsOf(entry).symbols.map(({ name }) => name);
}

/** The exports of an entry's declaration file. */
function exportsOf(entry: string): { readonly checker: ts.TypeChecker; readonly symbols: readonly ts.Symbol[] } {
  const file = join(app, DIST, `${entry}.d.ts`);
  const program = ts.createProgram([file], { ...OPTIONS, skipLibCheck: true, noLib: true });
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(file)!)!;
  const symbols = checker.getExportsOfModule(module).map((symbol) => {
    return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  });
  return { checker, symbols };
}

/** The imports of the names that an example uses but neither declares nor imports. */
function importsOf(example: string, modules: readonly (readonly [from: string, names: readonly string[]])[]): string {
  const words = new Set(example.replaceAll(/\/\/.*$|'[^']*'/gm, '').match(/(?<!\.)\b[a-z_]\w*\b/gi));
  const declared = /(?:const|let|using|import) (?:type )?([{[][^}\]]*[}\]]|\* as \w+|\w+)/g;
  const own = new Set([...example.matchAll(declared)].flatMap(([, names]) => names.match(/\w+/g) ?? []));
  return modules
    .map(([from, names]) => {
      const used = names.filter((name) => words.has(name) && !own.has(name));
      for (const name of used) own.add(name);
      return used.length === 0 ? '' : `import { ${used.join(', ')} } from '${from}';\n`;
    })
    .join('');
}
