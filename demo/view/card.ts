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
  const isOfThisRun = from === 'this run';
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
        ${standing(headline, isOfThisRun && report.peers !== undefined)} ${mobileNetV2(headline, isOfThisRun)}
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

function tile(value: string, what: string, isLong = false): TemplateResult {
  return html`<div class=${isLong ? 'long' : nothing}>
    <dt>${what}</dt>
    <dd>${value}</dd>
  </div>`;
}

/** A run of this page keeps its space, so that nothing moves when it is measured, or when the run ends without it. */
function mobileNetV2({ mobileNetV2Ms: ms }: Headline, isOfThisRun: boolean): TemplateResult | typeof nothing {
  if (ms === undefined && !isOfThisRun) return nothing;
  return tile(ms === undefined ? '–' : `${figures(ms)} ms`, 'for MobileNetV2 at 224 × 224');
}

/** @param isReserved whether its space is kept before there is anything in it */
function standing({ peers }: Headline, isReserved: boolean): TemplateResult | typeof nothing {
  const what = 'as long by the fastest other library';
  if (peers === undefined) return isReserved ? tile('–', what, true) : nothing;
  const { fastest, wins, ties, losses } = peers;
  const score = `${counted(wins, 'layer')} won, ${counted(ties, 'tie')}, ${losses} lost`;
  return tile(`${fastest.toFixed(1)} ×`, `${what}: ${score}`, true);
}

function status({ status: how, errors }: Report, running: boolean): TemplateResult | typeof nothing {
  if (running || how === 'passed') return nothing;
  if (how === 'running') return html`<span class="badge">interrupted: what was measured until then</span>`;
  if (how === 'stopped') return html`<span class="badge">stopped early</span>`;
  return html`<span class="badge bad">${errors.length === 0 ? 'something is wrong' : 'failed'}</span>`;
}
