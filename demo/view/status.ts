/** The page's short parts: where it runs, how far it is, how it ended. */
import { html, nothing, type TemplateResult } from 'lit-html';
import { figures } from '../columns';
import type { Stage } from '../edges';
import type { PhotoResult } from '../photo';
import type { Report } from '../report';

export function environment({ environment: found, sample }: Report): TemplateResult | typeof nothing {
  if (found === undefined) return nothing;
  const { adapter, isFallback, browser, features, crossOriginIsolated: isolated, threads } = found;
  return html`
    <dl class="environment">
      <div>
        <dt>Adapter</dt>
        <dd>${adapter} ${isFallback ? html`<strong class="badge">CPU fallback</strong>` : nothing}</dd>
      </div>
      <div>
        <dt>Browser</dt>
        <dd>${browser}</dd>
      </div>
      <div>
        <dt>Features</dt>
        <dd>${features.join(', ') || 'none of shader-f16, subgroups, timestamp-query'}</dd>
      </div>
      <div>
        <dt>Clock</dt>
        <dd>${isolated ? '5 µs' : '100 µs (the page is not cross-origin isolated)'}</dd>
      </div>
      <div>
        <dt>CPU threads</dt>
        <dd>${threads}</dd>
      </div>
      ${
        sample === undefined
          ? nothing
          : html`<div>
              <dt>Layers drawn</dt>
              <dd>?sample=${sample.count}&seed=${sample.seed}</dd>
            </div>`
      }
    </dl>
    ${
      isFallback
        ? html`<p class="note">
            This adapter is a CPU posing as a GPU. The results are checked all the same, but the times say nothing about
            a real GPU.
          </p>`
        : nothing
    }
  `;
}

export function progress({
  status,
  progress: { done, total, label },
  rows,
  peers,
  networks,
  models,
  errors,
}: Report): TemplateResult | typeof nothing {
  if (status === 'idle') return nothing;
  const right = rows.filter((row) => row.ok).length;
  const outcome = [
    peers === undefined && rows.length > 0
      ? `${right} of ${rows.length} results are right`
      : counted(peers?.layers.length ?? 0, 'layer'),
    counted(networks.length, 'network'),
    counted(models.length, 'model'),
  ];
  return html`
    <progress max=${total} .value=${done} aria-label="Layers done"></progress>
    <p class="status ${status}">
      <strong>${STATUS[status]}</strong>
      ${status === 'running' ? `${done + 1} of ${total}: ${label}` : outcome.filter((part) => part !== '').join(', ')}
    </p>
    ${errors.map((error) => html`<p class="error" role="alert">${error}</p>`)} ${total > 0 ? network(rows) : nothing}
  `;
}

/** `1 layer`, `2 layers`, and nothing of none. */
function counted(n: number, noun: string): string {
  return n === 0 ? '' : `${n} ${noun}${n === 1 ? '' : 's'}`;
}

const STATUS: Readonly<Record<Report['status'], string>> = {
  idle: '',
  running: 'Running',
  passed: 'Passed',
  failed: 'Failed',
  stopped: 'Stopped',
};

/** MobileNetV1's convolutions one after another, once all of them have been measured. */
function network(rows: Report['rows']): TemplateResult | typeof nothing {
  const layers = rows.filter(({ family }) => family.startsWith('MobileNetV1'));
  const count = layers.reduce((sum, row) => sum + row.count, 0);
  if (count !== 27) return nothing;
  const ms = layers.reduce((sum, { result, count: times }) => sum + times * (result?.ms ?? Number.NaN), 0);
  return html`<p class="sum">MobileNetV1's 27 convolutions take ${figures(ms)} ms in all, one by one.</p>`;
}

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
