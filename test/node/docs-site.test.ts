/** The documentation must contain every guide and every public function, and every link must lead to a page. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as library from '../../src/index';
import { CATEGORIES } from '../../tools/docs/categories';
import { deadLinks } from '../../tools/docs/check-links';
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

test('a link that leads nowhere is found, by its page', () => {
  const folder = mkdtempSync(join(tmpdir(), 'depthwise-links-'));
  mkdirSync(join(folder, 'functions'));
  writeFileSync(join(folder, 'index.html'), '<a href="functions/abs.html#top">abs</a> <a href="https://x.org/y">y</a>');
  writeFileSync(
    join(folder, 'functions/abs.html'),
    '<a href="../index.html">home</a> <a href="../../faces/">faces</a> <a href="cos.html">cos</a> <img src="abs.png">',
  );
  expect(deadLinks(folder)).toEqual(['functions/abs.html: cos.html', 'functions/abs.html: abs.png']);
  rmSync(folder, { recursive: true });
});
