/**
 * The bounds of unrolled loops are evaluated without `eval`.
 */
import { describe, expect, test } from 'vitest';
import { evaluate } from '../../src/kernels/const-expression';

describe('a const-expression', () => {
  const names = { A: 7, B: 'A - 2u', C: 'B * B' };
  test.for([
    ['3', 3],
    ['3u', 3],
    [' 2u + 3u * 4u ', 14],
    ['(2u + 3u) * 4u', 20],
    ['10 - 4 - 3', 3],
    ['24 / 4 / 2', 3],
    ['7 / 2 * 2', 6],
    ['-7 / 2', -3],
    ['-7 % 3', -1],
    ['- - 2', 2],
    ['A % 4u', 3],
    ['C', 25],
    ['min(A, B) + max(1u, 2u)', 7],
    ['max(min(9, A), (1 + 1))', 7],
  ] as const)('%s is %i', ([text, value]) => {
    expect(evaluate(text, names)).toBe(value);
  });

  test.for([
    '',
    '1 +',
    '(1',
    '1)',
    '1 2',
    'x',
    'toString',
    'min(1)',
    'min(1, 2',
    'clamp(1, 2)',
    '1.5',
    '1 << 2',
    '3x',
    ')',
    'A / 0',
    'A % (B - 5)',
  ])('`%s` is an error', (text) => {
    expect(() => evaluate(text, names)).toThrow(`\`${text}\``);
  });
});
