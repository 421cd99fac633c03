/** Draws the whole page from its state. */
import { html, nothing, render } from 'lit-html';
import { stages } from '../edges';
import { element } from '../element';
import { peaksTable } from '../peaks/table';
import { EMPTY } from '../report';
import { cardView } from '../view/card';
import { comparisonView } from '../view/comparison';
import { controlsView, type ControlsEvents } from '../view/controls';
import { deviceView } from '../view/device';
import { figuresView, type FiguresView } from '../view/figures';
import { models } from '../view/models';
import { networks } from '../view/networks';
import { comparison } from '../view/peers';
import { photoResult, stageList } from '../view/photo';
import { progressView } from '../view/progress';
import { remarksView } from '../view/remarks';
import { shelfView, type ShelfEvents } from '../view/shelf';
import { table } from '../view/table';
import { textTable } from '../view/text-table';
import { toolsView, type ToolsEvents } from '../view/tools';
import { whenNear } from './near';
import type { Metric, PageState } from './state';

export type PageEvents = ControlsEvents & ToolsEvents & ShelfEvents & { readonly onMetric: (metric: Metric) => void };

const parts = {
  device: element('device', HTMLElement),
  controls: element('controls', HTMLElement),
  progress: element('progress', HTMLElement),
  headline: element('headline', HTMLElement),
  tools: element('tools', HTMLElement),
  remarks: element('remarks', HTMLElement),
  table: element('table', HTMLElement),
  peaks: element('peaks', HTMLElement),
  peers: element('peers', HTMLElement),
  networks: element('networks', HTMLElement),
  models: element('models', HTMLElement),
  photoResult: element('photo-result', HTMLElement),
  shelf: element('shelf', HTMLElement),
  comparison: element('comparison', HTMLElement),
};
const photo = element('photo', HTMLElement);
const details = element('figures', HTMLDetailsElement);

/** @returns a function that draws a state */
export function createPage(events: PageEvents): (state: PageState) => void {
  const roofline = element('roofline', HTMLElement);
  const bars = element('bars', HTMLElement);
  const frame = element('result', HTMLElement);
  const main = frame.parentElement!;
  const figures: FiguresView = figuresView({ frame, roofline, bars, onMetric: events.onMetric });
  render(stageList(stages), element('photo-stages', HTMLElement));
  // On a phone the bars say what matters, and the table is a tap away.
  details.open = matchMedia('(min-width: 46rem)').matches;

  let [isLoading, latest]: [boolean, PageState | undefined] = [false, undefined];
  const load = (): void => {
    if (!isLoading) void figures.load().finally(() => main.classList.remove('uncharted'));
    isLoading = true;
  };
  const draw = (state: PageState): void => {
    latest = state;
    document.body.classList.remove('undrawn');
    render(deviceView(state), parts.device);
    render(controlsView(state, events), parts.controls);
    render(progressView(state), parts.progress);
    drawResult(state);
    if (state.running !== undefined) load();
    // The bars of a run grow. They would push these sections down, so the sections are hidden until the run ends.
    parts.shelf.hidden = state.running !== undefined;
    parts.comparison.hidden = state.running !== undefined;
    render(shelfView(state, events), parts.shelf);
    render(comparisonView(state), parts.comparison);
  };

  const drawResult = (state: PageState): void => {
    const { shown, running, metric } = state;
    const report = shown?.report ?? EMPTY;
    const isRunning = running !== undefined;
    // The tables are drawn when the run has ended: until then each result would move what is below them.
    const told = isRunning ? EMPTY : report;
    render(shown === undefined ? html`<div class="card"></div>` : cardView(shown, isRunning), parts.headline);
    render(toolsView(state, events), parts.tools);
    render(remarksView(told, shown?.from === 'this run'), parts.remarks);
    figures.draw(report, metric);
    render(table(told.rows), parts.table);
    render(told.peaks === undefined ? nothing : textTable(peaksTable(told.peaks)), parts.peaks);
    render(comparison(told.peers), parts.peers);
    render(networks(told.networks), parts.networks);
    render(models(told.models), parts.models);
    details.hidden = told.rows.length + told.networks.length + told.models.length === 0 && told.peers === undefined;
    // The canvases hold the pictures of the last run on this page, and of no other result.
    photo.hidden = shown?.from !== 'this run' || told.photo === undefined;
    render(photoResult(told.photo), parts.photoResult);
  };

  whenNear(parts.tools, load);
  new ResizeObserver(() => latest && drawResult(latest)).observe(frame);
  return draw;
}
