/**
 * One library in a realm of its own, so that none meets another's globals. `?peer=name` says which. The page that holds
 * the frame calls what `realm` resolves to.
 */
import type { FedModel, ModelOutputs } from '../models/fed-model';
import { modelOf, modelOfLayer } from '../networks/model';
import type { Network } from '../networks/network';
import type { Problem } from '../problem';
import type { ContenderName, Plan, Strategy, Unsupported } from './strategy';
import { watchGpu, type GpuWatch } from './watch-gpu';

export interface Realm {
  readonly gpu: GpuWatch;
  readonly planLayer: (problem: Problem) => Plan | Unsupported;
  readonly planNetwork: (network: Network) => Plan | Unsupported;
  readonly planModel: (model: FedModel) => Plan<ModelOutputs> | Unsupported;
}

declare global {
  var realm: Promise<Realm> | undefined;
}

const OPENERS: Readonly<Record<ContenderName, () => Promise<Strategy>>> = {
  ours: async () => (await import('./ours')).open(),
  eager: async () => (await import('./eager')).open(),
  tfjs: async () => (await import('./tfjs')).open(),
  ort: async () => (await import('./onnxruntime')).open('NCHW'),
  'ort-nhwc': async () => (await import('./onnxruntime')).open('NHWC'),
  'jax-js': async () => (await import('./jax-js')).open(),
  litert: async () => (await import('./litert')).open(),
};

globalThis.realm = open(new URLSearchParams(location.search).get('peer') as ContenderName);
// Whoever asks is told; until then a failure is not this frame's own error.
globalThis.realm.catch(() => undefined);

async function open(name: ContenderName): Promise<Realm> {
  const gpu = watchGpu();
  const strategy = await OPENERS[name]();
  return {
    gpu,
    planLayer(problem) {
      const copy = ownCopy(problem);
      return strategy.planLayer?.(copy) ?? strategy.plan(modelOfLayer(copy));
    },
    // The numbers are made here: there are millions of them, and everyone's are the same.
    planNetwork: (network) => strategy.plan(modelOf(network)),
    planModel: (model) =>
      strategy.planModel?.(ownFiles(model)) ?? { unsupported: `it reads no ${model.format} models` },
  };
}

/** A typed array of another realm is no `instanceof Float32Array` here. */
function ownCopy({ layer, x, stages }: Problem): Problem {
  return {
    layer,
    x: Float32Array.from(x),
    stages: stages.map(({ conv, filter, bias, activation }) => ({
      conv,
      filter: Float32Array.from(filter),
      bias: bias && Float32Array.from(bias),
      activation,
    })),
  };
}

function ownFiles(model: FedModel): FedModel {
  const values = Float32Array.from(model.x.values);
  return model.format === 'graph'
    ? { ...model, weights: Uint8Array.from(model.weights), x: { ...model.x, values } }
    : { ...model, bytes: Uint8Array.from(model.bytes), x: { ...model.x, values } };
}
