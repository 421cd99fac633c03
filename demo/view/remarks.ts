/** What a reader of a result should know beside its figures. */
import { html, nothing, type TemplateResult } from 'lit-html';
import type { Report } from '../report';
import { remarksOf } from '../result/remarks';

/** @param isOwn whether the result is of this page's run, whose errors stand beside the button already */
export function remarksView(report: Report, isOwn: boolean): TemplateResult | typeof nothing {
  const remarks = remarksOf(report);
  return html`
    ${isOwn ? nothing : report.errors.map((error) => html`<p class="error">${error}</p>`)}
    ${
      remarks.length === 0
        ? nothing
        : html`<ul class="remarks">
            ${remarks.map((text) => html`<li>${text}</li>`)}
          </ul>`
    }
  `;
}
