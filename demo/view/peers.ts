/** Other libraries beside ours. */
import { html, nothing, type TemplateResult } from 'lit-html';
import { classMap } from 'lit-html/directives/class-map.js';
import { styleMap } from 'lit-html/directives/style-map.js';
import type { PeersReport } from '../peers/results';
import { summaries, type Summary } from '../peers/summary';
import { notes, tables } from '../peers/tables';
import { textTable } from './text-table';

export function comparison(report: PeersReport | undefined): TemplateResult | typeof nothing {
  if (report === undefined) return nothing;
  return html`
    <h2>Beside other libraries</h2>
    ${bars(summaries(report.layers))} ${tables(report).map(textTable)}
    <ul class="notes">
      ${notes(report).map((note) => html`<li>${note}</li>`)}
    </ul>
  `;
}

/** The geometric means; red where the peers are ahead on more layers than ours. */
function bars(all: readonly Summary[]): TemplateResult | typeof nothing {
  if (all.length === 0) return nothing;
  const largest = Math.max(1, ...all.map(({ fastest }) => fastest));
  return html`
    <h3>The fastest peer's time, as a multiple of ours</h3>
    <ul class="bars">
      ${all.map(
        ({ family, layers, wins, losses, fastest }) => html`
          <li class=${classMap({ behind: losses > wins })}>
            <span class="name">${family}, ${layers} ${layers === 1 ? 'layer' : 'layers'}</span>
            <span class="track">
              <span class="bar" style=${styleMap({ width: `${((fastest / largest) * 100).toFixed(2)}%` })}></span>
            </span>
            <span class="value">${fastest.toFixed(2)}</span>
          </li>
        `,
      )}
    </ul>
  `;
}
