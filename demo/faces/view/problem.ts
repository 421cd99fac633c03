/** What went wrong, over the picture. */
import { html, type TemplateResult } from 'lit-html';

export function problem(sentence: string, retry: () => void): TemplateResult {
  return html`<p>${sentence}</p>
    <button type="button" @click=${retry}>Try again</button>`;
}
