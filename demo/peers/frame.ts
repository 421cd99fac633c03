/**
 * One library in a frame of its own. `?peer=name` says which. The page that holds the frame calls what `realm` resolves to.
 */
import wasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';
import type { FedModel } from '../models/fed-model';
import { realmOf, type Realm } from './realm';
import type { ContenderName, Strategy } from './strategy';
import { watchGpu } from './watch-gpu';

declare global {
  var realm: Promise<Realm> | undefined;
}

const ortFiles = { wasmPaths: { wasm: new URL(wasmUrl, location.href).href } };

const OPENERS: Readonly<Record<ContenderName, () => Promise<Strategy>>> = {
  ours: async () => (await import('./ours')).open(),
  eager: async () => (await import('./eager')).open(),
  tfjs: async () => (await import('./tfjs')).open(),
  ort: async () => (await import('./onnxruntime')).open('NCHW', ortFiles),
  'ort-nhwc': async () => (await import('./onnxruntime')).open('NHWC', ortFiles),
  'jax-js': async () => (await import('./jax-js')).open(),
  litert: async () => (await import('./litert')).open(),
};

globalThis.realm = open(new URLSearchParams(location.search).get('peer') as ContenderName);
// The caller of the promise gets the error; until then a failure is not this frame's own error.
globalThis.realm.catch(() => undefined);

async function open(name: ContenderName): Promise<Realm> {
  const gpu = watchGpu();
  const realm = realmOf(await OPENERS[name](), gpu);
  return { ...realm, enterModel: (model) => realm.enterModel(ownFiles(model)) };
}

/** A typed array of another realm is not an `instanceof Float32Array` here. */
function ownFiles(model: FedModel): FedModel {
  const values = Float32Array.from(model.x.values);
  return model.format === 'graph'
    ? { ...model, weights: Uint8Array.from(model.weights), x: { ...model.x, values } }
    : { ...model, bytes: Uint8Array.from(model.bytes), x: { ...model.x, values } };
}
