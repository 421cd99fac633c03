/** What a reader of a result should know beside its figures. */
import { html, nothing, type TemplateResult } from 'lit-html';
import { figures } from '../columns';
import type { Drift, Report } from '../report';
import { verdictOf } from '../result/interval';

/** @param isOwn whether the result is of this page's run, whose errors stand beside the button already */
export function remarksView(report: Report, isOwn: boolean): TemplateResult | typeof nothing {
  const { errors, drift, pauses = 0, note, rows } = report;
  const remarks = [
    note ?? '',
    drift === undefined ? '' : driftText(drift),
    pauses === 0 ? '' : `The run waited ${pauses === 1 ? 'once' : `${pauses} times`} while its tab was hidden.`,
    inAll(rows),
  ].filter((text) => text !== '');
  return html`
    ${isOwn ? nothing : errors.map((error) => html`<p class="error">${error}</p>`)}
    ${
      remarks.length === 0
        ? nothing
        : html`<ul class="remarks">
            ${remarks.map((text) => html`<li>${text}</li>`)}
          </ul>`
    }
  `;
}

/** A device that grows hot is slower at the end. */
function driftText({ layer, first, last }: Drift): string {
  const verdict = verdictOf(last, first);
  const times = `${layer} took ${figures(first.ms)} ms in the first round and ${figures(last.ms)} ms in the last`;
  if (verdict === 'tie') return `No drift: ${times}, which is within their spread.`;
  const change = `${Math.abs(100 * (last.ms / first.ms - 1)).toFixed(0)} % ${verdict}`;
  return `The device was ${change} at the end: ${times}. ${verdict === 'slower' ? 'It may have grown hot.' : ''}`;
}

/** MobileNetV1's convolutions one after another, once all of them have been measured. */
function inAll(rows: Report['rows']): string {
  const layers = rows.filter(({ family }) => family.startsWith('MobileNetV1'));
  if (layers.reduce((sum, row) => sum + row.count, 0) !== 27) return '';
  const ms = layers.reduce((sum, { result, count }) => sum + count * (result?.ms ?? Number.NaN), 0);
  return `MobileNetV1's 27 convolutions take ${figures(ms)} ms in all, one by one.`;
}
