/**
 * What a dispatch computes, in words in which it can be computed together with others: `compile` reads them, nobody else. A
 * dispatch without a meaning is run as it is.
 *
 * @module
 */
import type { Question } from './choice';
import type { Channels } from './elementwise';
import type { Epilogue } from './epilogue';
import type { Halves } from './half';
import type { Operator, Scalar } from './operators';
import type { PaddedAxis } from './pad';
import type { SeparablePair } from './separable';

/** The operands are those of the step. */
export type Meaning = {
  /** What of it is float16. */
  readonly halves?: Halves;
} & (
  | { readonly kind: 'convolution'; readonly question: Question }
  /** A depthwise convolution and the pointwise one after it. */
  | { readonly kind: 'separable'; readonly pair: SeparablePair }
  /** An epilogue of every element of x. */
  | { readonly kind: 'map'; readonly channels: Channels; readonly epilogue: Epilogue }
  /** a and b, broadcast; or one of them and a number. */
  | {
      readonly kind: 'binary';
      readonly operator: Operator;
      readonly a: readonly number[];
      readonly b: readonly number[];
      readonly scalar?: Scalar;
    }
  | { readonly kind: 'pad'; readonly axes: readonly PaddedAxis[]; readonly value: number }
  /** The largest of x under each window. */
  | { readonly kind: 'maxPool' }
  /** x as it is, from element `first` of the output on. */
  | { readonly kind: 'place'; readonly first: number }
  /** Sums over axes of x. */
  | { readonly kind: 'sum'; readonly shape: readonly number[]; readonly axes: ReadonlySet<number> }
);
