/** The charts of a result, drawn anew only when there is something new to draw: a box that is open stays open. */
import { html, nothing, render, type TemplateResult } from 'lit-html';
import { styleMap } from 'lit-html/directives/style-map.js';
import { groupBy } from '../group-by';
import type { Metric } from '../page/state';
import type { Report } from '../report';
import { marksOf, type Mark } from '../result/marks';

type Charts = typeof import('../charts/charts');

export interface FiguresOptions {
  /** What both lie in, whose width they take: they are hidden where there is nothing to draw. */
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
  let charts: Charts | undefined;
  let latest: readonly [Report, Metric] | undefined;
  let drawn: readonly unknown[] = [];

  const draw = (report: Report, metric: Metric): void => {
    latest = [report, metric];
    const marks = marksOf(report);
    const width = frame.clientWidth;
    const key = [charts, report.rows, report.peers?.layers, report.peaks, metric, width];
    if (key.every((value, i) => value === drawn[i])) return;
    drawn = key;
    const isEmpty = marks.length === 0;
    roofline.hidden = isEmpty;
    bars.hidden = isEmpty;
    if (isEmpty) return;
    render(rooflineSection(charts, marks, report, width), roofline);
    render(barsSection(charts, marks, report, { metric, width, onMetric }), bars);
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
  charts: Charts | undefined,
  marks: readonly Mark[],
  { peaks }: Report,
  width: number,
): TemplateResult {
  const own = marks.filter(({ isOurs }) => isOurs);
  return html`
    <h2>How near to what the device can do</h2>
    <p class="note">
      ${
        peaks === undefined
          ? 'The device’s own limits are not known: measuring them takes timestamp queries, which were not there.'
          : 'The line is what this device gives at most, measured in the same run: memory on the left, arithmetic on the right. Each dot is a layer; one on the line could not be faster.'
      }
    </p>
    <div class="canvas">${charts === undefined || width === 0 ? nothing : charts.roofline(own, peaks, width)}</div>
  `;
}

interface BarsOptions {
  readonly metric: Metric;
  readonly width: number;
  readonly onMetric: (metric: Metric) => void;
}

function barsSection(
  charts: Charts | undefined,
  marks: readonly Mark[],
  { peers }: Report,
  { metric, width, onMetric }: BarsOptions,
): TemplateResult {
  if (charts === undefined || width === 0) return html`<h2>Every layer</h2>`;
  if (peers !== undefined) {
    return html`
      <h2>Every layer, beside other libraries</h2>
      <p class="note">
        Multiples of the time of depthwise: a longer bar is a slower library. A bar is red only where another library is
        faster and the two intervals do not meet; where they meet it is a tie.
      </p>
      ${[...groupBy(marks, ({ layer }) => layer)].map(
        ([layer, members]) => html`
          <h3>${layer}</h3>
          ${charts.libraryBars(members, width)}
        `,
      )}
    `;
  }
  const largest = charts.largestOf(marks, metric);
  return html`
    <h2>Every layer</h2>
    <div class="metrics" role="group" aria-label="What the bars show">
      ${(Object.keys(HELP) as Metric[]).map(
        (name) =>
          html`<button type="button" aria-pressed=${name === metric} @click=${() => onMetric(name)}>${name}</button>`,
      )}
      <span class="note">${HELP[metric]}</span>
    </div>
    ${[...groupBy(marks, ({ family }) => family)].map(
      ([family, members]) => html`
        <h3><span class="swatch" style=${styleMap({ background: charts.colourOf(family) })}></span>${family}</h3>
        ${charts.ownBars(members, metric, largest, width)}
      `,
    )}
  `;
}
