/**
 * The cache behind programs, pipelines and uniforms: what it drops, when it drops it, and whom it tells.
 */
import { describe, expect, test } from 'vitest';
import { createCache } from '../../src/kernels/cache';
import { randomValues } from '../support/random';

describe('a cache', () => {
  test('drops what was used least recently', () => {
    const dropped: number[] = [];
    const cache = createCache<string, number>({ entries: 2, dropped: (value) => dropped.push(value) });
    cache.set('a', 1);
    cache.set('b', 2);
    expect(cache.get('a')).toBe(1);
    cache.set('c', 3);
    expect(dropped).toEqual([2]);
    expect([cache.get('a'), cache.get('b'), cache.get('c'), cache.size]).toEqual([1, undefined, 3, 2]);
  });

  test('does not count a peek as a use', () => {
    const cache = createCache<string, number>({ entries: 2 });
    cache.set('a', 1);
    cache.set('b', 2);
    expect(cache.peek('a')).toBe(1);
    cache.set('c', 3);
    expect([cache.peek('a'), cache.peek('b'), cache.peek('c')]).toEqual([undefined, 2, 3]);
  });

  test('reports values that are replaced, deleted or cleared, but not a value that is set again', () => {
    const dropped: string[] = [];
    const cache = createCache<number, string>({ dropped: (value) => dropped.push(value) });
    for (const key of [1, 2, 3]) cache.set(key, `value ${key}`);
    cache.set(1, 'value 1');
    expect(dropped).toEqual([]);
    cache.set(1, 'another');
    cache.delete(2);
    cache.delete(2);
    expect(dropped).toEqual(['value 1', 'value 2']);
    cache.clear();
    expect(dropped).toEqual(['value 1', 'value 2', 'value 3', 'another']);
    expect(cache.size).toBe(0);
  });

  test('keeps to a number of bytes', () => {
    const cache = createCache<number, string>({ weight: { bound: 10, of: (value) => value.length } });
    cache.set(1, 'four');
    cache.set(2, 'four');
    expect(cache.weight).toBe(8);
    cache.set(2, 'sixsix');
    expect([cache.weight, cache.size]).toEqual([10, 2]);
    cache.set(2, 'sixsix');
    expect([cache.weight, cache.size]).toEqual([10, 2]);
    cache.set(3, 'five5');
    expect([cache.weight, cache.peek(1), cache.peek(2), cache.peek(3)]).toEqual([5, undefined, undefined, 'five5']);
    cache.set(4, 'more than all of it');
    expect([cache.weight, cache.size]).toEqual([19, 1]);
    cache.set(5, '');
    expect([cache.weight, cache.peek(4), cache.peek(5)]).toEqual([0, undefined, '']);
  });

  test('without a bound drops entries only when it is trimmed', () => {
    const cache = createCache<number, number>();
    for (let i = 0; i < 100; i++) cache.set(i, i);
    expect(cache.size).toBe(100);
    cache.get(0);
    cache.trim(2);
    expect([cache.size, cache.peek(0), cache.peek(99)]).toEqual([2, 0, 99]);
    cache.trim(0);
    expect(cache.size).toBe(0);
  });

  test('behaves like a simple list model in 5000 random operations', () => {
    const cache = createCache<number, number>({ entries: 7, weight: { bound: 40, of: (value) => value } });
    let list: [number, number][] = [];
    const find = (key: number): number | undefined => list.find(([known]) => known === key)?.[1];
    for (const random of randomValues(5000, 5)) {
      const number = Math.floor(Math.abs(random) * 1e6);
      const [key, value, kind] = [number % 11, (number >> 4) % 13, (number >> 8) % 3];
      const known = find(key);
      if (kind === 0) {
        list = [...list.filter(([other]) => other !== key), [key, value]];
        while (list.length > 7 || (list.length > 1 && list.reduce((sum, [, bytes]) => sum + bytes, 0) > 40))
          list.shift();
        cache.set(key, value);
      } else if (kind === 1 && known !== undefined) {
        list = [...list.filter(([other]) => other !== key), [key, known]];
      }
      expect(kind === 1 ? cache.get(key) : cache.peek(key)).toBe(find(key));
      expect(cache.size).toBe(list.length);
      expect(cache.weight).toBe(list.reduce((sum, [, bytes]) => sum + bytes, 0));
    }
  });
});
