/** What the documentation's navigation must not forget: a guide, a public function. */
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as library from '../../src/index';
import { CATEGORIES } from '../../tools/docs/categories';
import { GUIDES } from '../../tools/docs/guides';

test('every guide has a place', () => {
  expect([...GUIDES].toSorted()).toEqual(
    readdirSync('guides')
      .map((name) => `guides/${name}`)
      .toSorted(),
  );
});

test('every public function has one place', () => {
  expect(Object.values(CATEGORIES).flat().toSorted()).toEqual(Object.keys(library).toSorted());
});
