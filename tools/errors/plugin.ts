/** Builds the library without the words of its errors, and the table that holds the words. */
import MagicString from 'magic-string';
import { parseSync, Visitor, type ESTree, type Plugin } from 'vite';
import { inlineChecks } from './checks.ts';
import { shorten, type Shortened } from './shorten.ts';

/** Functions that take a message: as their last argument, or as what that argument returns. */
const TELLERS = new Set(['check', 'fail']);

/** Shortens the messages of the library's errors, and adds the table of them to the build. */
export function shortErrors(): Plugin {
  const table = new Map<string, Shortened>();
  return {
    name: 'depthwise:short-errors',
    apply: 'build',
    buildStart: () => table.clear(),
    transform: {
      filter: { id: /\/src\/.*\.ts$/ },
      handler(code, id) {
        const program = parsed(code, id);
        const messages = messagesIn(code, program);
        const short = new MagicString(code);
        for (const message of messages) {
          addTo(table, message);
          short.overwrite(message.start, message.end, message.code);
        }
        inlineChecks(short, program);
        return short.hasChanged() ? { code: short.toString(), map: null } : null;
      },
    },
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'errors.md', source: tableOf(table) });
    },
  };
}

/**
 * The messages of a module.
 *
 * @param code as JavaScript
 * @param id its name, for errors
 */
export function messagesOf(code: string, id: string): readonly Shortened[] {
  return messagesIn(code, parsed(code, id));
}

function parsed(code: string, id: string): ESTree.Program {
  const { program, errors } = parseSync(id.replace(/\.ts$/, '.js'), code);
  if (errors.length > 0) throw new Error(`${id}: ${errors[0].message}`);
  return program;
}

function messagesIn(code: string, program: ESTree.Program): readonly Shortened[] {
  const functions = new Map<string, ESTree.Function>();
  const found = new Map<number, Shortened>();
  const tell = (node: ESTree.Argument | undefined): void => {
    if (node === undefined || node.type === 'SpreadElement') return;
    if (node.type === 'ArrowFunctionExpression') {
      for (const result of resultsOf(node)) tell(result);
    } else if (node.type === 'CallExpression' && node.callee.type === 'Identifier') {
      const maker = functions.get(node.callee.name);
      if (maker !== undefined) for (const result of resultsOf(maker)) tell(result);
    } else {
      for (const message of shorten(code, node)) found.set(message.start, message);
    }
  };
  for (const node of program.body)
    if (node.type === 'FunctionDeclaration' && node.id !== null) functions.set(node.id.name, node);
  new Visitor({
    CallExpression({ callee, arguments: given }) {
      if (callee.type === 'Identifier' && TELLERS.has(callee.name)) tell(given.at(-1));
    },
    NewExpression({ callee, arguments: given }) {
      if (callee.type === 'Identifier' && callee.name.endsWith('Error')) tell(given[0]);
    },
  }).visit(program);
  return [...found.values()];
}

/** The values that a function returns: an arrow's expression, or those of the `return`s in its body. */
function resultsOf(maker: ESTree.ArrowFunctionExpression | ESTree.Function): readonly ESTree.Expression[] {
  const { body } = maker;
  if (body === null) return [];
  if (body.type !== 'BlockStatement') return [body];
  return body.body.flatMap((statement) =>
    statement.type === 'ReturnStatement' && statement.argument !== null ? [statement.argument] : [],
  );
}

/** @throws if another message has the same key */
export function addTo(table: Map<string, Shortened>, message: Shortened): void {
  const { key, words, bare } = message;
  const other = table.get(key) ?? message;
  if (other.bare !== bare) {
    throw new Error(`two errors have the code ${key}; change a word of one of them:\n${other.words}\n${words}`);
  }
  table.set(key, other);
}

function tableOf(table: ReadonlyMap<string, Shortened>): string {
  const rows = [...table].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, { words }]) => `- \`${key}\` ${words}`);
  return `# Errors

The whole text of each error, by its code. What stands in braces is filled in, and of \`<one | other>\` it says one. The build for
development has all of it in the error itself: see guides/errors.md.

${rows.join('\n')}
`;
}
