/** One layer by every library, each result checked against float64 loops. */
import { judge } from '../check';
import { workOf, type Layer } from '../layer';
import { boundOf, type Peaks } from '../peaks/peaks';
import { expectedOf, problemOf } from '../problem';
import type { Race } from '../timing';
import { contest } from './contest';
import type { OpenRealm } from './realm';
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
  peaks?: Peaks,
): Promise<ComparedLayer> {
  const expected = await expectedOf(problemOf(layer));
  const outcomes = await contest(
    realms,
    {
      enter: (realm) => realm.enterLayer(layer),
      judge(values) {
        const { ok, maxError, ofBound } = judge(values, expected);
        const wrong = `off by ${maxError.toExponential(1)}, ${ofBound.toFixed(1)} of the bound`;
        return ok ? { maxError } : { maxError, wrong };
      },
    },
    race,
  );
  const work = workOf(layer);
  const bound = peaks && boundOf(peaks, work);
  return { layer: layer.name, family: FAMILIES[layer.op], network: layer.network, ...work, bound, outcomes };
}
