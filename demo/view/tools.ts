/** What can be done with the result that is shown. */
import { html, nothing, type TemplateResult } from 'lit-html';
import type { PageState } from '../page/state';

export interface ToolsEvents {
  readonly onLink: () => void;
  readonly onPicture: () => void;
  readonly onJson: () => void;
  readonly onCsv: () => void;
}

export function toolsView(
  { said, problems }: PageState,
  { onLink, onPicture, onJson, onCsv }: ToolsEvents,
): TemplateResult {
  return html`
    <div class="tools" role="group" aria-label="Share this result">
      <button type="button" @click=${onLink}>Copy link</button>
      <button type="button" @click=${onPicture}>Save picture</button>
      <button type="button" @click=${onJson}>Save JSON</button>
      <button type="button" @click=${onCsv}>Save CSV</button>
      <span class="said" role="status">${said}</span>
    </div>
    <p class="problem" role="alert">${problems.result ?? nothing}</p>
  `;
}
