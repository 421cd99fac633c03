/** Depthwise filters of 7x7 and up to 31x31: ConvNeXt and RepLKNet. */
import { Sketch, type Family } from './family';

/** Channels of the first stage by size, of versions 1 and 2; each later stage doubles them. */
const CONV_NEXT = [40, 48, 64, 80, 96, 128, 192, 256];

/** @see https://arxiv.org/abs/2201.03545, table 9, and https://arxiv.org/abs/2301.00808, table 15 */
const convNeXt: Family = {
  name: 'ConvNeXt',
  network(pick) {
    const first = pick(CONV_NEXT);
    const net = new Sketch({ resolution: pick([224, 224, 384]) });
    for (let stage = 0; stage < 4; stage++) {
      const channels = first * 2 ** stage;
      const patch = stage === 0 ? 4 : 2;
      net.square(patch, channels, { strides: patch });
      net
        .depthwise(7, 1, 'linear')
        .pointwise(4 * channels)
        .pointwise(channels);
    }
    return net.build('');
  },
};

/** Channels of the first stage, the filters of the four, and the width of the depthwise half of a block. */
const REPLK = [
  [128, [31, 29, 27, 13], 1],
  [192, [31, 29, 27, 13], 1],
  [256, [27, 27, 27, 13], 1.5],
] as const;

/** As deployed: the small filter is merged into the large one. @see https://arxiv.org/abs/2203.06717, section 4.1 */
const repLkNet: Family = {
  name: 'RepLKNet',
  network(pick) {
    const [first, filters, ratio] = pick(REPLK);
    const net = new Sketch({ resolution: pick([224, 224, 320, 384]) });
    net.square(3, first, { strides: 2 }).depthwise(3, 1, 'linear').pointwise(first).depthwise(3, 2, 'linear');
    for (const [stage, filter] of filters.entries()) {
      const channels = first * 2 ** stage;
      if (stage > 0) net.pointwise(channels).depthwise(3, 2, 'linear');
      net
        .pointwise(channels * ratio)
        .depthwise(filter, 1, 'linear')
        .pointwise(channels);
      net.pointwise(4 * channels).pointwise(channels);
    }
    return net.build('');
  },
};

export const largeFilters: readonly Family[] = [convNeXt, repLkNet];
