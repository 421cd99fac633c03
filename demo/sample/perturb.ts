/** Changes a layer's sizes to ones that differ from the paper. */
import type { Convolution } from '../convolution';
import type { Pick } from './family';

/** Mostly returns it unchanged; otherwise with an odd height and width, odd channels, or a multiplier of 2. */
export function perturbed(conv: Convolution, pick: Pick): Convolution {
  switch (pick(['not', 'not', 'not', 'size', 'channels', 'multiplier'] as const)) {
    case 'not':
      return conv;
    case 'size':
      return withOddSize(conv, pick);
    case 'channels':
      return withOddChannels(conv, pick);
    case 'multiplier':
      return withMultiplier(conv);
  }
}

/** An image of another shape: height and width are odd and different. */
function withOddSize(conv: Convolution, pick: Pick): Convolution {
  const [batch, height, width, channels] = conv.input;
  if (height < 4) return conv;
  const less = (size: number): number => size - (size % 2 === 0 ? 1 : 2);
  return { ...conv, input: [batch, less(height), pick([less(width), less(width) + 2]), channels] };
}

/** A pruned layer: a group has up to three channels less. An image keeps its colours. */
function withOddChannels(conv: Convolution, pick: Pick): Convolution {
  const { input, filter, groups } = conv;
  const [batch, height, size, channels] = input;
  const pruned = pick([1, 2, 3]);
  if (groups === channels) {
    const multiplier = filter[3] / channels;
    const left = Math.max(1, channels - pruned);
    return {
      ...conv,
      input: [batch, height, size, left],
      filter: [filter[0], filter[1], 1, left * multiplier],
      groups: left,
    };
  }
  const inputs = channels / groups;
  const outputs = filter[3] / groups;
  const left = (width: number): number => (width <= 4 ? width : width - pruned);
  return {
    ...conv,
    input: [batch, height, size, groups * left(inputs)],
    filter: [filter[0], filter[1], left(inputs), groups * left(outputs)],
  };
}

/** Only depthwise filters have a multiplier. */
function withMultiplier(conv: Convolution): Convolution {
  const { input, filter, groups } = conv;
  const isDepthwise = groups > 1 && groups === input[3] && filter[3] === groups;
  return isDepthwise ? { ...conv, filter: [filter[0], filter[1], 1, 2 * groups] } : conv;
}
