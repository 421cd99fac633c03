/**
 * Colors for single numbers: maps from [0, 1] to red, green and blue.
 *
 * @module
 */
import { check, show } from '../conv/check';

/** A map of colors by name: from black to white, or one of Matplotlib's. */
export type ColormapName = 'grey' | 'viridis' | 'magma';

/** A map by name, or colors at equal distances, each of red, green and blue in [0, 1], with linear interpolation between them. */
export type Colormap = ColormapName | readonly (readonly [red: number, green: number, blue: number])[];

/** Matplotlib's colors at equal distances; interpolation between them is within 2 % of the whole map. */
const MAPS: Readonly<Record<ColormapName, string>> = {
  grey: '000000 ffffff',
  viridis: '440154 472d7b 3b528b 2c728e 21918c 28ae80 5ec962 addc30 fde725',
  magma: '000004 140e36 3b0f70 641a80 8c2981 b73779 de4968 f7705c fe9f6d fecf92 fcfdbf',
};

/** The most colors, since they are written into the shader's text. */
const MOST = 256;

/**
 * The colors of a map.
 *
 * @throws if there is none of that name, or the list is none of 2 to 256 colors
 */
export function colorsOf(op: string, colormap: Colormap): readonly (readonly number[])[] {
  if (typeof colormap === 'string') {
    check(
      Object.hasOwn(MAPS, colormap),
      () => `${op}: colormap is ${show(colormap)}; it is one of ${Object.keys(MAPS).join(', ')}, or a list of colors`,
    );
    return MAPS[colormap].split(' ').map((hex) => [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255));
  }
  check(
    Array.isArray(colormap) && colormap.length >= 2 && colormap.length <= MOST,
    () => `${op}: colormap is ${show(colormap)}; give a name, or 2 to ${MOST} colors such as [[0, 0, 0], [1, 1, 1]]`,
  );
  for (const [i, color] of colormap.entries()) checkColor(op, `colormap[${i}]`, color);
  return colormap;
}

/** @throws unless it is three numbers in [0, 1] */
export function checkColor(op: string, name: string, color: readonly number[]): void {
  check(
    Array.isArray(color) && color.length === 3 && color.every((part) => part >= 0 && part <= 1),
    () => `${op}: ${name} is ${show(color)}; give red, green and blue in [0, 1], such as [1, 0.5, 0]`,
  );
}
