/**
 * Layers drawn by chance: they are layers of real networks, the same seed draws the same layers, and they keep to their
 * budget.
 */
import { describe, expect, test } from 'vitest';
import { multiplyAdds, outputShape, sizeOf } from '../../demo/convolution';
import { convolutionOf } from '../../demo/layer';
import type { Measured } from '../../demo/peers/results';
import type { ContenderName } from '../../demo/peers/strategy';
import { tables } from '../../demo/peers/tables';
import { FAMILIES } from '../../demo/sample/families';
import { opOf } from '../../demo/sample/layer-of';
import { sampleOf } from '../../demo/sample/parameters';
import { CPU_BUDGET, GPU_BUDGET, sampleLayers, type Budget } from '../../demo/sample/sample';
import { generator } from '../support/random';

function drawn(seed: number, budget: Budget = CPU_BUDGET, filter = ''): ReturnType<typeof sampleLayers> {
  return sampleLayers({ count: 40, seed, budget, pattern: new RegExp(filter) });
}

describe('a sample', () => {
  test('is the same for the same seed, and another for another', () => {
    expect(drawn(1)).toEqual(drawn(1));
    expect(drawn(1).map(({ name }) => name)).not.toEqual(drawn(2).map(({ name }) => name));
  });

  test.for([CPU_BUDGET, GPU_BUDGET])('keeps to the budget of $multiplyAdds multiply-adds', (budget) => {
    for (const layer of drawn(3, budget)) {
      const conv = convolutionOf(layer);
      // Pruning and a channel multiplier of 2 may change a layer after the budget was checked.
      expect(multiplyAdds(conv), layer.name).toBeLessThanOrEqual(2 * budget.multiplyAdds);
      expect(sizeOf(conv.input) + sizeOf(outputShape(conv)), layer.name).toBeLessThanOrEqual(2 * budget.values);
    }
  });

  test('has every family, every op, batches, strides, dilations, multipliers and odd channels', () => {
    const layers = [1, 2, 3, 4, 5, 6].flatMap((seed) => drawn(seed));
    expect(new Set(layers.map(({ network }) => network))).toEqual(new Set(FAMILIES.map(({ name }) => name)));
    expect(new Set(layers.map(({ op }) => op))).toEqual(
      new Set(['conv2d', 'depthwiseConv2d', 'pointwiseConv2d', 'groupedConv2d']),
    );
    expect(layers.some(({ input }) => input[0] === 8)).toBe(true);
    expect(layers.some(({ strides }) => strides > 1)).toBe(true);
    expect(layers.some(({ dilations }) => dilations > 1)).toBe(true);
    expect(layers.some(({ op, filter }) => op === 'depthwiseConv2d' && filter[3] > 1)).toBe(true);
    expect(layers.some(({ input }) => input[3] % 2 === 1)).toBe(true);
    expect(layers.some(({ input }) => input[1] !== input[2])).toBe(true);
  });

  test('fits together: channels are whole groups, and a depthwise filter has the channels of its input', () => {
    for (const { name, op, input, filter, groups } of drawn(4, GPU_BUDGET)) {
      const width = op === 'groupedConv2d' ? groups * filter[2] : filter[2];
      expect(width, name).toBe(input[3]);
      expect(
        [...input, ...filter].every((n) => Number.isInteger(n) && n > 0),
        name,
      ).toBe(true);
    }
  });

  test('has the layers that the filter selects, or an error says what there is', () => {
    expect(drawn(5, CPU_BUDGET, 'RegNet g').every(({ op }) => op === 'groupedConv2d')).toBe(true);
    expect(() => drawn(5, CPU_BUDGET, 'nothing')).toThrow(
      '0 layers of 40 match the filter /nothing/ within 30 million multiply-adds; the families are MobileNetV1, ',
    );
  });
});

/** The layers of 60 networks of a family. One generator makes all of their choices. */
function layersOf(family: string): readonly string[] {
  const { network } = FAMILIES.find(({ name }) => name === family)!;
  const random = generator(1);
  const all = Array.from({ length: 60 }, () => network((list) => list[Math.floor(random() * list.length)]));
  return all.flatMap(({ layers }) =>
    layers.flatMap((layer) => {
      if (layer.kind !== 'conv') return [];
      const { input, filter, groups, strides, dilations } = layer.conv;
      return [
        `${opOf(layer.conv)} ${input[1]} ${input[3]}>${filter[3]} k${filter[0]} g${groups} s${strides} d${dilations}`,
      ];
    }),
  );
}

