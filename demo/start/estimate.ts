/**
 * Estimates how long each part of a run will take, in the order of its progress, from what the probe measured. These are rules of
 * thumb, found on SwiftShader in November 2026. While a run is under way, `page/pace.ts` corrects them.
 */
import { workOf, type Layer } from '../layer';
import type { NamedModel } from '../models/models';
import { multiplyAddsOf, type Network } from '../networks/network';
import { selectionOf, type ModelsOf } from '../selection';
import type { Asked } from './presets';
import type { Rates } from './probe';

/** A kernel reaches about this share of the multiply-add peak. */
const EFFICIENCY = 0.4;
/** The time of a batch in demo/timing.ts, and how many rounds it takes to find the size of a batch. */
const BATCH_S = 0.06;
const TRIAL_ROUNDS = 3;
/** A slower call gets fewer rounds: those of demo/run.ts and the two of before the race. */
const SLOW_S = 0.5;
const SLOW_ROUNDS = 5;
/** The float64 loops run twice, for values and for bounds, and reach a sixth of the speed that the probe measured. */
const LOOP_PASSES = 12;
/** Making a layer's numbers and comparing its results take as long as so many operations of those loops for each byte. */
const LOOP_OPERATIONS_OF_BYTE = 100;
/** Compiling, uploading and reading back, where the probe's shader takes `COMPILE_MS`. */
const METHOD_S = 0.3;
/** Opening a library in its frame, likewise. */
const REALM_S = 2.5;
/** A quiet machine of 2026. One that is busy, or slow, takes longer for all that it compiles. */
const COMPILE_MS = 30;
/** Kernels of a network for each of its convolutions: many have the same shader. */
const KERNELS = 0.6;
/** The pause before each network but the first. */
const SETTLE_S = 3;
/** The photograph, likewise. */
const PHOTO_S = 3;
/** A node of a model moves data, too, and takes at least as long as so many operations. */
const NODE_OPERATIONS = 2.5e6;
/** The shaders that our library compiles for a model: two, and one for so many nodes. */
const NODES_OF_KERNEL = 30;
/** The libraries of a format beside ours, the most shaders that each compiles, and how many times as long it takes on a CPU. */
const FORMATS: Readonly<Record<NamedModel['format'], FormatCost>> = {
  graph: { libraries: 1, kernels: 60, times: 12 },
  tflite: { libraries: 1, kernels: 10, times: 2 },
  onnx: { libraries: 2, kernels: 33, times: 6 },
};
interface FormatCost {
  readonly libraries: number;
  readonly kernels: number;
  readonly times: number;
}

/** How many libraries are compared, ours included. */
const LIBRARIES = 6;
/** Other libraries take about this many times as long on a CPU. On a GPU a batch takes `BATCH_S` in any case. */
const OTHERS = 13;
/** The slowest of them also transposes a layer, whose bytes then count like so many operations each. */
const OPERATIONS_OF_BYTE = 1000;
/** How often a call that fills a batch by itself is run: a first time, a trial, and the rounds of slow ones. */
const SLOW_CALLS = 4;

/**
 * Seconds of each part: the layers, the networks, the models, and the photograph.
 *
 * @throws if the filter is no regular expression, or nothing matches it
 */
export function secondsOf(asked: Asked, rates: Rates, modelsOf: ModelsOf): readonly number[] {
  const { layers, networks, models } = selectionOf(asked, modelsOf);
  const { quick, peers } = asked;
  const rounds = quick ? 3 : peers ? 5 : 15;
  const slowness = rates.compileMs / COMPILE_MS;
  const [methodS, realmS] = [slowness * METHOD_S, slowness * REALM_S];
  const callS = (operations: number): number => operations / (rates.gpuGigaflops * EFFICIENCY * 1e9);
  const raceS = (operations: number, atMost: number, slowRounds = SLOW_ROUNDS): number => {
    const oneS = callS(operations);
    const times = oneS > SLOW_S ? Math.min(atMost + 2, slowRounds) : atMost + TRIAL_ROUNDS;
    return methodS + times * Math.max(BATCH_S, oneS);
  };
  /** All other libraries. */
  const othersS = (operations: number, bytes: number, kernels: number): number => {
    const slowS = SLOW_CALLS * callS(OTHERS * (LIBRARIES - 1) * operations + OPERATIONS_OF_BYTE * bytes);
    return (LIBRARIES - 1) * (kernels * methodS + (rounds + TRIAL_ROUNDS) * BATCH_S) + slowS;
  };

  const oursS = (layer: Layer): number => {
    const { multiplyAdds, bytes } = workOf(layer);
    const onPage = LOOP_PASSES * 2 * multiplyAdds + LOOP_OPERATIONS_OF_BYTE * bytes;
    return onPage / (rates.loopGigaflops * 1e9) + layer.methods.length * raceS(2 * multiplyAdds, rounds);
  };
  const layerS = (layer: Layer): number => {
    const { multiplyAdds, bytes } = workOf(layer);
    return peers ? oursS(layer) + othersS(2 * multiplyAdds, bytes, 1) : oursS(layer);
  };
  const networkS = (network: Network, i: number): number => {
    const operations = 2 * multiplyAddsOf(network);
    const kernels = KERNELS * network.layers.filter(({ kind }) => kind === 'conv').length;
    const ownS = (i > 0 ? SETTLE_S : 0) + 2 * (realmS + raceS(operations, quick ? 3 : 7));
    return peers ? ownS + (LIBRARIES - 1) * realmS + othersS(operations, 0, kernels) : ownS;
  };
  const modelRounds = quick ? 3 : 7;
  const modelS = ({ format, megaMultiplyAdds, nodes }: NamedModel): number => {
    const { libraries, kernels, times } = FORMATS[format];
    const operations = 2e6 * megaMultiplyAdds;
    const oursAloneS = (2 + nodes / NODES_OF_KERNEL) * methodS + raceS(operations, modelRounds, SLOW_CALLS);
    const otherS =
      Math.min(nodes, kernels) * methodS +
      raceS(times * (operations + NODE_OPERATIONS * nodes), modelRounds, SLOW_CALLS);
    return realmS + oursAloneS + libraries * otherS;
  };
  const seconds = [
    ...layers.map(layerS),
    ...networks.map(networkS),
    ...models.map(modelS),
    peers ? 0 : PHOTO_S * slowness,
  ];
  // The libraries open before the first layer. The first layer is measured once more after the last.
  if (peers && layers.length > 0) seconds[0] += LIBRARIES * realmS;
  if (layers.length > 1) seconds[layers.length] += oursS(layers[0]);
  return seconds;
}
