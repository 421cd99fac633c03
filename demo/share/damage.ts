/** What is wrong with a result, in words: the place in the file, what is there, and what belongs there. */
import type * as v from 'valibot';

/** More of a text that does not belong there helps nobody. */
const MOST_LETTERS = 40;

export function damageOf(issue: v.BaseIssue<unknown>): string {
  const place = placeOf(issue);
  if (issue.input === undefined) return `${place} is missing`;
  return `${place} is ${inputText(issue.input)}, where ${expectedText(issue)} belongs`;
}

/** As a program would write it: `rows[0].result.ms`. */
function placeOf({ path }: v.BaseIssue<unknown>): string {
  const keys = (path ?? []).map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`));
  return keys.join('').replace(/^\./, '');
}

function inputText(input: unknown): string {
  if (Array.isArray(input)) return input.length === 0 ? 'an empty list' : `a list of ${input.length}`;
  if (typeof input === 'object' && input !== null) return 'an object';
  const text = JSON.stringify(input);
  return text.length > MOST_LETTERS ? `${text.slice(0, MOST_LETTERS)} ...` : text;
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  min_length: 'a longer list',
  iso_timestamp: 'a time such as "2026-11-30T12:00:00.000Z"',
};

function expectedText({ type, expected, requirement }: Issue): string {
  if (type === 'gt_value') return `a number above ${String(requirement)}`;
  if (type === 'min_value') return `a number of at least ${String(requirement)}`;
  if (type === 'max_length') return `a text of at most ${String(requirement)} letters`;
  if (type === 'picklist') return `one of ${(expected ?? '').replace(/[()]/g, '').replaceAll(' | ', ', ')}`;
  return TYPES[type] ?? 'something else';
}

type Issue = v.BaseIssue<unknown> & { readonly requirement?: unknown };
