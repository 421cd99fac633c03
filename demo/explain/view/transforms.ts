/** The right and the wrong way from the products of a depthwise convolution to the sums of groups. */
import { html, type TemplateResult } from 'lit-html';
import type { Transforms } from '../numbers';
import type { Texts } from '../texts/texts';
import { CELL, cell, hueOf } from './draw';

const [CHANNELS, MULTIPLIER, GROUPS] = [8, 4, 2];

/** One way of summing the products, and where its sums stand beside them. */
interface Way {
  readonly name: 'right' | 'wrong';
  /** Which of the eight sums a product is part of. */
  readonly sumOf: (product: number) => number;
  /** Row and column, in cells, of a product and of a sum. */
  readonly placeOf: (product: number) => readonly [row: number, column: number];
  readonly placeOfSum: (sum: number) => readonly [row: number, column: number];
  /** Of the drawing, in cells. */
  readonly size: readonly [rows: number, columns: number];
}

const MEMBERS = CHANNELS / GROUPS;

const channelOf = (product: number): number => Math.floor(product / MULTIPLIER);
const groupOf = (product: number): number => Math.floor(channelOf(product) / MEMBERS);

/** Down the columns of each group; the sums stand beneath it. */
const RIGHT: Way = {
  name: 'right',
  sumOf: (product) => groupOf(product) * MULTIPLIER + (product % MULTIPLIER),
  placeOf: (product) => [channelOf(product) + 1.5 * groupOf(product), product % MULTIPLIER],
  placeOfSum: (sum) => [MEMBERS + (MEMBERS + 1.5) * Math.floor(sum / MULTIPLIER), sum % MULTIPLIER],
  size: [CHANNELS + 2.5, MULTIPLIER],
};

/** Along each row; the sums stand behind it. */
const WRONG: Way = {
  name: 'wrong',
  sumOf: channelOf,
  placeOf: (product) => [channelOf(product), product % MULTIPLIER],
  placeOfSum: (sum) => [sum, MULTIPLIER],
  size: [CHANNELS, MULTIPLIER + 1],
};

export function transformsSection({ transforms: words }: Texts, found: Transforms | undefined): TemplateResult {
  return html`
    <section aria-labelledby="transforms">
      <h2 id="transforms">${words.heading}</h2>
      <p>${words.lead}</p>
      <div class="cards wide">
        <article class="card" data-transform="right">
          <h3 class="ok">${words.right}</h3>
          <p>${words.whatRight}</p>
          ${drawing(words, RIGHT, found)}
          <pre><code>reduceSum(reshape(depthwise, [2, 4, 4]), 1)</code></pre>
          <p class="sums">${words.sums}: <strong data-sums>${listed(found?.right)}</strong></p>
          <p class="by-hand">${words.library} <span data-library>${listed(found?.library)}</span></p>
          <pre><code>groupedConv2d(x, filter, { groups: 2 })</code></pre>
        </article>
        <article class="card" data-transform="wrong">
          <h3 class="wrong">${words.wrong}</h3>
          <p>${words.whatWrong}</p>
          ${drawing(words, WRONG, found)}
          <pre><code>reduceSum(reshape(depthwise, [8, 4]), 1)</code></pre>
          <p class="sums">${words.sums}: <strong data-sums>${listed(found?.wrong)}</strong></p>
        </article>
      </div>
    </section>
  `;
}

function listed(values: readonly number[] | undefined): string {
  return values?.join(', ') ?? '…';
}

function drawing(words: Texts['transforms'], way: Way, found: Transforms | undefined): TemplateResult {
  const { name, sumOf, placeOf, placeOfSum, size } = way;
  const [height, width] = size.map((cells) => cells * CELL);
  const products = Array.from({ length: CHANNELS * MULTIPLIER }, (_, i) => i);
  const sums = Array.from({ length: CHANNELS }, (_, i) => i);
  return html`
    <figure class="plane">
      <svg
        role="img"
        aria-label=${words.drawing(words[name])}
        width=${width}
        height=${height}
        viewBox="0 0 ${width} ${height}"
      >
        ${products.map((i) => cell(found?.products[i], placeOf(i), hueOf(sumOf(i), CHANNELS)))}
        ${sums.map((i) => cell(found?.[name][i], placeOfSum(i), hueOf(i, CHANNELS), true))}
      </svg>
      <figcaption>${words.products}</figcaption>
    </figure>
  `;
}
