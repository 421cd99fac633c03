/** Contiguous and strided groups of the same channels, side by side. */
import { html, type TemplateResult } from 'lit-html';
import type { Groups } from '../numbers';
import { CHOICES, type State } from '../state';
import type { Texts } from '../texts/texts';
import { slider } from './controls';
import { CELL, hueOf, plane, wire } from './draw';

/** Room for the lines between inputs and outputs. */
const BETWEEN = 72;

export function groupsSection(
  { groups: words, equal, different }: Texts,
  state: State,
  found: Groups | undefined,
  set: (change: Partial<State>) => void,
): TemplateResult {
  const { groups, width } = state;
  const channels = groups * width;
  const check = (a: readonly number[] | undefined, b: readonly number[] | undefined): TemplateResult =>
    html`<span class=${String(a) === String(b) ? 'ok' : 'wrong'}>${String(a) === String(b) ? equal : different}</span>`;
  return html`
    <section aria-labelledby="groups">
      <h2 id="groups">${words.heading}</h2>
      <p>${words.lead}</p>
      <div class="controls">
        ${slider(words.groups, CHOICES.groups, groups, (value) => set({ groups: value }))}
        ${slider(words.width, CHOICES.width, width, (value) => set({ width: value }))}
      </div>
      <div class="cards wide">
        <article class="card" data-grouping="contiguous">
          <h3>${words.contiguous}</h3>
          <p>${words.whatContiguous}</p>
          ${wires(words, words.contiguous, state, (c) => Math.floor(c / width), found?.contiguous)}
          <pre><code>groupedConv2d(x, filter, { groups: ${groups} })</code></pre>
          <p class="by-hand">${words.byHand} ${found && check(found.contiguous, found.bySplit)}</p>
          <pre><code>const filters = split(filter, ${groups}, -1);
concat(split(x, ${groups}, -1).map((part, g) => conv2d(part, filters[g])), -1)</code></pre>
        </article>
        <article class="card" data-grouping="strided">
          <h3>${words.strided}</h3>
          <p>${words.whatStrided}</p>
          ${wires(words, words.strided, state, (c) => c % groups, found?.strided)}
          <pre><code>groupedConv2d(x, filter, { groups: ${groups}, grouping: 'strided' })</code></pre>
          <p class="by-hand">${words.byHand} ${found && check(found.strided, found.byReshape)}</p>
          <pre><code>reduceSum(reshape(depthwiseConv2d(x, w), [1, 1, 1, ${width}, ${channels}]), 3)</code></pre>
          ${
            found?.byHalves &&
            html`
              <p class="by-hand">${words.halves}</p>
              <pre><code>const [low, high] = split(depthwiseConv2d(x, filter), 2, -1);
add(low, high) // [${found.byHalves.join(', ')}]</code></pre>
            `
          }
        </article>
      </div>
    </section>
  `;
}

/** @param groupOf the group of an input channel; outputs are in the order of their groups */
function wires(
  words: Texts['groups'],
  title: string,
  { groups, width }: State,
  groupOf: (channel: number) => number,
  sums: readonly number[] | undefined,
): TemplateResult {
  const channels = Array.from({ length: groups * width }, (_, c) => c);
  const hue = (group: number): string => hueOf(group, groups);
  const ofOutput = (o: number): number => Math.floor(o / width);
  const members = Array.from({ length: groups }, (_, g) => channels.filter((c) => groupOf(c) === g).join(' '));
  const bottom = CELL + BETWEEN;
  return html`
    <figure class="wires">
      <svg
        role="img"
        aria-label=${words.drawing(title, members.map((of) => `(${of})`).join(' '))}
        viewBox="0 0 ${channels.length * CELL} ${bottom + CELL}"
        style=${`max-width: ${channels.length * CELL * 1.25}px`}
      >
        ${channels.map((o) =>
          channels.filter((c) => groupOf(c) === ofOutput(o)).map((c) => wire(c, o, CELL, bottom, hue(ofOutput(o)))),
        )}
        ${plane({ values: channels, columns: channels.length, hue: (c) => hue(groupOf(c)) })}
        ${plane({
          values: channels.map((o) => sums?.[o]),
          columns: channels.length,
          row: bottom / CELL,
          hue: (o) => hue(ofOutput(o)),
        })}
      </svg>
      <figcaption>${words.inputs} → ${words.outputs}: <span data-sums>${sums?.join(', ') ?? '…'}</span></figcaption>
    </figure>
  `;
}
