/** How far the run is, and how it ended. */
import { html, nothing, type TemplateResult } from 'lit-html';
import type { PageState, Running } from '../page/state';
import type { Report } from '../report';
import { durationText } from './duration';

export function progressView({ running, shown }: PageState): TemplateResult | typeof nothing {
  if (running !== undefined) return underWay(running);
  return shown?.from === 'this run' ? ended(shown.report) : nothing;
}

function underWay({ report, share, secondsLeft, isStopping }: Running): TemplateResult {
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

const ENDS: Readonly<Record<Report['status'], string>> = {
  idle: '',
  running: '',
  passed: 'Done. Every result is right.',
  failed: 'Something is wrong.',
  stopped: 'Stopped. What was measured until then is below.',
};

function ended({ status, errors }: Report): TemplateResult {
  return html`
    <p class="status ${status}"><strong>${ENDS[status]}</strong></p>
    ${errors.map((error) => html`<p class="error" role="alert">${error}</p>`)}
  `;
}
