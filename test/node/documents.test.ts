/**
 * Every block of code in the documents is quoted from a file that a test runs. A comment above the block names the file.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };

/** A block of code, and the file that the comment above it names: `<!-- examples/x/main.ts -->`. */
interface Block {
  readonly language: string;
  readonly code: string;
  readonly file: string | undefined;
}

const pagesIn = (folder: string): string[] => readdirSync(folder).filter((name) => name.endsWith('.md'));

const DOCUMENTS = [...pagesIn('.'), ...pagesIn('guides').map((name) => `guides/${name}`), 'examples/README.md'];

const BLOCK = /(?:^<!-- (\S+) -->\n+)?^```(\w+)\n(.*?)^```$/gms;

function blocksOf(document: string): readonly Block[] {
  return [...document.matchAll(BLOCK)].map(([, file, language, code]) => ({ file, language, code }));
}

/** Removes the indentation that all lines share. */
function outdented(code: string): string {
  const lines = code.split('\n');
  const margins = lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/));
  return lines
    .map((line) => line.slice(Math.min(...margins)).trimEnd())
    .join('\n')
    .trim();
}

/** Whether the file contains these lines in a row, at any indentation. */
function quotes(source: string, code: string): boolean {
  const wanted = outdented(code).split('\n');
  const lines = source.split('\n');
  return lines.some((_, i) => outdented(lines.slice(i, i + wanted.length).join('\n')) === wanted.join('\n'));
}

/** Three dots mark the place where a quotation leaves lines out. */
const LEFT_OUT = /^\s*\/\/ \.\.\.\n/m;

describe.for(DOCUMENTS)('%s', (document) => {
  const text = readFileSync(document, 'utf8');
  const programs = blocksOf(text).filter(({ language }) => language !== 'sh');

  test.for(programs)('quotes $file', ({ file, code }) => {
    expect(file, `no file is named above:\n${code}`).toBeDefined();
    expect(existsSync(file!), `there is no ${file}`).toBe(true);
    const source = readFileSync(file!, 'utf8');
    for (const part of code.split(LEFT_OUT)) expect(quotes(source, part), `${file} lacks:\n${part}`).toBe(true);
  });

  test('names scripts and files that there are', () => {
    const scripts = [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name);
    expect(Object.keys(packageJson.scripts)).toEqual(expect.arrayContaining(scripts));
    const folder = document.includes('/') ? document.slice(0, document.lastIndexOf('/') + 1) : '';
    const links = [...text.matchAll(/\]\((?!\w+:|#)([^)#]+)/g)].map(([, path]) => `${folder}${path}`);
    expect(links.filter((path) => !existsSync(path))).toEqual([]);
  });
});

test('a quotation that differs from its source is found', () => {
  const source = 'function f() {\n  const a = 1;\n\n  return a;\n}\n';
  expect(quotes(source, 'const a = 1;\n\nreturn a;\n')).toBe(true);
  expect(quotes(source, 'const a = 2;\n')).toBe(false);
  expect(quotes(source, 'const a = 1;\nreturn a;\n')).toBe(false);
});
