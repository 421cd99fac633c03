/** Whole networks. */
import { html, nothing, type TemplateResult } from 'lit-html';
import { networkNotes, networkTable } from '../peers/network-table';
import type { ComparedNetwork } from '../peers/results';
import { textTable } from './text-table';

export function networks(compared: readonly ComparedNetwork[]): TemplateResult | typeof nothing {
  if (compared.length === 0) return nothing;
  return html`
    <h2>Networks</h2>
    ${textTable(networkTable(compared))}
    <ul class="notes">
      ${networkNotes(compared).map((note) => html`<li>${note}</li>`)}
    </ul>
  `;
}
