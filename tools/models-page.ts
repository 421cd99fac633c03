/**
 * The page that says which ops of which formats are computed, and where. It is made of the tables that the loaders use.
 */
import type { Dialect, OpDefinition } from '../src/load/dialect';

const HEAD = `# Ops of model files

This page is made of the tables that the loaders use; \`test/node/models-page.test.ts\` compares the two, and writes it anew with \`-u\`.

**GPU**: a call of this library's functions, compiled and fused with its neighbours. **CPU**: on constants when the model is
loaded, on shapes between calls, and on results that are read back. Where both are said, constants and shapes are computed on
the CPU, data on the GPU. A file with an op that is not here is refused when it is loaded, with all such ops in one error.
`;

/** The page as Markdown. */
export function modelsPage(dialects: readonly Dialect[]): string {
  return [HEAD, ...dialects.map(sectionOf)].join('\n');
}

function sectionOf({ name, ops }: Dialect): string {
  const sorted = [...ops].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const rows = sorted.map(([op, definition]) => `| ${op} | ${inputsOf(definition)} | ${placesOf(definition)} |`);
  return [`## ${name}`, '', `${ops.size} ops.`, '', '| op | inputs | computed on |', '|---|---|---|', ...rows, ''].join(
    '\n',
  );
}

function inputsOf({ inputs: [least, most] }: OpDefinition): string {
  if (least === most) return String(least);
  return most === Infinity ? `${least} or more` : `${least} to ${most}`;
}

function placesOf({ gpu, host, shapeOnly = false }: OpDefinition): string {
  if (shapeOnly) return 'CPU, from the shape alone';
  return [...(gpu === undefined ? [] : ['GPU']), ...(host === undefined ? [] : ['CPU'])].join(', ');
}
