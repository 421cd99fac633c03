/** The words of the page, in each language. */
import type { Kind } from '../numbers';
import { chinese } from './chinese';
import { english } from './english';

export const LANGUAGES = ['en', 'zh'] as const;

export type Language = (typeof LANGUAGES)[number];

export interface Texts {
  /** The value of the `lang` attribute. */
  readonly lang: string;
  /** The language in its own words. */
  readonly name: string;
  readonly title: string;
  readonly intro: string;
  /** The label of the navigation between the languages. */
  readonly pages: string;
  readonly benchmark: string;
  readonly faces: string;
  readonly documentation: string;
  readonly languages: string;
  readonly computedOn: (gpu: string) => string;
  readonly noGpu: string;
  readonly equal: string;
  readonly different: string;
  readonly kinds: {
    readonly heading: string;
    readonly lead: string;
    readonly names: Readonly<Record<Kind, string>>;
    readonly what: Readonly<Record<Kind, string>>;
    readonly filterSize: string;
    readonly inChannels: string;
    readonly outChannels: string;
    readonly padding: string;
    readonly same: string;
    readonly valid: string;
    readonly weights: (count: string) => string;
    readonly output: (shape: string, products: string) => string;
    readonly drawing: (kind: string, filters: number, kernels: number) => string;
    /** @param share the separable weights as a share of the standard ones, in percent */
    readonly sum: (separable: string, standard: string, share: string) => string;
  };
  readonly worked: {
    readonly heading: string;
    readonly lead: string;
    readonly pixel: string;
    readonly position: (row: number, column: number) => string;
    readonly depthwise: string;
    readonly standard: string;
    readonly channel: (c: number) => string;
    readonly filter: (c: number, q: number) => string;
    readonly result: (channel: number) => string;
    readonly end: string;
  };
  readonly groups: {
    readonly heading: string;
    readonly lead: string;
    readonly groups: string;
    readonly width: string;
    readonly contiguous: string;
    readonly strided: string;
    readonly whatContiguous: string;
    readonly whatStrided: string;
    readonly inputs: string;
    readonly outputs: string;
    readonly byHand: string;
    readonly halves: string;
    readonly drawing: (grouping: string, groups: string) => string;
  };
  readonly transforms: {
    readonly heading: string;
    readonly lead: string;
    readonly products: string;
    readonly right: string;
    readonly wrong: string;
    readonly whatRight: string;
    readonly whatWrong: string;
    readonly sums: string;
    readonly library: string;
    readonly drawing: (kind: string) => string;
  };
}

export const texts: Readonly<Record<Language, Texts>> = { en: english, zh: chinese };
