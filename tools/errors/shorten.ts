/**
 * The text of an error in a production app: the function, the argument, the numbers and a code. The package's table gives the
 * full text for the code. The sources stay unchanged; this works on the parser's tree of them.
 *
 * @module
 */
import type { ESTree } from 'vite';

/** A message in both forms. */
export interface Shortened {
  /** Where its expression stands in the source. */
  readonly start: number;
  readonly end: number;
  /** The expression that replaces it. */
  readonly code: string;
  /** Its key in the table: four letters or digits that depend on its words alone. */
  readonly key: string;
  /** Its words, with each filled-in value as `{name}`. */
  readonly words: string;
  /** Its words alone, from which the key is computed. */
  readonly bare: string;
}

/** A part of a message: words, a filled-in value, or one of two such texts. */
type Part =
  | { readonly words: string }
  | { readonly filledIn: string }
  | { readonly test: string; readonly either: readonly Part[]; readonly or: readonly Part[] };

/** In a short message, the words that say what is wrong end before one of these. */
const VERBS = new Set(
  'is are was were has have does do must would needs need takes take names gives there belongs belong add adds'.split(
    ' ',
  ),
);
const ARTICLES = new Set(['a', 'an', 'the']);
const MOST_WORDS = 3;

/**
 * A message without filled-in values keeps all its words up to the remedy, but at most this many, because it has nothing else.
 */
const MOST_WORDS_ALONE = 10;

/**
 * Every message of an expression: those of its branches, if it is a condition.
 *
 * @param source the text of the file
 * @returns nothing for an expression that is no text itself, such as a variable
 */
export function shorten(source: string, node: ESTree.Expression): readonly Shortened[] {
  if (node.type === 'ParenthesizedExpression') return shorten(source, node.expression);
  if (node.type === 'ConditionalExpression') {
    return [...shorten(source, node.consequent), ...shorten(source, node.alternate)];
  }
  if (!isText(node)) return [];
  const parts = partsOf(source, node);
  const bare = spelt(parts, () => '');
  const key = keyOf(bare);
  const words = spelt(parts, (filledIn) => filledIn.replace(/\s+/g, ' '));
  return [
    { start: node.start, end: node.end, code: `\`${shortText(parts)} (depthwise error ${key})\``, key, words, bare },
  ];
}

/** The words of a message, with the name of each filled-in value in braces. */
function spelt(parts: readonly Part[], named: (filledIn: string) => string): string {
  const texts = parts.map((part) => {
    if ('words' in part) return part.words;
    if ('filledIn' in part) return `{${named(part.filledIn)}}`;
    const [either, or] = [spelt(part.either, named), spelt(part.or, named)];
    return either !== '' && or !== '' ? `<${either} | ${or}>` : `<${either}${or}>`;
  });
  return texts.join('');
}

/** Four letters and digits. In one of 13 sets of 500 messages, two have the same key, and the build then reports it. */
function keyOf(words: string): string {
  let hash = 0x81_1c_9d_c5;
  for (const letter of words) hash = Math.imul(hash ^ letter.codePointAt(0)!, 0x01_00_01_93) >>> 0;
  return (hash % 36 ** 4).toString(36).padStart(4, '0');
}

function isText(node: ESTree.Expression): boolean {
  switch (node.type) {
    case 'TemplateLiteral':
      return true;
    case 'Literal':
      return typeof node.value === 'string';
    case 'ParenthesizedExpression':
      return isText(node.expression);
    case 'BinaryExpression':
      return node.operator === '+' && (isText(node.left) || isText(node.right));
    case 'ConditionalExpression':
      return isText(node.consequent) && isText(node.alternate);
    default:
      return false;
  }
}

