/** Bottlenecks whose 3x3 is grouped: ResNeXt, and RegNet, whose widths follow a line. */
import { Sketch, type Family } from './family';

/** Groups and their width in the first stage, which doubles with each stage. */
const RESNEXT = [
  [32, 4],
  [32, 8],
  [64, 4],
] as const;

/** @see https://arxiv.org/abs/1611.05431, tables 1 and 3 */
const resNeXt: Family = {
  name: 'ResNeXt',
  network(pick) {
    const [groups, width] = pick(RESNEXT);
    const net = new Sketch({ resolution: 224 });
    net.square(7, 64, { strides: 2 }).resume(64, 56);
    for (let stage = 0; stage < 4; stage++) {
      const middle = groups * width * 2 ** stage;
      bottlenecks(net, middle, 256 * 2 ** stage, groups, stage === 0 ? 1 : 2);
    }
    return net.build('');
  },
};

/** Depth, initial width, slope, multiplier and width of a group. @see https://arxiv.org/abs/2003.13678, appendix */
const REGNETS: readonly (readonly [depth: number, w0: number, wa: number, wm: number, group: number])[] = [
  [13, 24, 36.44, 2.49, 8],
  [22, 24, 24.48, 2.54, 16],
  [16, 48, 36.97, 2.24, 24],
  [16, 56, 35.73, 2.28, 16],
  [18, 80, 34.01, 2.25, 24],
  [25, 88, 26.31, 2.25, 48],
  [23, 96, 38.65, 2.43, 40],
  [17, 184, 60.83, 2.07, 56],
  [23, 80, 49.56, 2.88, 120],
  [16, 48, 27.89, 2.09, 8],
  [15, 48, 32.54, 2.32, 16],
  [14, 56, 38.84, 2.4, 16],
  [27, 48, 20.71, 2.65, 24],
  [21, 80, 42.63, 2.66, 24],
  [22, 96, 31.41, 2.24, 64],
];

const regNet: Family = {
  name: 'RegNet',
  network(pick) {
    const [depth, w0, wa, wm, group] = pick(REGNETS);
    const net = new Sketch({ resolution: 224 });
    net.square(3, 32, { strides: 2 });
    for (const width of widthsOf(depth, w0, wa, wm)) {
      const own = Math.min(group, width);
      const channels = own * Math.max(1, Math.round(width / own));
      bottlenecks(net, channels, channels, channels / own, 2);
    }
    return net.build('');
  },
};

/** The widths of the stages: a line over the blocks, rounded to powers of the multiplier and to multiples of eight. */
function widthsOf(depth: number, w0: number, wa: number, wm: number): readonly number[] {
  const widths = Array.from({ length: depth }, (_, block) => {
    const power = Math.round(Math.log((block * wa + w0) / w0) / Math.log(wm));
    return 8 * Math.round((w0 * wm ** power) / 8);
  });
  return [...new Set(widths)];
}

/** A stage's first block, and one of its repeated blocks. */
function bottlenecks(net: Sketch, middle: number, channels: number, groups: number, first: number): void {
  for (const strides of [first, 1]) {
    if (strides > 1 || net.channels !== channels) net.shortcut(channels, strides);
    net.pointwise(middle).square(3, middle, { strides, groups }).pointwise(channels);
  }
}

export const groupedNets: readonly Family[] = [resNeXt, regNet];