describe('the families', () => {
  /** These layers appear in the tables of the papers and in the published weights. */
  test.for([
    ['MobileNetV1', 'pointwiseConv2d 14 512>512 k1 g1 s1 d1'],
    ['MobileNetV2', 'depthwiseConv2d 28 192>192 k3 g192 s2 d1'],
    ['MobileNetV3', 'depthwiseConv2d 7 960>960 k5 g960 s1 d1'],
    ['MobileNetV4', 'depthwiseConv2d 28 192>192 k5 g192 s2 d1'],
    ['EfficientNet', 'depthwiseConv2d 14 672>672 k5 g672 s2 d1'],
    ['EfficientNet-Lite', 'pointwiseConv2d 10 1632>448 k1 g1 s1 d1'],
    ['MNASNet', 'depthwiseConv2d 28 240>240 k5 g240 s2 d1'],
    ['GhostNet', 'depthwiseConv2d 14 336>336 k3 g336 s1 d1'],
    ['ShuffleNetV1', 'groupedConv2d 28 240>60 k1 g3 s1 d1'],
    ['ShuffleNetV2', 'depthwiseConv2d 28 58>58 k3 g58 s1 d1'],
    ['ResNeXt', 'groupedConv2d 14 512>512 k3 g32 s1 d1'],
    ['RegNet', 'groupedConv2d 14 432>432 k3 g9 s1 d1'],
    ['ConvNeXt', 'depthwiseConv2d 56 96>96 k7 g96 s1 d1'],
    ['RepLKNet', 'depthwiseConv2d 56 128>128 k31 g128 s1 d1'],
    ['DeepLab', 'depthwiseConv2d 33 2048>2048 k3 g2048 s1 d12'],
    ['U-Net', 'conv2d 256 128>64 k3 g1 s1 d1'],
    ['YOLO', 'conv2d 80 32>32 k3 g1 s1 d1'],
  ] as const)('%s has %s', ([family, layer]) => {
    expect(layersOf(family)).toContain(layer);
  });
});

describe('asking for a sample', () => {
  test('takes two numbers, or a new seed', () => {
    expect(sampleOf({})).toBeUndefined();
    expect(sampleOf({ sample: '30', seed: '7' })).toEqual({ count: 30, seed: 7 });
    expect(sampleOf({ sample: '30' })?.seed).toBeGreaterThanOrEqual(0);
  });

  test('refuses what is no number, and a seed alone', () => {
    expect(() => sampleOf({ sample: '' })).toThrow('--sample : give a whole number from 1 to 1000');
    expect(() => sampleOf({ sample: '0' })).toThrow('--sample 0: give a whole number from 1 to 1000');
    expect(() => sampleOf({ sample: '3', seed: 'x' })).toThrow('--seed x: give a whole number from 0 to 4294967295');
    expect(() => sampleOf({ seed: '7' })).toThrow('--seed 7 is for layers drawn by chance; add --sample 30');
  });
});

describe('the tables', () => {
  const outcome = (name: ContenderName, ms: number, firstMs: number): Measured => ({
    name,
    ms,
    firstMs,
    spread: 0,
    dispatches: 1,
    submits: 1,
    hostMs: 0,
    peakBytes: 0,
    maxError: 0,
    kernels: name === 'ours' ? { kernel: 'grouped/direct', tile: 'width 4', why: '' } : undefined,
  });
  const work = { multiplyAdds: 1, bytes: 1 };
  const layers = [
    {
      layer: 'won',
      family: 'grouped',
      network: 'RegNet',
      ...work,
      outcomes: [outcome('ours', 1, 10), outcome('tfjs', 4, 40)],
    },
    {
      layer: 'lost',
      family: 'dense',
      network: 'YOLO',
      ...work,
      outcomes: [outcome('ours', 4, 10), outcome('tfjs', 2, 40)],
    },
    {
      layer: 'slow to begin',
      family: 'dense',
      network: 'YOLO',
      ...work,
      outcomes: [outcome('ours', 1, 40), outcome('tfjs', 8, 50), outcome('litert', 9, 20)],
    },
  ] as const;
  const tableOf = (title: string): readonly (readonly string[])[] =>
    tables({ loads: [], layers }).find((table) => table.title === title)!.rows;

  test('list the layers that we lose, by time or by first call, with our kernel and tile', () => {
    expect(tableOf('Where a peer is faster, or its first call quicker')).toEqual([
      ['lost', '0.50', 'tfjs', '4.00', 'tfjs', 'grouped/direct', 'width 4'],
      ['slow to begin', '8.00', 'tfjs', '0.50', 'litert', 'grouped/direct', 'width 4'],
    ]);
  });

  test('call a ratio a tie where the intervals meet', () => {
    const [ours, peer] = [outcome('ours', 1, 10), { ...outcome('tfjs', 0.42, 40), spread: 0.8 }];
    const [, ratios] = tables({
      loads: [],
      layers: [{ layer: 'l', family: 'dense', ...work, outcomes: [ours, peer] }],
    });
    expect(ratios.rows[0]).toContain('0.42 ~');
  });

  test('give the means of each network', () => {
    const rows = tableOf('Geometric means by network').map((row) => [...row.slice(0, 6), ...row.slice(-2)]);
    expect(rows).toEqual([
      ['RegNet', '1', '1', '0', '0', '4.00', '4.00', '1'],
      ['YOLO', '2', '1', '0', '1', '2.00', '1.41', '1'],
      ['all', '3', '2', '0', '1', '2.52', '2.00', '2'],
    ]);
  });
});
