/** The charts of a result. They are drawn again only if something has changed, so that an open box stays open. */
import { html, nothing, render, type TemplateResult } from 'lit-html';
import { styleMap } from 'lit-html/directives/style-map.js';
import type * as Charts from '../charts/charts';
import { figures } from '../columns';
import { groupBy } from '../group-by';
import type { Metric } from '../page/state';
import { bandwidthOf, type Peaks } from '../peaks/peaks';
import type { Load } from '../peers/results';
import { shippedText } from '../peers/tables';
import type { Report } from '../report';
import { layerMarks, wholeMarks, type LayerMark, type Mark } from '../result/marks';

export interface FiguresOptions {
  /** The element that both charts are in. They are as wide as it is. */
  readonly frame: HTMLElement;
  readonly roofline: HTMLElement;
  readonly bars: HTMLElement;
  readonly onMetric: (metric: Metric) => void;
}

export interface FiguresView {
  /** Draws what has changed, as soon as the charts are loaded. */
  readonly draw: (report: Report, metric: Metric) => void;
  readonly load: () => Promise<void>;
}

const HELP: Readonly<Record<Metric, string>> = {
  ms: 'Time per call: less is better.',
  'GFLOP/s': 'Arithmetic per second: more is better.',
  'GB/s': 'Least bytes moved per second: more is better. Depthwise layers are short of this.',
  'first ms': 'Time to the first result, compiling included: less is better.',
};

export function figuresView({ frame, roofline, bars, onMetric }: FiguresOptions): FiguresView {
  let charts: typeof Charts | undefined;
  let latest: readonly [Report, Metric] | undefined;
  let drawn: readonly unknown[] = [];

  const draw = (report: Report, metric: Metric): void => {
    latest = [report, metric];
    const { rows, peers, networks, models, peaks, status } = report;
    const width = frame.clientWidth;
    const key = [charts, rows, peers?.layers, networks, models, peaks, metric, width, status];
    if (key.every((value, i) => value === drawn[i])) return;
    drawn = key;
    const marks = layerMarks(report);
    // During a run the space stays reserved even while there is nothing to draw.
    roofline.hidden = marks.length === 0 && status !== 'running';
    const loaded = width === 0 ? undefined : charts;
    render(rooflineSection(loaded, marks, peaks, width), roofline);
    const layers = peers === undefined ? ownSection(loaded, marks, { metric, width, onMetric }) : nothing;
    const tasks = [...(peers === undefined ? [] : marks), ...wholeMarks(report)];
    render(html`${layers} ${librariesSection(loaded, tasks, peers?.loads ?? [], width)}`, bars);
  };

  return {
    draw,
    async load() {
      charts ??= await import('../charts/charts');
      if (latest !== undefined) draw(...latest);
    },
  };
}

function rooflineSection(
  charts: typeof Charts | undefined,
  marks: readonly LayerMark[],
  peaks: Peaks | undefined,
  width: number,
): TemplateResult {
  const ours = marks.filter(({ isOurs }) => isOurs);
  return html`
    <h2>How near to what the device can do</h2>
    <p class="note">
      ${
        peaks === undefined
          ? 'The device’s own limits are not known: measuring them takes timestamp queries, which were not there.'
          : `The line is what the device gives at most, measured in the same run: on the left memory, ${figures(bandwidthOf(peaks))} GB/s, on the right multiply-adds, ${figures(peaks.gigaflops)} GFLOP/s. Each dot is a layer; one on the line could not be faster.`
      }
    </p>
    <div class="canvas">${ours.length === 0 ? nothing : charts?.roofline(ours, peaks, width)}</div>
  `;
}

interface OwnOptions {
  readonly metric: Metric;
  readonly width: number;
  readonly onMetric: (metric: Metric) => void;
}

function ownSection(
  charts: typeof Charts | undefined,
  marks: readonly LayerMark[],
  { metric, width, onMetric }: OwnOptions,
): TemplateResult | typeof nothing {
  if (charts === undefined || marks.length === 0) return nothing;
  const largest = charts.largestOf(marks, metric);
  return html`
    <h2>Every layer</h2>
    <div class="metrics" role="group" aria-label="What the bars show">
      ${(Object.keys(HELP) as Metric[]).map(
        (name) =>
          html`<button type="button" aria-pressed=${name === metric} @click=${() => onMetric(name)}>${name}</button>`,
      )}
      <span>${HELP[metric]}</span>
    </div>
    ${[...groupBy(marks, ({ family }) => family)].map(
      ([family, members]) => html`
        <h3><span class="swatch" style=${styleMap({ background: charts.colourOf(family) })}></span>${family}</h3>
        ${charts.ownBars(members, metric, largest, width)}
      `,
    )}
  `;
}

function librariesSection(
  charts: typeof Charts | undefined,
  marks: readonly Mark[],
  loads: readonly Load[],
  width: number,
): TemplateResult | typeof nothing {
  if (charts === undefined || marks.length === 0) return nothing;
  return html`
    <h2>Beside each other</h2>
    <p class="note">
      Bars are multiples of the time of depthwise: a longer one is slower. A bar is red only where something else is
      faster and the two intervals do not meet; where they meet it is a tie. A bar that fills the whole width is cut off
      there, and only its figure is whole.
    </p>
    ${loads.length === 0 ? nothing : libraries(loads)}
    ${[...groupBy(marks, ({ task }) => task)].map(
      ([task, members]) => html`
        <h3>${task}</h3>
        ${charts.libraryBars(members, width)}
      `,
    )}
  `;
}

/** What each library ships, and why one is not measured. */
function libraries(loads: readonly Load[]): TemplateResult {
  return html`
    <ul class="libraries">
      ${loads.map(
        (load) => html`
          <li>
            <strong>${load.title}</strong>
            <span>${shippedText(load)}</span>
            ${load.error === undefined ? nothing : html`<span class="problem">not measured: ${load.error}</span>`}
            ${load.absent ?? nothing}
          </li>
        `,
      )}
    </ul>
  `;
}
