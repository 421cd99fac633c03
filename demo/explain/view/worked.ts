/** The worked example: every number of it, and which numbers make the chosen output pixel. */
import { html, type TemplateResult } from 'lit-html';
import { WORKED, type Worked } from '../numbers';
import type { State } from '../state';
import type { Texts } from '../texts/texts';
import { choice } from './controls';
import { CELL, hueOf, plane } from './draw';

const PIXELS = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
] as const;

const TAPS = 3;

/** One input channel and the taps that it meets. */
interface Term {
  readonly c: number;
  readonly q: number;
}

export function workedSection(
  { worked: words }: Texts,
  { pixel }: State,
  found: Worked | undefined,
  set: (change: Partial<State>) => void,
): TemplateResult {
  const row = (terms: readonly Term[], results: readonly number[] | undefined, channel: number, of: number) => {
    const values = PIXELS.map((_, i) => results?.[i * of + channel]);
    const chosen = PIXELS.findIndex(([y, x]) => y === pixel[0] && x === pixel[1]);
    const hue = terms.length === 1 ? hueOf(terms[0].c, 2) : '--hue: 150';
    return html`
      <div class="sum-row">
        ${terms.map(
          ({ c, q }, i) => html`
            ${i > 0 ? html`<span class="sign">+</span>` : ''}
            <span class="pair">
              ${numbers(words.channel(c), WORKED.planes[c], WORKED.size, hueOf(c, 2), (at) => isUnder(at, pixel))}
              <span class="sign">*</span>
              ${numbers(
                words.filter(c, q),
                Array.from({ length: TAPS * TAPS }, () => WORKED.taps[c][q]),
                TAPS,
                hueOf(c, 2),
              )}
            </span>
          `,
        )}
        <span class="pair">
          <span class="sign">=</span>
          ${numbers(words.result(channel), values, 2, hue, (at) => at === chosen)}
        </span>
        <p class="term" data-term>${terms.map((term) => termOf(term, pixel)).join(' + ')} = ${values[chosen] ?? '…'}</p>
      </div>
    `;
  };
  return html`
    <section aria-labelledby="worked">
      <h2 id="worked">${words.heading}</h2>
      <p>${words.lead}</p>
      <div class="controls">
        ${choice(
          words.pixel,
          'pixel',
          PIXELS.map(([y, x]) => ({ value: `${y}${x}`, text: words.position(y, x) })),
          pixel.join(''),
          (value) => set({ pixel: [Number(value[0]), Number(value[1])] }),
        )}
      </div>
      <div class="cards wide">
        <article class="card" data-example="depthwise">
          <h3>${words.depthwise}</h3>
          <pre><code>depthwiseConv2d(img, filter)</code></pre>
          ${[0, 1].flatMap((c) => [0, 1].map((q) => row([{ c, q }], found?.depthwise, c * 2 + q, 4)))}
          <p class="note">${words.end}</p>
        </article>
        <article class="card" data-example="standard">
          <h3>${words.standard}</h3>
          <pre><code>conv2d(img, filter)</code></pre>
          ${[0, 1].map((q) =>
            row(
              [
                { c: 0, q },
                { c: 1, q },
              ],
              found?.standard,
              q,
              2,
            ),
          )}
        </article>
      </div>
    </section>
  `;
}

/** Whether a pixel of the image is under the filter at an output pixel. */
function isUnder(at: number, [y, x]: State['pixel']): boolean {
  const [row, column] = [Math.floor(at / WORKED.size), at % WORKED.size];
  return row >= y && row < y + TAPS && column >= x && column < x + TAPS;
}

/** The numbers under the filter are added first and then multiplied by the tap, since all taps are equal. */
function termOf({ c, q }: Term, pixel: State['pixel']): string {
  const under = WORKED.planes[c].filter((_, at) => isUnder(at, pixel));
  return `${under.reduce((sum, value) => sum + value, 0)} x ${WORKED.taps[c][q]}`;
}

function numbers(
  label: string,
  values: readonly (number | undefined)[],
  columns: number,
  hue: string,
  isMarked?: (at: number) => boolean,
): TemplateResult {
  const [width, height] = [columns * CELL, (values.length / columns) * CELL];
  return html`
    <figure class="plane">
      <svg
        role="img"
        aria-label=${`${label}: ${values.join(' ')}`}
        width=${width}
        height=${height}
        viewBox="0 0 ${width} ${height}"
      >
        ${plane({ values, columns, hue: () => hue, isMarked })}
      </svg>
      <figcaption>${label}</figcaption>
    </figure>
  `;
}
