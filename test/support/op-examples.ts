/** The examples in the doc comments of ops, statement by statement, with the shapes that their comments state. */

export interface Statement {
  /** An expression. */
  readonly code: string;
  /** The declared names: the value, elements of it or fields of it. */
  readonly names: readonly string[];
  readonly takes: 'value' | 'elements' | 'fields';
  /** The tensors that it reads but the example does not make. */
  readonly reads: readonly string[];
  /** Shapes of them, by name. */
  readonly given: Readonly<Record<string, readonly number[]>>;
  /** The shapes of the value or its elements; a single one applies to all. */
  readonly expected: readonly (readonly number[])[];
}

export interface Example {
  /** The function that the example belongs to. */
  readonly op: string;
  readonly statements: readonly Statement[];
}

const EXAMPLE = /@example\n \* ```ts\n(.*?) \* ```.*?\nexport function (\w+)/gs;
const STATEMENT = /^(?:(?:const|using) (.*?) = )?(.*);\s*(?:\/\/ (.*))?$/s;
/** A shape, and the word before it. A word between two shapes is the sign of a product. */
const SHAPE = /(?:(?<!\] )\b(\w+) )?\[([\d, ]+)\]/g;

/** @param tensors names that stand for the app's tensors */
export function examplesOf(source: string, tensors: readonly string[]): readonly Example[] {
  return [...source.matchAll(EXAMPLE)].map(([, lines, op]) => {
    const made = new Set<string>();
    const statements = split(lines.replaceAll(/^ \* /gm, '')).map((text) => {
      const statement = read(
        text,
        tensors.filter((name) => !made.has(name)),
      );
      for (const name of statement.names) made.add(name);
      return statement;
    });
    return { op, statements };
  });
}

/** A statement may take several lines, and a comment may have a line of its own. */
function split(example: string): readonly string[] {
  const statements: string[] = [];
  let open = '';
  for (const line of example.trimEnd().split('\n')) {
    if (line.startsWith('//')) continue;
    open += `${line}\n`;
    if (!/;\s*(\/\/.*)?$/.test(line)) continue;
    statements.push(open.trimEnd());
    open = '';
  }
  return statements;
}

function read(text: string, tensors: readonly string[]): Statement {
  const [, declared = '', expression, comment = ''] = STATEMENT.exec(text)!;
  // Nothing runs, so nothing can be read: a tensor stands for its numbers.
  const isRead = expression.startsWith('await ');
  const code = expression.replace(/^await (.*)\.read\(\)$/s, '$1');
  const isList = declared.startsWith('[') && !isRead;
  // The numbers in gpu.tensor(numbers, shape) are not a tensor.
  const words = code.replaceAll(/gpu\.tensor\(\w+|'[^']*'|\w+:|\.\w+/g, '').match(/\b[a-z]\w*\b/gi) ?? [];
  const reads = [...new Set(words)].filter((word) => tensors.includes(word));
  const [before, after] = comment.includes('->')
    ? comment.split('->')
    : reads.length > 0
      ? [comment, '']
      : ['', comment];
  return {
    code,
    names: declared.match(/\w+/g) ?? [],
    takes: isList ? 'elements' : declared.startsWith('{') ? 'fields' : 'value',
    reads,
    given: shapesOf(before, reads),
    expected: [...after.matchAll(SHAPE)].map(([, , sizes]) => sizes.split(',').map(Number)),
  };
}

/** A shape that follows a name belongs to that tensor; the others go to the tensors in order. */
function shapesOf(comment: string, reads: readonly string[]): Readonly<Record<string, readonly number[]>> {
  const given: Record<string, readonly number[]> = {};
  for (const [i, [, own = '', sizes]] of [...comment.matchAll(SHAPE)].entries()) {
    const shape = sizes.split(',').map(Number);
    const of = own === 'of' && comment.includes('two of') ? reads : [reads.includes(own) ? own : reads[i]];
    for (const each of of) if (each !== undefined) given[each] ??= shape;
  }
  return given;
}
