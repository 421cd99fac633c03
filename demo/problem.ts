/** A layer with its numbers, as every library gets it, and the expected output. */
import { randomValues } from '../test/support/random';
import { sizeOf, termsOf, type Convolution } from './convolution';
import { convolutionsOf, type Layer } from './layer';
import { reference, type Expected } from './reference';

export interface Problem {
  readonly layer: Layer;
  readonly x: Float32Array;
  /** One, or the two of a separable layer; only the last has a bias and relu6. */
  readonly stages: readonly Stage[];
}

export interface Stage {
  readonly conv: Convolution;
  readonly filter: Float32Array;
  readonly bias?: Float32Array;
  readonly activation: 'linear' | 'relu6';
}

/** Seeded numbers that put most outputs between relu6's two bounds, and some beyond each. */
export function problemOf(layer: Layer): Problem {
  const convolutions = convolutionsOf(layer);
  const last = convolutions.length - 1;
  const stages = convolutions.map((conv, i): Stage => {
    // The numbers between two stages are spread like the input.
    const scale = (i === last ? 6 : Math.sqrt(3)) / Math.sqrt(termsOf(conv));
    const filter = randomValues(sizeOf(conv.filter), 2 + 2 * i).map((w) => w * scale);
    if (i !== last) return { conv, filter, activation: 'linear' };
    return { conv, filter, bias: randomValues(conv.filter[3], 3).map((b) => 3 + b / 2), activation: 'relu6' };
  });
  return { layer, x: randomValues(sizeOf(layer.input), 1), stages };
}

/** The layer in float64, and the error bound of float32. */
export async function expectedOf({ x, stages }: Problem): Promise<Expected> {
  let values: ArrayLike<number> = x;
  let expected: Expected | undefined;
  for (const { conv, filter, bias, activation } of stages) {
    const epilogue = { bias: bias ?? new Float32Array(conv.filter[3]), activation: ACTIVATIONS[activation] };
    expected = await reference(conv, values, filter, epilogue, expected?.bounds);
    values = expected.values;
  }
  if (expected === undefined) throw new Error('a layer without a convolution');
  return expected;
}

const ACTIVATIONS: Readonly<Record<Stage['activation'], (v: number) => number>> = {
  linear: (v) => v,
  relu6: (v) => Math.min(Math.max(v, 0), 6),
};
