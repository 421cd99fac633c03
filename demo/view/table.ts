/** All figures. On a phone the same table is a card per row. */
import { html, nothing, type TemplateResult } from 'lit-html';
import { classMap } from 'lit-html/directives/class-map.js';
import { columns, type Column } from '../columns';
import type { Row } from '../report';
import { families } from './families';

export function table(rows: readonly Row[]): TemplateResult | typeof nothing {
  if (rows.length === 0) return nothing;
  return html`
    <h2>Table</h2>
    <div class="scroll" tabindex="0" role="region" aria-label="Figures of the layers">
      <table>
        <thead>
          <tr>
            ${columns.map(({ title, help, numeric }) => html`<th scope="col" title=${help} class=${classMap({ numeric })}>${title}</th>`)}
          </tr>
        </thead>
        ${families(rows).map(
          ({ family, rows: members }) => html`
            <tbody>
              <tr class="family">
                <th colspan=${columns.length} scope="rowgroup">${family}</th>
              </tr>
              ${members.map(
                (row) =>
                  html`<tr class=${classMap({ wrong: !row.ok })}>
                    ${columns.map((column) => cell(column, row))}
                  </tr>`,
              )}
            </tbody>
          `,
        )}
      </table>
    </div>
  `;
}

/** Text without white space around it: the command line prints it as it stands. */
function cell(column: Column, row: Row): TemplateResult {
  const text = column.text(row);
  const classes = { numeric: column.numeric, empty: text === '', [column.title.replaceAll(/\W/g, '')]: true };
  return html`<td class=${classMap(classes)} data-title=${column.title}>${text}</td>`;
}
