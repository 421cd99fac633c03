/** The photograph whose edges were found twice. */
import { html, nothing, type TemplateResult } from 'lit-html';
import { figures } from '../columns';
import type { Stage } from '../edges';
import type { PhotoResult } from '../photo';

export function photoResult(photo: PhotoResult | undefined): TemplateResult | typeof nothing {
  if (photo === undefined) return nothing;
  const { ok, maxDifference, ofBound, firstMs, ms } = photo;
  return html`<strong class=${ok ? 'ok' : 'wrong'}>${ok ? 'The two pictures agree' : 'The two pictures differ'}</strong
    >: the largest difference is ${maxDifference.toExponential(1)} of white, ${ofBound.toFixed(3)} of what rounding
    allows. The four convolutions took ${figures(ms)} ms on the GPU, ${figures(firstMs)} ms the first time.`;
}

export function stageList(stages: readonly Stage[]): TemplateResult {
  return html`${stages.map(({ name }) => html`<li>${name}</li>`)}`;
}
