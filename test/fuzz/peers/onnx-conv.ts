/** Convolutions in ONNX's form, against ONNX Runtime. */
import fc from 'fast-check';
import {
  conv1d,
  conv2d,
  conv2dTranspose,
  depthwiseConv1d,
  groupedConv2d,
  reshape,
  transpose,
  type Tensor,
} from '../../../src/index';
import { from, pairOf, seed, type Pair } from './draws';
import { peerOp, type PeerOp } from './peer-call';

const NCHW = { dataFormat: 'NCHW' } as const;

const windows = fc.record({
  isOne: fc.boolean(),
  batch: from(1, 2),
  groups: from(1, 4),
  ins: from(1, 4),
  outs: from(1, 4),
  window: pairOf(from(1, 4)),
  more: pairOf(from(0, 8)),
  strides: pairOf(from(1, 3)),
  dilations: pairOf(from(1, 3)),
  sides: fc.tuple(from(0, 3), from(0, 3), from(0, 3), from(0, 3)),
  hasBias: fc.boolean(),
  seed,
});

/** Turns the filter of a file, [out, in, ...window], into the form of the functions: [...window, in, out]. */
function filterOf(filter: Tensor): Tensor {
  const spatial = filter.shape.slice(2).map((_, i) => i + 2);
  return transpose(filter, [...spatial, 1, 0]);
}

const convolved = peerOp(
  'Conv',
  windows,
  (g) => {
    const last = g.isOne ? 1 : 2;
    const [window, strides, dilations] = [g.window, g.strides, g.dilations].map((pair) => pair.slice(0, last));
    const sizes = window.map((n, i) => (n - 1) * dilations[i] + 1 + g.more[i]);
    const sides = window.map((_, i): Pair => [g.sides[2 * i], g.sides[2 * i + 1]]);
    const inputs = [
      { shape: [g.batch, g.groups * g.ins, ...sizes] },
      { shape: [g.groups * g.outs, g.ins, ...window] },
      ...(g.hasBias ? [{ shape: [g.groups * g.outs] }] : []),
    ];
    const ours = ([x, w, bias]: readonly Tensor[]): Tensor => {
      using filter = filterOf(w);
      const options = { bias, groups: g.groups };
      if (g.isOne) return conv1d(x, filter, { ...options, strides: strides[0], dilations: dilations[0], padding: sides[0], dataFormat: 'NCW' }); // prettier-ignore
      const geometry = { ...options, strides: strides as never, dilations: dilations as never, padding: sides as never, ...NCHW }; // prettier-ignore
      return g.groups > 1 ? groupedConv2d(x, filter, geometry) : conv2d(x, filter, geometry);
    };
    return {
      op: g.isOne ? 'conv1d' : g.groups > 1 ? 'groupedConv2d' : 'conv2d',
      inputs,
      seed: g.seed,
      rest: [{ groups: g.groups, strides, dilations, padding: sides, bias: g.hasBias }],
      ours,
      theirs: {
        onnx: {
          op: 'Conv',
          inputs: inputs.map((_, i) => i),
          attributes: {
            group: g.groups,
            strides,
            dilations,
            pads: [...sides.map(([before]) => before), ...sides.map(([, after]) => after)],
          },
        },
      },
      bound: { terms: g.ins * window.reduce((all, n) => all * n, 1) + 1 },
    };
  },
  ['conv1d', 'conv2d', 'groupedConv2d'],
);

const depthwise = peerOp(
  'Conv, depthwise',
  windows,
  (g) => {
    const [channels, multiplier] = [1 + g.groups * 2 + g.ins, 1 + (g.outs % 3)];
    const width = (g.window[0] - 1) * g.dilations[0] + 1 + g.more[0];
    const [strides, dilations, padding] = [g.strides[0], g.dilations[0], [g.sides[0], g.sides[1]] as const];
    return {
      op: 'depthwiseConv1d',
      inputs: [{ shape: [g.batch, channels, width] }, { shape: [channels * multiplier, 1, g.window[0]] }],
      seed: g.seed,
      rest: [{ multiplier, strides, dilations, padding, dataFormat: 'NCW' }],
      // Outputs of one channel are neighbours in both layouts, so a reshape of the filter gives the same order.
      ours: ([x, w]) => {
        using taps = filterOf(w);
        using filter = reshape(taps, [taps.shape[0], channels, multiplier]);
        return depthwiseConv1d(x, filter, { strides, dilations, padding, dataFormat: 'NCW' });
      },
      theirs: {
        onnx: {
          op: 'Conv',
          inputs: [0, 1],
          attributes: { group: channels, strides: [strides], dilations: [dilations], pads: padding },
        },
      },
      bound: { terms: g.window[0] },
    };
  },
  ['depthwiseConv1d'],
);

const transposedConv = peerOp(
  'ConvTranspose',
  windows,
  (g) => {
    const shape = [g.batch, g.ins, 1 + (g.more[0] % 6), 1 + (g.more[1] % 6)];
    const reach = g.window.map((n, i) => (n - 1) * g.dilations[i] + 1);
    // The padding leaves something of each axis.
    const side = (i: number): number => Math.min(g.sides[i], Math.floor((reach[i >> 1] - 1) / 2));
    const inputs = [{ shape }, { shape: [g.ins, g.outs, ...g.window] }, ...(g.hasBias ? [{ shape: [g.outs] }] : [])];
    const padding = [[side(0), side(1)], [side(2), side(3)]] as const; // prettier-ignore
    const { strides, dilations } = g;
    return {
      op: 'conv2dTranspose',
      inputs,
      seed: g.seed,
      rest: [{ strides, dilations, padding, ...NCHW }],
      ours: ([x, w, bias]) => {
        using filter = transpose(w, [2, 3, 1, 0]);
        return conv2dTranspose(x, filter, { strides, dilations, padding, bias, ...NCHW });
      },
      theirs: {
        onnx: {
          op: 'ConvTranspose',
          inputs: inputs.map((_, i) => i),
          attributes: { strides, dilations, pads: [side(0), side(2), side(1), side(3)] },
        },
      },
      bound: { terms: g.ins * g.window[0] * g.window[1] + 1 },
    };
  },
  ['conv2dTranspose'],
);

export const onnxConvolutions: readonly PeerOp[] = [convolved, depthwise, transposedConv];
