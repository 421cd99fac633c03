/** Any model's inside: a picker, and tables of what was found. */
import { html, nothing, type TemplateResult } from 'lit-html';
import { classMap } from 'lit-html/directives/class-map.js';
import { figures as digits } from '../../columns';
import type { Metric } from '../state';
import { modelLayers } from '../view/layers';
import type { Fed, Inspection } from './inspect';

/** What is shown of a model of the visitor's. */
export interface InspectorState {
  readonly name?: string;
  readonly status?: string;
  readonly error?: string;
  readonly inspection?: Inspection;
}

export interface InspectorEvents {
  readonly onFiles: (files: readonly File[]) => void;
  /** Another shape for an input whose sizes are open. */
  readonly onShape: (input: string, shape: readonly number[]) => void;
}

const FORMATS: Readonly<Record<Inspection['format'], string>> = {
  'graph-model': 'TensorFlow.js graph model',
  'layers-model': 'TensorFlow.js layers model',
  tflite: 'TFLite',
  onnx: 'ONNX',
};

/** The page shows at most this many nodes. A table of thousands is slow to lay out, and nobody reads it. */
const MAX_ROWS = 2000;

export function inspector(
  state: InspectorState,
  metric: Metric,
  { onFiles, onShape }: InspectorEvents,
): TemplateResult {
  const { name, status, error, inspection } = state;
  const pick = ({ target }: Event): void => {
    const input = target as HTMLInputElement;
    if (input.files !== null && input.files.length > 0) onFiles([...input.files]);
    // The same files may be chosen again.
    input.value = '';
  };
  return html`
    <h2>A model of yours</h2>
    <div class="pick">
      <label class="file">
        <input type="file" multiple accept=".json,.bin,.tflite,.onnx,.data" @change=${pick} />
        <span>Choose a model<small>or drop it on this page</small></span>
      </label>
      <p class="note">
        A <code>.tflite</code> or <code>.onnx</code> file, or a <code>model.json</code> with its
        <code>.bin</code> files. It is read, run on random numbers and timed on your GPU; it does not leave this page.
      </p>
    </div>
    ${status === undefined ? nothing : html`<p role="status">${name}: ${status}</p>`}
    ${error === undefined ? nothing : html`<div class="problem" role="alert"><p>${error}</p></div>`}
    ${inspection === undefined ? nothing : found(name ?? '', inspection, metric, onShape)}
  `;
}

function found(
  name: string,
  inspection: Inspection,
  metric: Metric,
  onShape: InspectorEvents['onShape'],
): TemplateResult {
  const { format, inputs, outputs, dispatches, memory, loadMs, firstMs, runMs, explanation, layers } = inspection;
  const megabytes = (bytes: number): string => `${digits(bytes / 1e6) ?? 0} MB`;
  const onCpu = explanation.nodes.filter(({ place }) => place === 'readback').length;
  const facts: readonly (readonly [string, string])[] = [
    ['Format', FORMATS[format]],
    ['Median run', `${digits(runMs)} ms`],
    ['First run, with compiling', `${digits(firstMs)} ms`],
    ['Loading', `${digits(loadMs)} ms`],
    ['Dispatches', `${dispatches.run}${dispatches.traced > dispatches.run ? `, fused from ${dispatches.traced}` : ''}`],
    [
      'Stages',
      `${explanation.stages}${onCpu > 0 ? `, with ${onCpu} ${onCpu === 1 ? 'node' : 'nodes'} on the CPU` : ''}`,
    ],
    ['Weights on the GPU', megabytes(memory.weights)],
    ['Intermediates', megabytes(memory.intermediates)],
  ];
  return html`
    <h3>${name}</h3>
    <dl class="facts">
      ${facts.map(
        ([title, value]) =>
          html`<div>
            <dt>${title}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
    <div class="scroll">
      <table class="ends">
        <thead>
          <tr>
            <th scope="col">input</th>
            <th scope="col">type</th>
            <th scope="col">shape</th>
          </tr>
        </thead>
        <tbody>
          ${inputs.map(
            (input) =>
              html`<tr>
                <td>${input.name}</td>
                <td>${input.dtype}</td>
                <td>${shapeOf(input, onShape)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <div class="scroll">
      <table class="ends">
        <thead>
          <tr>
            <th scope="col">output</th>
            <th scope="col">type</th>
            <th scope="col">shape</th>
            ${['least', 'mean', 'most'].map((title) => html`<th scope="col" class="numeric">${title}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${outputs.map(
            ({ name: output, dtype, shape, least, mean, most }) =>
              html`<tr>
                <td>${output}</td>
                <td>${dtype}</td>
                <td>${shape.join(' × ')}</td>
                ${[
                  ['least', least],
                  ['mean', mean],
                  ['most', most],
                ].map(([title, value]) => html`<td class="numeric" data-title=${title}>${exact(Number(value))}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${modelLayers({ model: name, layers }, metric)}
    <details>
      <summary>
        ${explanation.nodes.length === 1 ? 'One node' : `All ${explanation.nodes.length} nodes`}, and where each is
        computed
      </summary>
      <div class="scroll">
        <table class="nodes">
          <thead>
            <tr>
              ${['node', 'op', 'where', 'why it waits'].map((title) => html`<th scope="col">${title}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${explanation.nodes.slice(0, MAX_ROWS).map(
              ({ name: node, op, place, stage, why }) =>
                html`<tr class=${classMap({ waits: place === 'readback' })}>
                  <td class="layer">${node}</td>
                  <td>${op}</td>
                  <td>${PLACES[place]}${explanation.stages > 1 ? `, stage ${stage + 1}` : ''}</td>
                  <td>${why ?? ''}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
      ${explanation.nodes.length > MAX_ROWS ? html`<p class="note">The first ${MAX_ROWS} of them.</p>` : nothing}
    </details>
  `;
}

/** Three significant digits, for small numbers, too. */
function exact(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(3))) : String(value);
}

const PLACES: Readonly<Record<Inspection['explanation']['nodes'][number]['place'], string>> = {
  constant: 'once, at loading',
  host: 'CPU, from shapes',
  gpu: 'GPU',
  readback: 'CPU, from results',
};

/** Sizes that the file leaves open can be changed. */
function shapeOf({ name, declared, shape }: Fed, onShape: InspectorEvents['onShape']): TemplateResult | string {
  if (declared?.every((n) => n >= 0) === true) return shape.join(' × ');
  const change = ({ target }: Event): void =>
    onShape(
      name,
      (target as HTMLInputElement).value
        .split(/[^0-9]+/)
        .filter((size) => size !== '')
        .map(Number),
    );
  return html`<input aria-label=${`shape of ${name}`} .value=${shape.join(' × ')} @change=${change} />
    <small>${declared === undefined ? 'any' : declared.map((n) => (n < 0 ? 'any' : n)).join(' × ')}</small>`;
}
