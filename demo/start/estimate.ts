/**
 * How long a run will take, part by part in the order of its progress: from what the probe found, by rules of thumb that were
 * right to a third on SwiftShader (November 2026). While a run is under way, its own pace corrects them.
 */
import { workOf, type Layer } from '../layer';
import { multiplyAddsOf, type Network } from '../networks/network';
import { selectionOf, type ModelsOf } from '../selection';
import type { Asked } from './presets';
import type { Rates } from './probe';

/** A kernel reaches about this share of the multiply-add peak. */
const EFFICIENCY = 0.25;
/** A batch of calls, as demo/timing.ts fills it, and what finding its size costs, in rounds. */
const BATCH_S = 0.06;
const TRIAL_ROUNDS = 3;
/** The float64 loops run twice, for values and for bounds; of few products in a row they make a sixth of the probe's pace. */
const LOOP_PASSES = 12;
/** Compiling, uploading and reading back. */
const METHOD_S = 0.15;
/** Opening a library in its frame, and compiling a network there. */
const REALM_S = 1.5;
/** Between two networks the browser takes down what the first had. */
const SETTLE_S = 3;
/** Multiply-adds of a model from files; they are not known before it is fetched. */
const MODEL_WORK = 3e8;
/** Ours among them. */
const LIBRARIES = 6;
/** Of what others take beside ours where calls are long enough to be noticed, which is on a CPU. */
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
