/** One layer by every library, each result checked against float64 loops. */
import { judge } from '../check';
import type { Layer } from '../layer';
import { expectedOf, problemOf } from '../problem';
import type { Race } from '../timing';
import { contest } from './contest';
import type { OpenRealm } from './open-realm';
import type { ComparedLayer, Family } from './results';
import type { ContenderName } from './strategy';

const FAMILIES: Readonly<Record<Layer['op'], Family>> = {
  conv2d: 'dense',
  depthwiseConv2d: 'depthwise',
  pointwiseConv2d: 'pointwise',
  groupedConv2d: 'grouped',
  separableConv2d: 'separable',
};

export async function compareLayer(
  realms: ReadonlyMap<ContenderName, OpenRealm>,
  layer: Layer,
  race: Race,
): Promise<ComparedLayer> {
  const problem = problemOf(layer);
  const expected = await expectedOf(problem);
  const outcomes = await contest(
    realms,
    {
      plan: (realm) => realm.planLayer(problem),
      judge(values) {
        const { ok, maxError, ofBound } = judge(values, expected);
        const wrong = `off by ${maxError.toExponential(1)}, ${ofBound.toFixed(1)} of the bound`;
        return ok ? { maxError } : { maxError, wrong };
      },
      oneByOne: false,
    },
    race,
  );
  return { layer: layer.name, family: FAMILIES[layer.op], network: layer.network, outcomes };
}
