/** Where the page runs: adapter, browser, features and clock, and whether WebGPU is ready, before anything is measured. */
import { html, nothing, type TemplateResult } from 'lit-html';
import type { PageState } from '../page/state';
import type { FoundDevice } from '../start/device';

export function deviceView({ device, clockMs, sampleAsked }: PageState): TemplateResult {
  switch (device.state) {
    case 'looking':
      return html`<p class="ready">Looking for WebGPU …</p>`;
    case 'missing':
      return html`
        <p class="ready missing"><strong>WebGPU is missing.</strong> ${device.what}</p>
        <p class="remedy">${device.remedy}</p>
        <p class="note">
          This browser: ${device.browser}. The results below can be looked at and compared all the same.
        </p>
      `;
    default:
      return html`
        <p class="ready ok">
          <strong>WebGPU is ready.</strong> <span>${fallback(device)} ${missingFeatures(device)}</span>
        </p>
        <dl class="environment">
          <div>
            <dt>Adapter</dt>
            <dd>
              ${device.adapter} ${device.isFallback ? html`<strong class="badge">CPU fallback</strong>` : nothing}
            </dd>
          </div>
          ${fact('Browser', device.browser)}
          ${fact('Features', device.features.join(', ') || 'none of shader-f16, subgroups, timestamp-query')}
          ${fact('Clock', clockText(clockMs))} ${fact('CPU threads', String(navigator.hardwareConcurrency))}
          ${sampleAsked.sample === undefined ? nothing : fact('Layers drawn', `${sampleAsked.sample} by chance`)}
        </dl>
      `;
  }
}

function fact(name: string, text: string): TemplateResult {
  return html`<div>
    <dt>${name}</dt>
    <dd>${text}</dd>
  </div>`;
}

function fallback({ isFallback }: FoundDevice): string {
  if (!isFallback) return '';
  return 'This adapter is a CPU posing as a GPU: results are checked all the same, but times say nothing about a real GPU.';
}

function missingFeatures({ features }: FoundDevice): string {
  if (features.includes('timestamp-query')) return '';
  return 'It has no timestamp queries here, so that the roof of the device stays unknown and times are the page’s own.';
}

function clockText(clockMs: number | undefined): string {
  if (clockMs === undefined) return '';
  const text = clockMs < 1 ? `${Number((clockMs * 1000).toPrecision(2))} µs` : `${clockMs.toFixed(0)} ms`;
  return crossOriginIsolated ? text : `${text}; the page is not cross-origin isolated`;
}
