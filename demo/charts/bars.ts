/** Bars of layers with the intervals of their times: by method, or beside other libraries as a multiple of ours. */
import { axisX, barX, plot, ruleX, ruleY, text } from '@observablehq/plot';
import { figures } from '../columns';
import type { Metric } from '../page/state';
import { verdictOf } from '../result/interval';
import type { LayerMark, Mark } from '../result/marks';
import { colourOf } from './colours';
import { explorable } from './explore';
import { labelOf, titleOf } from './facts';

const ROW = 26;
/** In a chart narrower than this, a name and its figure stand above the bar. */
const NARROW = 620;
/** Of the names beside the bars, of which the longest has forty letters, and of the figures behind the longest bar. */
const NAMES = 300;
const FIGURES_BEHIND = 270;
/** A longer bar is cut off here. The figure beside it gives its full value. */
const MOST_TIMES = 8;

/** One bar, and its interval. */
interface Bar {
  readonly mark: Mark;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly label: string;
  readonly fill: string;
}

type Figure = (mark: LayerMark, ms: number) => number;

const FIGURES: Readonly<Record<Metric, Figure>> = {
  ms: (_, ms) => ms,
  'GFLOP/s': ({ work }, ms) => (2 * work.multiplyAdds) / (ms * 1e6),
  'GB/s': ({ work }, ms) => work.bytes / (ms * 1e6),
  'first ms': ({ firstMs }) => firstMs,
};

/** @param largest the scale's end, one for all families, so that they can be compared */
export function ownBars(marks: readonly LayerMark[], metric: Metric, largest: number, width: number): HTMLElement {
  const valueOf = FIGURES[metric];
  const bars = marks.map((mark): Bar => {
    const ends = [valueOf(mark, mark.low || mark.ms / 10), valueOf(mark, mark.high)].toSorted((a, b) => a - b);
    const value = valueOf(mark, mark.ms);
    return { mark, value, low: ends[0], high: ends[1], label: figures(value)!, fill: colourOf(mark.family) };
  });
  return chart(bars, { largest, width, isLibrary: false }, `${metric} of ${marks[0].family}`);
}

/** The end of the scale for all marks. */
export function largestOf(marks: readonly LayerMark[], metric: Metric): number {
  return Math.max(...marks.map((mark) => FIGURES[metric](mark, mark.ms)));
}

/** One task by several libraries: the time of each as a multiple of ours. */
export function libraryBars(marks: readonly Mark[], width: number): HTMLElement {
  const ours = marks.find(({ isOurs }) => isOurs);
  const unit = ours ?? marks[0];
  const bars = marks.map((mark): Bar => {
    const [value, low, high] = [mark.ms, mark.low, mark.high].map((ms) => Math.min(ms / unit.ms, MOST_TIMES));
    const verdict = ours === undefined || mark === ours ? undefined : verdictOf(mark, ours);
    const word = verdict === 'tie' ? ', tie' : verdict === 'faster' ? ', faster' : '';
    const first = width < NARROW ? '' : `; first ${figures(mark.firstMs)} ms`;
    const label = `${figures(mark.ms)} ms${verdict === undefined ? '' : `, ${figures(mark.ms / unit.ms)} ×${word}`}${first}`;
    const fill = mark === ours ? 'var(--accent)' : verdict === 'faster' ? 'var(--bad)' : 'var(--bar)';
    return { mark, value, low, high, label, fill };
  });
  return chart(
    bars,
    { largest: MOST_TIMES, width, isLibrary: true },
    `Times of ${marks[0].task}, as multiples of ours`,
  );
}

interface ChartOptions {
  readonly largest: number;
  readonly width: number;
  /** Whether all bars show the same task, so that the name of the library is enough. */
  readonly isLibrary: boolean;
}

function chart(bars: readonly Bar[], { largest, width, isLibrary }: ChartOptions, name: string): HTMLElement {
  const isNarrow = width < NARROW;
  const keyOf = ({ mark }: Bar): string => labelOf(mark);
  const nameOf = ({ mark }: Bar): string => (isLibrary ? mark.by : titleOf(mark));
  const names = { y: keyOf, text: nameOf, textAnchor: 'start' as const, frameAnchor: 'left' as const };
  const row = isNarrow ? ROW * 1.6 : ROW;
  const svg = plot({
    width,
    height: bars.length * row + 8,
    marginLeft: isNarrow ? 2 : NAMES,
    marginRight: isNarrow ? 2 : FIGURES_BEHIND,
    marginTop: 4,
    marginBottom: 4,
    style: { background: 'none', fontSize: '13px', overflow: 'visible' },
    x: { domain: [0, largest], axis: null, clamp: true },
    y: { domain: bars.map(keyOf), axis: null, padding: 0 },
    marks: [
      axisX({ ticks: [] }),
      barX(bars, {
        y: keyOf,
        x1: 0,
        x2: 'value',
        fill: 'fill',
        ariaLabel: keyOf,
        insetTop: isNarrow ? 21 : 5,
        insetBottom: 5,
        rx2: 3,
      }),
      ruleY(bars, { y: keyOf, x1: 'low', x2: 'high', stroke: 'var(--ink)', dy: isNarrow ? 8 : 0, strokeWidth: 1.5 }),
      ruleX([0], { stroke: 'var(--line)' }),
      text(bars, { ...names, dx: isNarrow ? 4 : 4 - NAMES, dy: isNarrow ? -10 : 0 }),
      isNarrow
        ? text(bars, { y: keyOf, text: 'label', textAnchor: 'end', frameAnchor: 'right', dy: -10 })
        : text(bars, {
            y: keyOf,
            x: ({ value, high }: Bar) => Math.max(value, Math.min(high, largest)),
            text: 'label',
            textAnchor: 'start',
            dx: 8,
          }),
    ],
  });
  return explorable(
    svg,
    bars.map(({ mark }) => mark),
    `${name}; the arrow keys go from bar to bar`,
  );
}