function partsOf(source: string, node: ESTree.Expression): readonly Part[] {
  if (node.type === 'ParenthesizedExpression') return partsOf(source, node.expression);
  if (node.type === 'TemplateLiteral') {
    return node.quasis.flatMap(({ value }, i) => [
      { words: value.cooked ?? '' },
      ...(i < node.expressions.length ? partsOf(source, node.expressions[i]) : []),
    ]);
  }
  if (node.type === 'Literal' && typeof node.value === 'string') return [{ words: node.value }];
  if (node.type === 'ConditionalExpression' && isText(node)) {
    const [either, or] = [partsOf(source, node.consequent), partsOf(source, node.alternate)];
    return [{ test: source.slice(node.test.start, node.test.end), either, or }];
  }
  if (node.type === 'BinaryExpression' && node.left.type !== 'PrivateIdentifier' && isText(node)) {
    return [...partsOf(source, node.left), ...partsOf(source, node.right)];
  }
  return [{ filledIn: source.slice(node.start, node.end) }];
}

/** Function, argument and numbers, as the text between the backticks of a template. */
function shortText(parts: readonly Part[]): string {
  const all = parts.filter((part) => !('words' in part && part.words === ''));
  const [op, words] = 'filledIn' in all[0] ? [fill(all[0]), all[1]] : ['', all[0]];
  if (words === undefined || !('words' in words)) return build(all, builder(op));
  const rest = all.slice(op === '' ? 1 : 2);
  const opening = openingOf(
    words.words,
    rest.every((part) => 'words' in part),
  );
  const hex = words.words.endsWith(' 0x') ? ' 0x' : '';
  const isTight = op + opening === '' || /[[. ]$/.test(opening) || hex !== '';
  return build(rest, { ...builder(op + escaped(opening) + hex), isRemedy: words.words.includes(';'), isTight });
}

/** A short text while it is being built. */
interface Builder {
  text: string;
  /** The values that are filled in already. */
  readonly said: Set<string>;
  /** Whether the following words are the remedy. */
  isRemedy: boolean;
  /** Whether no space comes next. */
  isTight: boolean;
}

function builder(text: string): Builder {
  return { text, said: new Set(), isRemedy: false, isTight: text === '' };
}

/** The values after the opening, without the words. */
function build(parts: readonly Part[], made: Builder): string {
  for (const part of parts) {
    if ('words' in part) {
      const { words } = part;
      if (words === 'x' || words === '[' || words === '.') made.text += words;
      else if (words.startsWith(']') && made.text.includes('[$')) made.text += ']';
      if (words.endsWith(' 0x')) made.text += ' 0x';
      made.isTight = /(?:^x|^\[|^\.| 0x)$/.test(words);
      made.isRemedy ||= words.includes(';');
    } else if ('test' in part) {
      const [either, or] = [part.either, part.or].map((one) =>
        build(one, { text: '', said: new Set(made.said), isRemedy: made.isRemedy, isTight: false }),
      );
      if (either !== '' || or !== '') made.text += `\${${part.test} ? \`${either}\` : \`${or}\`}`;
    } else if (!made.said.has(part.filledIn) && !(made.isRemedy && /\.join\(|^'/.test(part.filledIn))) {
      // The remedy repeats numbers that were given before, and lists the right values, which the table has, too.
      made.said.add(part.filledIn);
      append(made, fill(part));
    }
  }
  return made.text;
}

function append(made: Builder, text: string): void {
  made.text += (made.isTight ? '' : ' ') + text;
  made.isTight = false;
}

function fill(part: Part): string {
  return 'filledIn' in part ? `\${${part.filledIn}}` : '';
}

/**
 * The function, and the first words of what is wrong, which are mostly the argument's name.
 *
 * @param isAll whether no filled-in value follows them
 */
function openingOf(words: string, isAll: boolean): string {
  const head = /^(?:[\w.]*: )?/.exec(words)![0];
  const clause = /^[^;(,]*/.exec(words.slice(head.length))![0].trim().split(' ');
  if (isAll) return head + clause.slice(0, MOST_WORDS_ALONE).join(' ');
  const end = clause.findIndex((word) => VERBS.has(word));
  const subject = (end < 0 ? clause : clause.slice(0, end))
    .map((word) => word.replace(/^['`]+|[:'`]+$/g, ''))
    .filter((word) => word !== '');
  // matMul has an argument named `a`.
  const named = subject.length > 1 && ARTICLES.has(subject[0]) ? subject.slice(1) : subject;
  return head + named.slice(0, MOST_WORDS).join(' ');
}

function escaped(words: string): string {
  return words.replace(/[\\`]|\$\{/g, '\\$&');
}
