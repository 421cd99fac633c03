/** How the library computed a tensor, in words. */
import { explain, type Tensor } from '../src/index';

export interface Kernels {
  readonly kernel: string;
  /** The kernel's knobs. */
  readonly tile: string;
  /** Why this kernel was chosen. */
  readonly why: string;
}

/** Which kernels made a tensor, in words: `split/copy x32 + conv2d/tile x32 + concat/copy`. */
export function kernelsOf(output: Tensor): Kernels {
  const { steps, why } = explain(output);
  const counts = new Map<string, { count: number; tile: string }>();
  for (const { kernel, tile } of steps) {
    const known = counts.get(kernel);
    if (known !== undefined) known.count++;
    else counts.set(kernel, { count: 1, tile: tileText(tile) });
  }
  const kernels = [...counts].map(([kernel, { count }]) => (count > 1 ? `${kernel} x${count}` : kernel));
  const tiles = [...counts.values()].map(({ tile }) => tile).filter((tile) => tile !== '');
  return { kernel: kernels.join(' + '), tile: tiles.join(' + '), why };
}

/** `width 4, height 2` for { TILE_WIDTH: 4, TILE_HEIGHT: 2 }. */
function tileText(tile: Readonly<Record<string, number>>): string {
  const knobs = Object.entries(tile).map(
    ([knob, value]) =>
      `${knob
        .replace(/^TILE_/, '')
        .toLowerCase()
        .replaceAll('_', ' ')} ${value}`,
  );
  return knobs.join(', ');
}
