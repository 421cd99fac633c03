/** What can be done with the result that is shown. */
import { html, nothing, type TemplateResult } from 'lit-html';
import type { Way } from '../page/sharing';
import type { PageState } from '../page/state';

export interface ToolsEvents {
  readonly onShare: (way: Way) => void;
}

const LABELS: readonly (readonly [way: Way, label: string])[] = [
  ['link', 'Copy link'],
  ['picture', 'Save picture'],
  ['json', 'Save JSON'],
  ['csv', 'Save CSV'],
];

export function toolsView({ said, problems, running, shown }: PageState, { onShare }: ToolsEvents): TemplateResult {
  const isOff = running !== undefined || shown === undefined;
  return html`
    <div class="tools" role="group" aria-label="Share this result">
      ${LABELS.map(
        ([way, label]) => html`<button type="button" ?disabled=${isOff} @click=${() => onShare(way)}>${label}</button>`,
      )}
      <span class="said" role="status">${said}</span>
    </div>
    <p class="problem" role="alert">${problems.result ?? nothing}</p>
  `;
}
