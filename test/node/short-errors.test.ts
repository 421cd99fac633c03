/** The short form of error messages in the production build. */
import { describe, expect, test } from 'vitest';
import { addTo, messagesOf } from '../../tools/errors/plugin';
import type { Shortened } from '../../tools/errors/shorten';

describe('a message', () => {
  const short = (message: string): string => messagesOf(`check(x, () => ${message});`, 'a.ts')[0].code;
  const cases: readonly (readonly [message: string, short: string])[] = [
    // A number that the remedy repeats appears only once. Lists in the remedy appear only in the package's table of errors.
    ['`${op}: filter ${f} is for ${m} channels but x has ${n}; give ${n} or ${m}`', '${op}: filter ${f} ${m} ${n}'],
    ['`${op}: method is ${show(m)}; it is one of ${METHODS.join(", ")}`', '${op}: method ${show(m)}'],
    ['`${op}: ${name} is ${show(v)} but must be ${least}`', '${op}: ${name} ${show(v)} ${least}'],
    // Articles and verbs are not kept as argument names, but `a` can also be an argument, as in matMul.
    ['`${op}: the input has rank ${r}; reshape it`', '${op}: input ${r}'],
    ['`${op}: a ${shape} has ${n} columns`', '${op}: a ${shape} ${n}'],
    ['`${op}: there is no option ${name}`', '${op}: ${name}'],
    // A message without values keeps its words.
    ['"gpu.read: the device is gone; open a new one"', 'gpu.read: the device is gone'],
    ['`${op}: tensors[${i}] is ${shape}`', '${op}: tensors[${i}] ${shape}'],
    ['`${op}: usage is 0x${bits} without STORAGE (0x80)`', '${op}: usage 0x${bits}'],
    ['`${op}: x is ${a}` + (a === b ? "" : ` to ${b}`)', '${op}: x ${a}${a === b ? `` : ` ${b}`}'],
    ['`${what} is ${show(v)}; ${v ? "say so" : "say no"}`', '${what} ${show(v)}'],
  ];

  test.for(cases)('%s', ([message, wanted]) => {
    expect(short(message)).toMatch(/ \(depthwise error [0-9a-z]{4}\)`$/);
    expect(short(message).replace(/^`| \(depthwise error .*/g, '')).toBe(wanted);
  });

  test('is found in a check, a fail, an Error, both branches, and the function that makes it', () => {
    const code = `
      function words(n) { return \`f: a is \${n}\`; }
      check(ok, () => words(1));
      fail('f: b is wrong');
      throw new TypeError(late ? 'f: c is late' : \`f: d is \${n}\`);
      console.log('f: e is no error');`;
    expect(messagesOf(code, 'a.ts').map(({ words }) => words)).toEqual([
      'f: a is {n}',
      'f: b is wrong',
      'f: c is late',
      'f: d is {n}',
    ]);
  });

  test('has a code that its words alone decide, and no two messages share one', () => {
    const [one] = messagesOf('fail(`f: x is ${a}`)', 'a.ts');
    const [renamed] = messagesOf('fail(`f: x is ${b.c}`)', 'b.ts');
    const [other] = messagesOf('fail(`f: y is ${a}`)', 'a.ts');
    expect(renamed.key).toBe(one.key);
    expect(other.key).not.toBe(one.key);
    const table = new Map<string, Shortened>();
    addTo(table, one);
    expect(() => addTo(table, renamed)).not.toThrow();
    expect(() => addTo(table, { ...other, key: one.key })).toThrow(`two errors have the code ${one.key}`);
  });
});
