/** Other libraries beside ours. */
import { html, nothing, type TemplateResult } from 'lit-html';
import { classMap } from 'lit-html/directives/class-map.js';
import { styleMap } from 'lit-html/directives/style-map.js';
import type { PeersReport } from '../peers/results';
import { summaries, type Summary } from '../peers/summary';
import { notes, tables, type TextTable } from '../peers/tables';

export function comparison(report: PeersReport | undefined): TemplateResult | typeof nothing {
  if (report === undefined) return nothing;
  return html`
    <h2>Beside other libraries</h2>
    ${bars(summaries(report.layers))} ${tables(report).map(drawn)}
    <ul class="notes">
      ${notes(report).map((note) => html`<li>${note}</li>`)}
    </ul>
  `;
}

/** The geometric means; red where the peers are ahead. */
function bars(all: readonly Summary[]): TemplateResult | typeof nothing {
  if (all.length === 0) return nothing;
  const largest = Math.max(1, ...all.map(({ fastest }) => fastest));
  return html`
    <h3>The fastest peer's time, as a multiple of ours</h3>
    <ul class="bars">
      ${all.map(
        ({ family, layers, fastest }) => html`
          <li class=${classMap({ wrong: fastest < 1 })}>
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

/** Text without white space around it: the command line prints it as it stands. */
function drawn({ title, head, rows }: TextTable): TemplateResult | typeof nothing {
  if (rows.length === 0) return nothing;
  return html`
    <h3>${title}</h3>
    <div class="scroll">
      <table data-title=${title}>
        <thead>
          <tr>
            ${head.map((name, i) => html`<th scope="col" class=${classMap({ numeric: isNumeric(rows, i) })}>${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (row) =>
              html`<tr>
                ${row.map((text, i) => html`<td class=${classMap(classesOf(text, head[i]))} data-title=${head[i]}>${text}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  `;
}

const NUMBER = /^([\d.]+( \*)?|–|FAILED|WRONG)$/;

function isNumeric(rows: readonly (readonly string[])[], column: number): boolean {
  return rows.every((row) => NUMBER.test(row[column]));
}

/** A ratio below 1 is a peer that is faster than ours. */
function classesOf(text: string, title: string): Record<string, boolean> {
  const isRatio = !/ms\b/.test(title) && /^\d+\.\d\d( \*)?$/.test(text);
  return {
    numeric: NUMBER.test(text),
    behind: isRatio && Number.parseFloat(text) < 1,
    failed: /FAILED|WRONG|NOT MEASURED/.test(text),
  };
}
