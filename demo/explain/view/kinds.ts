/** Standard, depthwise, pointwise and separable: their filters, code, weights and outputs. */
import { html, type TemplateResult } from 'lit-html';
import { parameterCount, type ParameterCount } from '../../../src/index';
import type { Kind, Kinds } from '../numbers';
import { CHOICES, type State } from '../state';
import type { Texts } from '../texts/texts';
import { choice, slider } from './controls';
import { hueOf, kernel } from './draw';

/** Side of a kernel, and the room between two. */
const [SIDE, GAP] = [24, 6];

/** Rows of kernels: one for each filter, of one kernel for each channel that it sees. */
interface Filters {
  readonly rows: readonly (readonly number[])[];
  readonly taps: number;
}

export function kindsSection(
  { kinds: words }: Texts,
  state: State,
  found: Kinds | undefined,
  set: (change: Partial<State>) => void,
): TemplateResult {
  const { filterSize: k, inChannels: c, outChannels: o } = state;
  const padding = state.padding === 'same' ? ", { padding: 'same' }" : '';
  const calls: Readonly<Record<Kind, readonly [code: string, shapes: readonly (readonly number[])[]]>> = {
    standard: [`conv2d(x, filter${padding})`, [[k, k, c, o]]],
    depthwise: [`depthwiseConv2d(x, filter${padding})`, [[k, k, c, 1]]],
    pointwise: ['pointwiseConv2d(x, filter)', [[1, 1, c, o]]],
    separable: [
      `separableConv2d(x, depthwise, pointwise${padding})`,
      [
        [k, k, c, 1],
        [1, 1, c, o],
      ],
    ],
  };
  const channels = Array.from({ length: c }, (_, i) => i);
  const whole: Filters = { rows: Array.from({ length: o }, () => channels), taps: k };
  const each: Filters = { rows: channels.map((i) => [i]), taps: k };
  const mix: Filters = { ...whole, taps: 1 };
  const drawings: Readonly<Record<Kind, readonly Filters[]>> = {
    standard: [whole],
    depthwise: [each],
    pointwise: [mix],
    separable: [each, mix],
  };
  // Arithmetic alone, which needs no GPU.
  const weights = parameterCount({ filterSize: k, inChannels: c, outChannels: o });
  const most = Math.max(...Object.values(weights));
  return html`
    <section aria-labelledby="kinds">
      <h2 id="kinds">${words.heading}</h2>
      <p>${words.lead}</p>
      <div class="controls">
        ${slider(words.filterSize, CHOICES.filterSize, k, (filterSize) => set({ filterSize }))}
        ${slider(words.inChannels, CHOICES.inChannels, c, (inChannels) => set({ inChannels }))}
        ${slider(words.outChannels, CHOICES.outChannels, o, (outChannels) => set({ outChannels }))}
        ${choice(
          words.padding,
          'padding',
          [
            { value: 'same', text: words.same },
            { value: 'valid', text: words.valid },
          ],
          state.padding,
          (value) => set({ padding: value }),
        )}
      </div>
      <div class="cards">
        ${Object.entries(calls).map(([name, [code, shapes]]) => {
          const kind = name as Kind;
          const filters = drawings[kind];
          const sizes = shapes.map((shape) => shape.join(' x ')).join(' + ');
          return html`
            <article class="card" data-kind=${kind}>
              <h3>${words.names[kind]}</h3>
              <p>${words.what[kind]}</p>
              <div class="drawings">
                ${filters.map(({ rows, taps }) =>
                  drawing({ rows, taps }, c, words.drawing(words.names[kind], rows.length, rows[0].length)),
                )}
              </div>
              <pre><code>${code}</code></pre>
              <p class="weights"><strong>${words.weights(String(weights[kind]))}</strong> <span>= ${sizes}</span></p>
              <div class="share" aria-hidden="true">
                <i style=${`width: ${(100 * weights[kind]) / most}%`}></i>
              </div>
              <p class="note">
                ${words.output(found?.shapes[kind].join(' x ') ?? '…', String(found?.products[kind] ?? '…'))}
              </p>
            </article>
          `;
        })}
      </div>
      <p class="sum">${sumOf(words, weights)}</p>
    </section>
  `;
}

function sumOf(words: Texts['kinds'], { separable, standard }: ParameterCount): string {
  return words.sum(`${separable}`, `${standard}`, `${Math.round((100 * separable) / standard)}`);
}

function drawing({ rows, taps }: Filters, channels: number, label: string): TemplateResult {
  const [width, height] = [rows[0].length, rows.length].map((n) => n * (SIDE + GAP) - GAP + 2);
  return html`
    <svg role="img" aria-label=${label} width=${width} height=${height} viewBox="-1 -1 ${width} ${height}">
      ${rows.map((kernels, y) =>
        kernels.map((channel, x) => {
          const side = taps === 1 ? SIDE / 2 : SIDE;
          const inset = (SIDE - side) / 2;
          return kernel(taps, x * (SIDE + GAP) + inset, y * (SIDE + GAP) + inset, side, hueOf(channel, channels));
        }),
      )}
    </svg>
  `;
}
