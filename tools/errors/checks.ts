/**
 * Checks without a function for each message: `check(is, () => text)` becomes `(is) || fail(text)`, which means the same, is shorter,
 * and makes nothing where all is well. The sources say `check`, which tells the compiler what is certain afterwards.
 *
 * @module
 */
import type MagicString from 'magic-string';
import { Visitor, type ESTree } from 'vite';

/** Rewrites the checks of a module whose text this is. */
export function inlineChecks(text: MagicString, program: ESTree.Program): void {
  const imported = program.body.find(
    (node): node is ESTree.ImportDeclaration =>
      node.type === 'ImportDeclaration' && node.specifiers.some(({ local }) => local.name === 'check'),
  );
  // The module that declares `check` declares `fail`, too; elsewhere another function may have that name.
  const fail = imported === undefined ? 'fail' : 'failCheck';
  let found = false;
  new Visitor({
    CallExpression({ start, end, callee, arguments: [condition, message] }) {
      if (callee.type !== 'Identifier' || callee.name !== 'check') return;
      if (message?.type !== 'ArrowFunctionExpression' || message.body.type === 'BlockStatement') return;
      found = true;
      text.overwrite(start, condition.start, '((');
      text.overwrite(condition.end, message.body.start, `) || ${fail}(`);
      text.overwrite(message.body.end, end, '))');
    },
  }).visit(program);
  if (found && imported !== undefined)
    text.appendLeft(imported.end, `\nimport { fail as failCheck } from ${imported.source.raw};`);
}
