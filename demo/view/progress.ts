/** How far the run is. Its lines have a height of their own, so that nothing moves while it goes on. */
import { html, nothing, type TemplateResult } from 'lit-html';
import type { PageState } from '../page/state';
import { durationText } from './duration';

export function progressView({ running }: PageState): TemplateResult | typeof nothing {
  if (running === undefined) return nothing;
  const { report, share, secondsLeft, isStopping } = running;
  const { done, total, label } = report.progress;
  return html`
    <progress max="1" .value=${share} aria-label="Share of the run that is done"></progress>
    <p class="status">
      <strong>${isStopping ? 'Stopping …' : document.hidden ? 'Paused: this tab is hidden' : 'Measuring'}</strong>
      <span class="what">${Math.min(done + 1, total)} of ${total}: ${label}</span>
      <span class="left">${secondsLeft === undefined ? nothing : `about ${durationText(secondsLeft)} left`}</span>
    </p>
  `;
}
