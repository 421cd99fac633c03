/** One layer by every library: prepared, run once, checked; then timed in turns. */
import { judge } from '../check';
import type { Layer } from '../layer';
import { expectedOf, problemOf, type Problem } from '../problem';
import type { Expected } from '../reference';
import { interleaved, timed, type Contender, type Race } from '../timing';
import type { OpenRealm } from './open-realm';
import type { ComparedLayer, Family, Measured, Outcome } from './results';
import type { ContenderName, Prepared } from './strategy';

const FAMILIES: Readonly<Record<Layer['op'], Family>> = {
  conv2d: 'dense',
  depthwiseConv2d: 'depthwise',
  pointwiseConv2d: 'pointwise',
  groupedConv2d: 'grouped',
  separableConv2d: 'separable',
};

/** A library that has run the layer once, and right. */
interface Ready {
  readonly prepared: Prepared;
  /** What its second run took. */
  readonly knownMs: number;
  readonly known: Omit<Measured, 'ms' | 'spread'>;
}

type Attempt = Ready | Outcome;

export async function compareLayer(
  realms: ReadonlyMap<ContenderName, OpenRealm>,
  layer: Layer,
  race: Race,
): Promise<ComparedLayer> {
  const problem = problemOf(layer);
  const expected = await expectedOf(problem);
  const attempts: Attempt[] = [];
  for (const [name, realm] of realms) attempts.push(await attempt(name, realm, problem, expected));

  const racers = attempts.flatMap((a) => ('prepared' in a ? [guarded(a)] : []));
  const timings = await interleaved(racers, race);
  let racing = 0;
  const outcomes = attempts.map((a): Outcome => {
    if (!('prepared' in a)) return a;
    const { error } = racers[racing];
    const { ms, spread } = timings[racing++];
    const errors = [...(error === undefined ? [] : [error]), ...(realms.get(a.known.name)?.gpu.errors() ?? [])];
    a.prepared.dispose();
    return errors.length > 0 ? { name: a.known.name, error: errors.join('; ') } : { ...a.known, ms, spread };
  });
  return { layer: layer.name, family: FAMILIES[layer.op], outcomes };
}

/** Stands still from its first error on, so that the others' race goes on. */
function guarded({ prepared, knownMs }: Ready): Contender & { readonly error: string | undefined } {
  let error: string | undefined;
  const unlessFailed = async (act: () => void | Promise<void>): Promise<void> => {
    try {
      if (error === undefined) await act();
    } catch (cause) {
      error = String(cause);
    }
  };
  return {
    run: () => unlessFailed(() => prepared.run()),
    sync: () => unlessFailed(() => prepared.sync()),
    knownMs,
    get error() {
      return error;
    },
  };
}

async function attempt(
  name: ContenderName,
  { gpu, plan }: OpenRealm,
  problem: Problem,
  expected: Expected,
): Promise<Attempt> {
  let prepared: Prepared | undefined;
  try {
    const planned = plan(problem);
    if ('unsupported' in planned) return { name, unsupported: planned.unsupported };
    const start = performance.now();
    prepared = await planned.prepare();
    await timed(prepared);
    const firstMs = performance.now() - start;

    const before = gpu.dispatches();
    const knownMs = await timed(prepared);
    const dispatches = gpu.dispatches() - before;
    const { ok, maxError, ofBound } = judge(await prepared.read(), expected);
    const [error] = gpu.errors();
    if (error !== undefined) throw new Error(error);
    if (dispatches === 0) throw new Error('it did not compute on the GPU');
    if (gpu.devices() !== 1) throw new Error(`it opened ${gpu.devices()} devices; the wait may be for the wrong one`);
    if (!ok) throw new Error(`WRONG: off by ${maxError.toExponential(1)}, ${ofBound.toFixed(1)} of the bound`);
    return { prepared, knownMs, known: { name, firstMs, dispatches, maxError, how: planned.how } };
  } catch (error) {
    prepared?.dispose();
    return { name, error: String(error) };
  }
}
