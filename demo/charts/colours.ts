/** The colours of families. A family has the same one in every chart. */

/** A word in the name of a family, and its angle on the colour wheel of oklch. */
const HUES: readonly (readonly [word: string, hue: number])[] = [
  ['stem', 60],
  ['pointwise', 165],
  ['grouped', 35],
  ['dilated', 310],
  ['separable', 120],
  ['', 250],
];

export function colourOf(family: string): string {
  const hue = HUES.find(([word]) => family.toLowerCase().includes(word))?.[1] ?? 0;
  return `oklch(0.62 0.14 ${hue})`;
}
