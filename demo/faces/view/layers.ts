/** A column for each dispatch of each model, in order; the same as a table. */
import { html, type TemplateResult } from 'lit-html';
import { styleMap } from 'lit-html/directives/style-map.js';
import { figures as digits } from '../../columns';
import type { LayerTime } from '../engines/engine';
import type { Metric, ModelLayers, State } from '../state';
import { tasks } from '../tasks';

const METRICS: Readonly<Record<Metric, (layer: LayerTime) => number>> = {
  ms: ({ ms }) => ms,
  MB: ({ bytes }) => bytes / 1e6,
  MFLOP: ({ flops }) => flops / 1e6,
};

const HELP: Readonly<Record<Metric, string>> = {
  ms: 'Time on the GPU of each dispatch.',
  MB: 'Bytes that each dispatch reads and writes, each once.',
  MFLOP: 'Multiplications and additions of the convolutions.',
};

/** As on the benchmark page: a family keeps its colour. */
const HUES: readonly (readonly [family: string, hue: number])[] = [
  ['conv2d', 60],
  ['depthwise', 250],
  ['pointwise', 165],
  ['separable', 120],
  ['grouped', 35],
];
const OTHER = 310;

const familyOf = ({ kernel }: LayerTime): string => kernel.split('/')[0];
const hueOf = (family: string): number => HUES.find(([name]) => name === family)?.[1] ?? OTHER;

export function layers(
  { layers: models, metric, choice }: State,
  choose: (metric: Metric) => void,
  measure: () => void,
): TemplateResult {
  return html`
    <h2>Layer by layer</h2>
    <div class="metrics">
      ${Object.keys(METRICS).map(
        (name) =>
          html`<button type="button" aria-pressed=${name === metric} @click=${() => choose(name as Metric)}>
            ${name}
          </button>`,
      )}
      <button type="button" ?disabled=${models.length === 0 || choice.engine !== 'depthwise'} @click=${measure}>
        Measure again
      </button>
      <span>${HELP[metric]}</span>
    </div>
    <div style=${styleMap({ '--models': String(models.length === 0 ? expected(choice) : models.length) })}>
      ${
        models.length === 0
          ? html`<p class="note columns-none">The layers come with the first frame by depthwise.</p>`
          : models.map((model) => modelLayers(model, metric))
      }
    </div>
  `;
}

/** How many models' space is kept. Only depthwise tells its layers. */
function expected({ engine, task }: State['choice']): number {
  return engine === 'depthwise' ? tasks[task].models.length : 0;
}

/** The columns of one model. */
export function modelLayers({ model, layers: all }: ModelLayers, metric: Metric): TemplateResult {
  const valueOf = METRICS[metric];
  const values = all.map(valueOf);
  const largest = Math.max(...values);
  const sum = values.reduce((a, b) => a + b, 0);
  const families = familiesOf(all, valueOf);
  const inWords = families.map(([family, share]) => `${family} ${digits(share)} ${metric}`).join(', ');
  return html`
    <h3>${model}: ${all.length} dispatches, ${digits(sum)} ${metric}</h3>
    <div class="columns" role="img" aria-label=${inWords}>
      ${all.map(
        (layer, i) =>
          html`<span
            title="${layer.label}: ${digits(values[i])} ${metric}"
            style=${styleMap({ '--hue': String(hueOf(familyOf(layer))), '--share': String(largest > 0 ? values[i] / largest : 0) })}
          ></span>`,
      )}
    </div>
    <ul class="legend">
      ${families.map(
        ([family, total]) =>
          html`<li style=${styleMap({ '--hue': String(hueOf(family)) })}>
            ${family} <b>${digits(total)}</b> ${metric}, ${Math.round((100 * total) / (sum || 1))} %
          </li>`,
      )}
    </ul>
    <details>
      <summary>All ${all.length} as a table</summary>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">dispatch</th>
              ${['ms', 'MB', 'MFLOP', 'GB/s', 'GFLOP/s'].map((title) => html`<th scope="col" class="numeric">${title}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${all.map(
              (layer) =>
                html`<tr>
                  <td class="layer">${layer.label}</td>
                  ${cells(layer).map(([title, value]) => html`<td class="numeric" data-title=${title}>${digits(value)}</td>`)}
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
    </details>
  `;
}

function cells({ ms, bytes, flops }: LayerTime): readonly (readonly [title: string, value: number])[] {
  return [
    ['ms', ms],
    ['MB', bytes / 1e6],
    ['MFLOP', flops / 1e6],
    ['GB/s', bytes / ms / 1e6],
    ['GFLOP/s', flops / ms / 1e6],
  ];
}

/** What each family sums to, largest first. */
function familiesOf(
  all: readonly LayerTime[],
  valueOf: (layer: LayerTime) => number,
): readonly (readonly [family: string, total: number])[] {
  const sums = new Map<string, number>();
  for (const layer of all) sums.set(familyOf(layer), (sums.get(familyOf(layer)) ?? 0) + valueOf(layer));
  return [...sums].toSorted((a, b) => b[1] - a[1]);
}
