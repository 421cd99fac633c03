/**
 * The expected output of a convolution: plain float64 loops, written for this page alone. It shares no line with the library, so
 * that a mistake would have to be made twice.
 */
import { breathe } from './breathe';
import { outputAxis, outputShape, sizeOf, termsOf, type Convolution } from './convolution';

/** Distance from 1 to the next float32. WGSL lets a sum be rounded to either neighbour, so each sum may be off by this much. */
const EPSILON = 2 ** -23;

/** What follows the sum: bias per output channel, then `activation`, which must not enlarge a difference. */
export interface Epilogue {
  readonly bias: ArrayLike<number>;
  readonly activation: (v: number) => number;
}

export interface Expected {
  readonly values: Float64Array;
  /** How far a float32 result may be off: terms * eps * (sum of the terms' magnitudes), in any order of addition. */
  readonly bounds: Float64Array;
}

/**
 * The expected outputs.
 *
 * @param inputBounds how far each input may be off, if it is a result itself
 */
export async function reference(
  conv: Convolution,
  x: ArrayLike<number>,
  filter: ArrayLike<number>,
  { bias, activation }: Epilogue,
  inputBounds?: Float64Array,
): Promise<Expected> {
  const count = sizeOf(outputShape(conv));
  const values = new Float64Array(count);
  const bounds = new Float64Array(count);
  const sum = summer(conv);
  const magnitudes = Float64Array.from(x, Math.abs);
  const filterMagnitudes = Float64Array.from(filter, Math.abs);
  // The bias is a term as well.
  const terms = termsOf(conv) + 1;
  for (let i = 0; i < count; i++) {
    const shift = bias[i % conv.filter[3]];
    values[i] = activation(sum(x, filter, i) + shift);
    bounds[i] = terms * EPSILON * (sum(magnitudes, filterMagnitudes, i) + Math.abs(shift));
    if (inputBounds !== undefined) bounds[i] += sum(inputBounds, filterMagnitudes, i);
    if (i % 256 === 0) await breathe();
  }
  return { values, bounds };
}

/** The sums alone, all at once. */
export function outputsOf(conv: Convolution, x: ArrayLike<number>, filter: ArrayLike<number>): Float64Array {
  const sum = summer(conv);
  return Float64Array.from({ length: sizeOf(outputShape(conv)) }, (_, i) => sum(x, filter, i));
}

/** The sum of an output's terms, by the output's place in memory. */
function summer(conv: Convolution): (x: ArrayLike<number>, filter: ArrayLike<number>, place: number) => number {
  const [, inHeight, inWidth, inChannels] = conv.input;
  const [filterHeight, filterWidth, width, outChannels] = conv.filter;
  const { strides, dilations, groups } = conv;
  const rows = outputAxis(conv, 1);
  const columns = outputAxis(conv, 2);
  return (x, filter, place) => {
    const o = place % outChannels;
    const outX = Math.floor(place / outChannels) % columns.size;
    const outY = Math.floor(place / outChannels / columns.size) % rows.size;
    const n = Math.floor(place / outChannels / columns.size / rows.size);
    const firstChannel = Math.floor(o / (outChannels / groups)) * width;
    let sum = 0;
    for (let tapY = 0; tapY < filterHeight; tapY++) {
      const y = outY * strides + tapY * dilations - rows.before;
      if (y < 0 || y >= inHeight) continue;
      for (let tapX = 0; tapX < filterWidth; tapX++) {
        const xx = outX * strides + tapX * dilations - columns.before;
        if (xx < 0 || xx >= inWidth) continue;
        const pixel = ((n * inHeight + y) * inWidth + xx) * inChannels + firstChannel;
        const tap = (tapY * filterWidth + tapX) * width;
        for (let c = 0; c < width; c++) sum += x[pixel + c] * filter[(tap + c) * outChannels + o];
      }
    }
    return sum;
  };
}
