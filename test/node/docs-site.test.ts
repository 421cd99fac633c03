/** The documentation must contain every guide and every public function, and every link must lead to a page. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as library from '../../src/index';
import { accessible } from '../../tools/docs/accessible';
import { CATEGORIES } from '../../tools/docs/categories';
import { deadLinks, emptyLinks } from '../../tools/docs/check-links';
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
  expect(emptyLinks(folder)).toEqual([]);
  writeFileSync(join(folder, 'start.html'), '<a class="x" href="functions/abs.html"></a> <a href="#x"><svg></svg></a>');
  expect(emptyLinks(folder)).toEqual(['start.html: functions/abs.html']);
  rmSync(folder, { recursive: true });
});

test('a button holds no link, and headings come in order', () => {
  const link = '<a href="#properties" aria-label="Permalink" class="x"><svg></svg></a>';
  const title = '<h1>Interface</h1><h4>Example</h4>';
  const index = '<section class="tsd-panel-group"><h5 class="tsd-index-heading uppercase">Index</h5>';
  const members = `<summary>\n<h2 id="properties">P${link}</h2></summary><h3 id="a">${link}</h3><h4>Parameters</h4></section>`;
  expect(accessible(`${title}${index}${members}<h3>Settings</h3>`, 'interfaces/x.html')).toBe(
    '<h1>Interface</h1><h4 aria-level="2">Example</h4>' +
      '<section class="tsd-panel-group"><h5 aria-level="2" class="tsd-index-heading uppercase">Index</h5>' +
      `<summary>\n<h2 id="properties">P</h2></summary><h3 id="a">${link}</h3><h4>Parameters</h4></section>` +
      '<h3 aria-level="2">Settings</h3>',
  );
});
