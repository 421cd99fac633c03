/**
 * Each layer between the two limits of the device: how fast memory can bring it numbers, and how fast it can multiply them.
 *
 * @see https://doi.org/10.1145/1498765.1498785
 */
import { axisX, axisY, dot, line, plot } from '@observablehq/plot';
import { bandwidthOf, type Peaks } from '../peaks/peaks';
import { gigaflopsOf, intensityOf, type LayerMark } from '../result/marks';
import { colourOf } from './colours';
import { explorable } from './explore';
import { labelOf } from './facts';

const HEIGHT = 380;

export function roofline(marks: readonly LayerMark[], peaks: Peaks | undefined, width: number): HTMLElement {
  const xs = marks.map(intensityOf);
  const [left, right] = [Math.min(...xs) / 1.6, Math.max(...xs) * 1.6];
  const roof = peaks === undefined ? [] : roofOf(peaks, left, right);
  const lowest = Math.min(...marks.map(gigaflopsOf), ...roof.map(({ y }) => y));
  const highest = Math.max(...marks.map(gigaflopsOf), ...roof.map(({ y }) => y));
  const svg = plot({
    width,
    height: HEIGHT,
    marginLeft: 52,
    marginRight: 16,
    marginTop: 28,
    marginBottom: 44,
    style: { background: 'none', fontSize: '12px', overflow: 'visible' },
    x: { type: 'log', domain: [left, right] },
    y: { type: 'log', domain: [lowest / 1.5, highest * 1.6] },
    marks: [
      axisX({ ticks: 6, tickFormat: plain, label: 'operations per byte →', labelOffset: 38 }),
      axisY({ ticks: 6, tickFormat: plain, label: '↑ GFLOP/s' }),
      line(roof, { x: 'x', y: 'y', stroke: 'var(--quiet)', strokeWidth: 2 }),
      dot(marks, {
        x: intensityOf,
        y: gigaflopsOf,
        r: 5.5,
        fill: (mark: LayerMark) => colourOf(mark.family),
        stroke: 'var(--page)',
        ariaLabel: labelOf,
      }),
    ],
  });
  return explorable(svg, marks, 'Roofline: a dot for each layer; the arrow keys go from one to the next');
}

/** The two lines, and where they meet. */
function roofOf(peaks: Peaks, left: number, right: number): readonly { readonly x: number; readonly y: number }[] {
  const bandwidth = bandwidthOf(peaks);
  const ridge = peaks.gigaflops / bandwidth;
  const at = (x: number): { x: number; y: number } => ({ x, y: Math.min(peaks.gigaflops, bandwidth * x) });
  return [left, ...(ridge > left && ridge < right ? [ridge] : []), right].map(at);
}

function plain(value: number): string {
  return String(Number(value.toPrecision(3)));
}
