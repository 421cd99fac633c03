/** What a run measures. */
import type { Layer } from './layer';
import { layersOf } from './layers';
import type { NamedModel } from './models/models';
import type { Network } from './networks/network';
import { networksOf } from './networks/networks';
import { patternOf } from './pattern';
import type { Sample } from './sample/parameters';
import { CPU_BUDGET, GPU_BUDGET, sampleLayers } from './sample/sample';

export interface Selection {
  readonly layers: readonly Layer[];
  readonly networks: readonly Network[];
  /** Models from files, each compared with the libraries that read its format. */
  readonly models: readonly NamedModel[];
}

export interface Choice {
  readonly filter: string;
  readonly quick: boolean;
  /** Whether other libraries are measured. Without them a run has only the models that it asks for. */
  readonly peers?: boolean;
  /** Layers drawn by chance, instead of those of the list. */
  readonly sample?: SampleChoice;
}

interface SampleChoice extends Sample {
  /** Whether the adapter is a CPU posing as a GPU, for which large layers are too much. */
  readonly isFallback: boolean;
}

/** The models that a pattern finds. Only a page fetches them. */
export type ModelsOf = (pattern: RegExp) => readonly NamedModel[];

/**
 * The layers, networks and models of a run.
 *
 * @throws if the filter is no regular expression, or nothing matches it
 */
export function selectionOf(
  { filter, quick, peers = false, sample }: Choice,
  modelsOf: ModelsOf = () => [],
): Selection {
  const pattern = patternOf(filter);
  if (sample !== undefined) {
    const budget = sample.isFallback ? CPU_BUDGET : GPU_BUDGET;
    return { layers: sampleLayers({ ...sample, budget, pattern }), networks: [], models: [] };
  }
  const layers = layersOf({ pattern, quick });
  const networks = networksOf(filter === '' ? undefined : pattern);
  const models = filter === '' && !peers ? [] : modelsOf(pattern);
  if (layers.length + networks.length + models.length > 0) return { layers, networks, models };
  const [{ name }] = layersOf({ pattern: /dw1/, quick: false });
  const remedy =
    layersOf({ pattern, quick: false }).length > 0
      ? 'those that match are not in the quick subset'
      : `there are names such as "${name}", "network mobileNetV1" and "model blazeface"`;
  throw new Error(`no layer, network or model matches the filter /${filter}/; ${remedy}`);
}
