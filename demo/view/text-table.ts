/** A table of texts. */
import { html, nothing, type TemplateResult } from 'lit-html';
import { classMap } from 'lit-html/directives/class-map.js';
import type { TextTable } from '../peers/tables';

/** Text without white space around it: the command line prints it as it stands. */
export function textTable({ title, head, judged = [], rows }: TextTable): TemplateResult | typeof nothing {
  if (rows.length === 0) return nothing;
  return html`
    <h3>${title}</h3>
    <div class="scroll" tabindex="0" role="region" aria-label=${title}>
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
                ${row.map((text, i) => html`<td class=${classMap(classesOf(text, isNumeric(rows, i), judged.includes(head[i])))} data-title=${head[i]}>${text}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  `;
}

const NUMBER = /^([\d.]+( ~)?( \*)?|–|FAILED|WRONG)$/;

function isNumeric(rows: readonly (readonly string[])[], column: number): boolean {
  return rows.every((row) => NUMBER.test(row[column]));
}

/** A ratio below 1, without a tie mark, means that a peer is faster than ours. */
function classesOf(text: string, isAmongNumbers: boolean, isJudged: boolean): Record<string, boolean> {
  return {
    numeric: NUMBER.test(text) && (isAmongNumbers || text !== '–'),
    behind: isJudged && !text.includes('~') && Number.parseFloat(text) < 1,
    failed: /FAILED|WRONG|NOT MEASURED/.test(text),
  };
}
