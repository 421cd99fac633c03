/** Bars per layer and method: one scale for all, so that the families can be compared. */
import { html, nothing, type TemplateResult } from 'lit-html';
import { classMap } from 'lit-html/directives/class-map.js';
import { styleMap } from 'lit-html/directives/style-map.js';
import { figures, gigabytes, gigaflops } from '../columns';
import type { Row } from '../report';
import { families } from './families';

export type Metric = 'GFLOP/s' | 'GB/s' | 'ms';

const METRICS: Readonly<Record<Metric, (row: Row) => number | undefined>> = {
  'GFLOP/s': gigaflops,
  'GB/s': gigabytes,
  ms: ({ result }) => result?.ms,
};

const HELP: Readonly<Record<Metric, string>> = {
  'GFLOP/s': 'Arithmetic per second: more is better.',
  'GB/s': 'Least bytes moved per second: more is better. Depthwise layers are short of this.',
  ms: 'Time per call: less is better.',
};

export function chart(
  rows: readonly Row[],
  metric: Metric,
  choose: (metric: Metric) => void,
): TemplateResult | typeof nothing {
  if (rows.length === 0) return nothing;
  const valueOf = METRICS[metric];
  const largest = Math.max(...rows.map((row) => valueOf(row) ?? 0));
  return html`
    <h2>Chart</h2>
    <div class="metrics">
      ${Object.keys(METRICS).map(
        (name) =>
          html`<button type="button" aria-pressed=${name === metric} @click=${() => choose(name as Metric)}>
            ${name}
          </button>`,
      )}
      <span>${HELP[metric]}</span>
    </div>
    ${families(rows).map(
      ({ family, rows: members, hue }) => html`
        <h3>${family}</h3>
        <ul class="bars" style=${styleMap({ '--hue': String(hue) })}>
          ${members.map((row) => bar(row, valueOf(row), largest))}
        </ul>
      `,
    )}
  `;
}

function bar(row: Row, value: number | undefined, largest: number): TemplateResult {
  const share = value === undefined || largest === 0 ? 0 : value / largest;
  const label = row.method === 'default' ? row.layer : `${row.layer} ${row.method}`;
  return html`
    <li class=${classMap({ wrong: !row.ok })}>
      <span class="name">${label}</span>
      <span class="track"><span class="bar" style=${styleMap({ width: `${(share * 100).toFixed(2)}%` })}></span></span>
      <span class="value">${row.ok ? figures(value) : 'wrong'}</span>
    </li>
  `;
}
