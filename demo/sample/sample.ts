/**
 * Layers drawn by chance from families of networks, so that nobody can tune for a list. A draw picks a network, a kind of
 * convolution in it, and a layer of that kind. Most layers are unchanged; some get an odd size or odd channels, as in a cropped
 * image or a pruned network. The same seed draws the same layers on all adapters with the same budget.
 */
import { shuffle } from 'simple-statistics';
import { generator } from '../../test/support/random';
import { multiplyAdds, outputShape, sizeOf, type Convolution } from '../convolution';
import type { Layer } from '../layer';
import { FAMILIES } from './families';
import type { Family, Pick } from './family';
import { layerOf, opOf } from './layer-of';
import type { Sample } from './parameters';
import { perturbed } from './perturb';

export interface SampleOptions extends Sample {
  readonly budget: Budget;
  /** Only layers whose family and name match. */
  readonly pattern: RegExp;
}

/** What a layer may cost at most. */
export interface Budget {
  readonly multiplyAdds: number;
  /** Numbers of the input and of the output together. */
  readonly values: number;
}

/** On a CPU that poses as a GPU, the slowest library takes a hundred times as long as ours. */
export const CPU_BUDGET: Budget = { multiplyAdds: 30e6, values: 2e6 };
/** All layers except those that would take the float64 loops, which check every output, minutes. */
export const GPU_BUDGET: Budget = { multiplyAdds: 2e9, values: 64e6 };

/** After this many draws in vain, the filter is taken to leave no layer. */
const MOST_DRAWS = 400;

/** @throws if the pattern leaves no layer */
export function sampleLayers({ count, seed, budget, pattern }: SampleOptions): readonly Layer[] {
  const random = generator(seed);
  const pick: Pick = (list) => list[Math.floor(random() * list.length)];
  const layers = new Map<string, Layer>();
  // Takes each family in turn, in a random order, so that a small sample has many of them.
  const families: Family[] = [];
  for (let vain = 0; layers.size < count && vain < MOST_DRAWS; vain++) {
    if (families.length === 0) families.push(...shuffle([...FAMILIES], random));
    const family = families.pop()!;
    const layer = draw(family, pick, budget);
    if (layer === undefined || layers.has(layer.name) || !pattern.test(`${layer.family} ${layer.name}`)) continue;
    layers.set(layer.name, layer);
    vain = -1;
  }
  if (layers.size < count) {
    throw new Error(
      `${layers.size} layers of ${count} match the filter /${pattern.source}/ within ${budget.multiplyAdds / 1e6} million ` +
        `multiply-adds; the families are ${FAMILIES.map(({ name }) => name).join(', ')}`,
    );
  }
  return [...layers.values()];
}

function draw({ name, network }: Family, pick: Pick, budget: Budget): Layer | undefined {
  const all = network(pick).layers.flatMap((layer) => (layer.kind === 'conv' ? [layer.conv] : []));
  const batch = pick([1, 1, 1, 8]);
  const batched = all.map((conv) => withBatch(conv, batch)).filter((conv) => isWithin(conv, budget));
  const affordable = batched.length > 0 ? batched : all.filter((conv) => isWithin(conv, budget));
  if (affordable.length === 0) return undefined;
  const kinds = [...new Set(affordable.map(kindOf))];
  const usual = kinds.filter((kind) => kind !== 'stem' && kind !== 'vector');
  const kind = pick(usual.length > 0 && pick([true, true, true, false]) ? usual : kinds);
  return layerOf(perturbed(pick(affordable.filter((conv) => kindOf(conv) === kind)), pick), name);
}

/** All families begin with a similar stem, and squeeze and excite multiplies vectors, so both are drawn less often. */
function kindOf(conv: Convolution): string {
  const { input, filter, groups, strides, dilations } = conv;
  if (groups === 1 && filter[2] <= 4) return 'stem';
  if (input[1] === 1) return 'vector';
  return `${opOf(conv)}${strides > 1 ? ' strided' : ''}${dilations > 1 ? ' dilated' : ''}`;
}

function withBatch(conv: Convolution, batch: number): Convolution {
  const [, height, width, channels] = conv.input;
  return { ...conv, input: [batch, height, width, channels] };
}

function isWithin(conv: Convolution, budget: Budget): boolean {
  const values = sizeOf(conv.input) + sizeOf(outputShape(conv));
  return multiplyAdds(conv) <= budget.multiplyAdds && values <= budget.values;
}
