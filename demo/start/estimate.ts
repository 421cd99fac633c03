/**
 * Estimates how long each part of a run will take, in the order of its progress, from what the probe measured. These are rules of
 * thumb, found on SwiftShader in November 2026. While a run is under way, `page/pace.ts` corrects them.
 */
import { workOf, type Layer } from '../layer';
import { multiplyAddsOf, type Network } from '../networks/network';
import { selectionOf, type ModelsOf } from '../selection';
import type { Asked } from './presets';
import type { Rates } from './probe';

/** A kernel reaches about this share of the multiply-add peak. */
const EFFICIENCY = 0.25;
/** The time of a batch in demo/timing.ts, and how many rounds it takes to find the size of a batch. */
const BATCH_S = 0.06;
const TRIAL_ROUNDS = 3;
/** The float64 loops run twice, for values and for bounds, and reach a sixth of the speed that the probe measured. */
const LOOP_PASSES = 12;
/** Compiling, uploading and reading back. */
const METHOD_S = 0.3;
/** Opening a library in its frame, and compiling a network there. */
const REALM_S = 2.5;
/** The pause between two networks. */
const SETTLE_S = 3;
/** Multiply-adds of a model from files. The real number is not known before it is fetched. */
const MODEL_WORK = 3e8;
/** How many libraries are compared, ours included. */
const LIBRARIES = 6;
/** Other libraries take about this many times as long on a CPU. On a GPU a batch takes `BATCH_S` in any case. */
const OTHERS = 6;

/**
 * Seconds of each part: the layers, the networks, the models, and the photograph or the opening of the libraries.
 *
 * @throws if the filter is no regular expression, or nothing matches it
 */
export function secondsOf(asked: Asked, rates: Rates, modelsOf: ModelsOf): readonly number[] {
  const { layers, networks, models } = selectionOf(asked, modelsOf);
  const { quick, peers } = asked;
  const rounds = (quick ? 3 : peers ? 5 : 15) + TRIAL_ROUNDS;
  const callS = (products: number): number => (2 * products) / (rates.gpuGigaflops * EFFICIENCY * 1e9);
  const raceS = (products: number, times: number): number => METHOD_S + times * Math.max(BATCH_S, callS(products));

  const layerS = (layer: Layer): number => {
    const { multiplyAdds: products } = workOf(layer);
    const loopsS = (LOOP_PASSES * 2 * products) / (rates.loopGigaflops * 1e9);
    if (!peers) return loopsS + layer.methods.length * raceS(products, rounds);
    return loopsS + raceS(products, rounds) + (LIBRARIES - 1) * raceS(OTHERS * products, rounds);
  };
  const networkS = (network: Network): number => {
    const products = multiplyAddsOf(network);
    const times = quick ? 5 : 9;
    const ours = SETTLE_S + 2 * (REALM_S + raceS(products, times));
    return peers ? ours + (LIBRARIES - 1) * (REALM_S + raceS(OTHERS * products, times)) : ours;
  };
  const modelS = 2 * REALM_S + raceS(MODEL_WORK, quick ? 5 : 9) + raceS(OTHERS * MODEL_WORK, quick ? 5 : 9);
  return [
    ...layers.map(layerS),
    ...networks.map(networkS),
    ...models.map(() => modelS),
    peers ? LIBRARIES * REALM_S : REALM_S,
  ];
}
