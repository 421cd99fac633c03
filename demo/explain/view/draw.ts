/** Drawings of channels: planes of numbers, kernels, and lines from inputs to outputs. Each channel or group has a colour of its own. */
import { svg, type TemplateResult } from 'lit-html';

/** The hue of the i-th of n channels, as far from its neighbours as possible. */
export function hueOf(i: number, n: number): string {
  return `--hue: ${Math.round((i * 360) / Math.max(n, 1) + 250) % 360}`;
}

/** Side of a number's cell. */
export const CELL = 28;

interface Plane {
  readonly values: readonly (number | undefined)[];
  readonly columns: number;
  /** The row, in cells, of its first number. */
  readonly row?: number;
  /** The colour of each cell. */
  readonly hue: (i: number) => string;
  readonly isMarked?: (i: number) => boolean;
}

/** Numbers in a grid. A number that is not computed yet is left empty. */
export function plane({ values, columns, row = 0, hue, isMarked }: Plane): TemplateResult[] {
  return values.map((value, i) =>
    cell(value, [row + Math.floor(i / columns), i % columns], hue(i), isMarked?.(i) === true),
  );
}

/** One number. */
export function cell(
  value: number | undefined,
  [row, column]: readonly [row: number, column: number],
  hue: string,
  isMarked = false,
): TemplateResult {
  const [left, top] = [column * CELL, row * CELL];
  return svg`
    <g class=${isMarked ? 'cell marked' : 'cell'} style=${hue}>
      <rect x=${left + 1} y=${top + 1} width=${CELL - 2} height=${CELL - 2} rx="4" />
      <text x=${left + CELL / 2} y=${top + CELL / 2}>${value ?? ''}</text>
    </g>
  `;
}

/** A kernel without its numbers: as many cells as it has taps. */
export function kernel(taps: number, x: number, y: number, side: number, hue: string): TemplateResult {
  const step = side / taps;
  const inner = Array.from({ length: taps - 1 }, (_, i) => (i + 1) * step);
  const lines = inner.map((at) => `M${x + at} ${y}v${side}M${x} ${y + at}h${side}`).join('');
  return svg`
    <g class="kernel" style=${hue}>
      <rect x=${x} y=${y} width=${side} height=${side} rx="2" />
      <path d=${lines} />
    </g>
  `;
}

/** A line from the bottom of one cell to the top of another. */
export function wire(from: number, to: number, top: number, bottom: number, hue: string): TemplateResult {
  const [start, end, middle] = [(from + 0.5) * CELL, (to + 0.5) * CELL, (top + bottom) / 2];
  return svg`<path class="wire" style=${hue} d=${`M${start} ${top}C${start} ${middle} ${end} ${middle} ${end} ${bottom}`} />`;
}
