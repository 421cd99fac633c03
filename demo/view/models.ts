/** Models from files. */
import { html, nothing, type TemplateResult } from 'lit-html';
import { modelNotes, modelTable } from '../peers/model-table';
import type { ComparedModel } from '../peers/results';
import { textTable } from './text-table';

export function models(compared: readonly ComparedModel[]): TemplateResult | typeof nothing {
  if (compared.length === 0) return nothing;
  return html`
    <h2>Models</h2>
    ${textTable(modelTable(compared))}
    <ul class="notes">
      ${modelNotes(compared).map((note) => html`<li>${note}</li>`)}
    </ul>
  `;
}
