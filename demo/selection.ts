/** What a run measures. */
import type { Layer } from './layer';
import { layersOf } from './layers';
import type { Network } from './networks/network';
import { networksOf } from './networks/networks';

export interface Selection {
  readonly layers: readonly Layer[];
  readonly networks: readonly Network[];
}

/**
 * The layers and networks of a run.
 *
 * @throws if the filter is no regular expression, or nothing matches it
 */
export function selectionOf({ filter, quick }: { readonly filter: string; readonly quick: boolean }): Selection {
  const pattern = patternOf(filter);
  const layers = layersOf({ pattern, quick });
  const networks = networksOf(filter === '' ? undefined : pattern);
  if (layers.length > 0 || networks.length > 0) return { layers, networks };
  const [{ name }] = layersOf({ pattern: /dw1/, quick: false });
  const remedy =
    layersOf({ pattern, quick: false }).length > 0
      ? 'those that match are not in the quick subset'
      : `there are names such as "${name}" and "network mobileNetV1"`;
  throw new Error(`no layer or network matches the filter /${filter}/; ${remedy}`);
}

function patternOf(filter: string): RegExp {
  try {
    return new RegExp(filter, 'i');
  } catch (cause) {
    throw new Error(`the filter "${filter}" is no regular expression: ${(cause as Error).message}`, { cause });
  }
}
