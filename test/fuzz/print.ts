/** Prints a case as TypeScript: the call for a reader, and the data for the list `found` in test/browser/fuzz.test.ts. */
import { callOf, type ConvCase, type Source } from './case';

/** Text that is printed as it is, such as a call that makes a tensor. */
export class Words {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** `depthwiseConv2d(random([1, 5, 5, 4], 7), random([3, 3, 4, 1], 8), { padding: 'same' })`. */
export function printCall(c: ConvCase): string {
  const { args, options } = callOf(c, (source) => new Words(printSource(source)));
  const { variant, rule, isPacked } = c;
  const ruled = rule === undefined ? '' : `by the rule for a ${rule}`;
  const by = variant === undefined ? ruled : `by ${variant.kernel}, tile ${literal(variant.tile)}`;
  const how = [by, isPacked ? 'halves packed in words' : ''].filter((words) => words !== '').join('; ');
  return `${c.op}(${[...args, options].map(literal).join(', ')})${how && ` // ${how}`}`;
}

/** `{ op: 'depthwiseConv2d', x: [1, 5, 5, 4], ... }`. */
export function printCase(c: ConvCase): string {
  return literal(c);
}

function printSource({ shape, seed, positive, dtype }: Source): string {
  return `${positive ? 'positive' : 'random'}(${literal(shape)}, ${seed}${dtype === 'f16' ? ", 'f16'" : ''})`;
}

/** A value in TypeScript syntax. */
export function literal(value: unknown): string {
  if (value instanceof Words) return value.text;
  if (typeof value === 'string') return `'${value}'`;
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return fields.length === 0 ? '{}' : `{ ${fields.map(([name, field]) => `${name}: ${literal(field)}`).join(', ')} }`;
}
