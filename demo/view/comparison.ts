/** The chosen results beside each other. */
import { html, nothing, type TemplateResult } from 'lit-html';
import { figures } from '../columns';
import type { PageState, ShelfItem } from '../page/state';
import { compareReports, overallOf, type Cell, type ComparedTask } from '../share/compare';
import { counted } from './counted';
import { nameOf } from './shelf';

export function comparisonView({ shelf, chosen }: PageState): TemplateResult | typeof nothing {
  const items = chosen.flatMap((id) => shelf.find((item) => item.id === id) ?? []);
  if (items.length < 2) return nothing;
  const tasks = compareReports(items.map(({ report }) => report));
  return html`
    <h2>Compared</h2>
    ${
      tasks.length === 0
        ? html`<p class="note">These results have no layer, network or model in common.</p>`
        : html`
            <p class="note">
              Times as multiples of the first result's: below 1 is faster. Where the intervals meet it is a tie.
            </p>
            <div class="scroll" tabindex="0" role="region" aria-label="Comparison of results">
              ${comparisonTable(items, tasks)}
            </div>
          `
    }
  `;
}

function comparisonTable(items: readonly ShelfItem[], tasks: readonly ComparedTask[]): TemplateResult {
  return html`
    <table class="compared">
      <thead>
        <tr>
          <th scope="col">task</th>
          ${items.map((item) => html`<th scope="col" class="numeric">${nameOf(item)}</th>`)}
        </tr>
      </thead>
      <tbody>
        <tr class="overall">
          <th scope="row">all that both have</th>
          ${items.map((item, i) => html`<td class="numeric" data-title=${nameOf(item)}>${i === 0 ? 'first' : overallText(tasks, i)}</td>`)}
        </tr>
        ${tasks.map(
          ({ task, cells }) => html`
            <tr>
              <th scope="row">${task}</th>
              ${cells.map(
                (cell, i) =>
                  html`<td class="numeric ${cell?.verdict ?? ''}" data-title=${nameOf(items[i])}>
                    ${cellText(cell)}
                  </td>`,
              )}
            </tr>
          `,
        )}
      </tbody>
    </table>
  `;
}

function cellText(cell: Cell | undefined): string {
  if (cell === undefined) return '–';
  const { ms, spread, ratio, verdict } = cell;
  const time = `${figures(ms)} ms ± ${(100 * spread).toFixed(0)} %`;
  return ratio === undefined ? time : `${time}, ${figures(ratio)} ×, ${verdict}`;
}

function overallText(tasks: readonly ComparedTask[], place: number): string {
  const { ratio, counts, tasks: count } = overallOf(tasks, place);
  if (ratio === undefined) return '–';
  return `${figures(ratio)} × over ${count}: ${counts.faster} faster, ${counted(counts.tie, 'tie')}, ${counts.slower} slower`;
}
