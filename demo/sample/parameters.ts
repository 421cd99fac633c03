/** How a sample is requested, on the command line and in the page's address: two numbers as text. */

export interface SampleAsked {
  readonly sample?: string;
  readonly seed?: string;
}

export interface Sample {
  readonly count: number;
  readonly seed: number;
}

const MOST_LAYERS = 1000;
const MOST_SEED = 2 ** 32 - 1;

/**
 * How many layers, and the seed that draws them. Without a seed, a new one is drawn.
 *
 * @returns undefined if no sample is asked for
 * @throws if one of them is not a number
 */
export function sampleOf({ sample, seed }: SampleAsked): Sample | undefined {
  if (sample === undefined) {
    if (seed !== undefined) throw new Error(`--seed ${seed} is for layers drawn by chance; add --sample 30`);
    return undefined;
  }
  const count = wholeNumber('--sample', sample, 1, MOST_LAYERS);
  if (seed !== undefined) return { count, seed: wholeNumber('--seed', seed, 0, MOST_SEED) };
  // A number that is short enough to type again.
  return { count, seed: Math.floor(Math.random() * 1e6) };
}

function wholeNumber(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new Error(`${option} ${text}: give a whole number from ${least} to ${most}`);
}
