/** The facts about a mark, for the box beside it and for screen readers. */
import { figures, ofPeak, share } from '../columns';
import type { Mark } from '../result/marks';

export function titleOf({ task, by }: Mark): string {
  return by === '' ? task : `${task}, ${by}`;
}

export function factsOf(mark: Mark): readonly string[] {
  const { ms, spread, gpuMs, firstMs, work, bound, kernel, tile, why } = mark;
  const peak = share(ofPeak(bound, mark));
  return [
    `${figures(ms)} ms ± ${(100 * spread).toFixed(0)} %${gpuMs === undefined ? '' : `, ${figures(gpuMs)} ms on the GPU’s own clock`}`,
    `first result after ${figures(firstMs)} ms`,
    ...(work === undefined ? [] : [`${figures((2 * work.multiplyAdds) / ((gpuMs ?? ms) * 1e6))} GFLOP/s`]),
    ...(peak === undefined ? [] : [`${peak} of what ${bound?.by} allows`]),
    ...(kernel === undefined ? [] : [`kernel ${kernel}`]),
    ...(tile ? [`tile ${tile}`] : []),
    ...(why === undefined ? [] : [why]),
  ];
}

/** All facts in one line. No other mark of a chart has the same. */
export function labelOf(mark: Mark): string {
  return `${titleOf(mark)}: ${factsOf(mark).join('; ')}`;
}
