/** What the visitor has chosen, and the address that says it. */
import { LANGUAGES, type Language } from './texts/texts';

export interface State {
  readonly language: Language;
  /** Taps along each side of a filter. */
  readonly filterSize: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly padding: 'same' | 'valid';
  /** The output pixel of the worked example that is looked at: row and column, 0 or 1. */
  readonly pixel: readonly [y: number, x: number];
  readonly groups: number;
  /** Channels of each group. */
  readonly width: number;
}

/** The values that the sliders step through. */
export const CHOICES = {
  filterSize: [1, 3, 5],
  inChannels: [1, 2, 3, 4, 5, 6, 7, 8],
  outChannels: [1, 2, 3, 4, 5, 6, 7, 8],
  groups: [1, 2, 3, 4],
  width: [1, 2, 3, 4],
} as const;

/** The documents' own numbers, in the language of the address, or else in that of the browser. */
export function stateOf(search: string, preferred: string): State {
  const asked = new URLSearchParams(search).get('lang') ?? preferred;
  return {
    language: LANGUAGES.find((language) => asked.startsWith(language)) ?? 'en',
    filterSize: 3,
    inChannels: 3,
    outChannels: 4,
    padding: 'same',
    pixel: [0, 1],
    groups: 2,
    width: 4,
  };
}
