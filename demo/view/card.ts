/** The result as a card. The picture that can be saved is made from this element. */
import { html, nothing, type TemplateResult } from 'lit-html';
import { figures, share } from '../columns';
import type { From, ShelfItem } from '../page/state';
import type { Report } from '../report';
import { headlineOf, type Headline } from '../result/headline';
import { counted } from './counted';
import { dayText } from './day';

const TITLES: Readonly<Record<From, string>> = {
  'this run': 'Measured here',
  'this browser': 'Measured in this browser',
  'the repository': 'A reference result',
  'a link': 'A result from a link',
  'a file': 'A result from a file',
};

export function cardView({ report, from }: ShelfItem, running: boolean): TemplateResult {
  const { environment } = report;
  const headline = headlineOf(report);
  return html`
    <div class="card" id="card">
      <p class="from">
        <strong>${running ? 'Measuring here' : TITLES[from]}</strong>
        ${environment?.isFallback === true ? html`<span class="badge">CPU fallback</span>` : nothing}
        ${status(report, running)}
      </p>
      <dl class="headline">
        ${tile(
          share(headline.share?.value) ?? '–',
          headline.share === undefined
            ? `of the device’s roof${running || report.peaks !== undefined ? '' : ', which only timestamp queries tell'}`
            : `of the device’s roof, over ${counted(headline.share.layers, 'layer')}`,
        )}
        ${headline.peers === undefined ? nothing : standing(headline.peers)} ${mobileNetV2(headline, running)}
        ${tile(`${headline.exact.right} of ${headline.exact.of}`, 'results exact')}
      </dl>
      <p class="device">${environment?.adapter ?? 'The device is not known yet'}</p>
      <p class="where">
        ${environment === undefined ? '\u00a0' : `${environment.browser}, ${dayText(environment.date)}`}
        <span class="brand">depthwise</span>
      </p>
    </div>
  `;
}

function tile(value: string, what: string): TemplateResult {
  return html`<div>
    <dt>${what}</dt>
    <dd>${value}</dd>
  </div>`;
}

/** Until a run has measured it, its space stays reserved. */
function mobileNetV2({ mobileNetV2Ms: ms }: Headline, running: boolean): TemplateResult | typeof nothing {
  if (ms === undefined && !running) return nothing;
  return tile(ms === undefined ? '–' : `${figures(ms)} ms`, 'for MobileNetV2 at 224 × 224');
}

function standing({ fastest, wins, ties, losses }: NonNullable<Headline['peers']>): TemplateResult {
  return tile(
    `${fastest.toFixed(1)} ×`,
    `as long by the fastest other library: ${counted(wins, 'layer')} won, ${counted(ties, 'tie')}, ${losses} lost`,
  );
}

function status({ status: how, errors }: Report, running: boolean): TemplateResult | typeof nothing {
  if (running || how === 'passed') return nothing;
  if (how === 'running') return html`<span class="badge">interrupted: what was measured until then</span>`;
  if (how === 'stopped') return html`<span class="badge">stopped early</span>`;
  return html`<span class="badge bad">${errors.length === 0 ? 'something is wrong' : 'failed'}</span>`;
}
