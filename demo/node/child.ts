/** A process of the bench: one library on a device of its own. Its parent names the library and calls its methods. */
import { openGpu, type Gpu } from '../../src/index';
import { installDawn, requestAdapter, type DawnOptions } from '../../tools/dawn/dawn';
import { environmentOf, type Environment } from '../environment';
import type { Layer } from '../layer';
import { measurePeaks } from '../peaks/measure';
import type { Peaks } from '../peaks/peaks';
import { realmOf, type Realm } from '../peers/realm';
import type { ContenderName } from '../peers/strategy';
import { watchGpu } from '../peers/watch-gpu';
import type { Row } from '../report';
import { runLayer } from '../run-layer';
import type { Race } from '../timing';
import { serve, tellStep } from './messages';
import { OPENERS } from './openers';

/** The methods that the parent may call. */
export interface Child extends Realm {
  /** Our library, for layers by every method. */
  openOurs(options: DawnOptions): Promise<Environment>;
  peaks(): Promise<Peaks | undefined>;
  runLayer(layer: Layer, race: Race): Promise<readonly Row[]>;
  /** The errors that nobody caught since the last call. */
  errors(): Promise<readonly string[]>;
  /** A library that is measured beside others. */
  openRealm(name: ContenderName, options: DawnOptions): Promise<void>;
}

let gpu: Gpu | undefined;
let realm: Realm | undefined;
const errors: string[] = [];

function opened<T>(it: T | undefined): T {
  if (it === undefined) throw new Error('nothing was opened');
  return it;
}

serve<Child>({
  async openOurs(options) {
    await installDawn(options);
    await requestAdapter(options);
    gpu = await openGpu({ onError: (error) => errors.push(String(error)) });
    const { versions, platform, arch } = process;
    return environmentOf(gpu, {
      browser: `Node ${versions.node} on ${platform} ${arch}, Dawn`,
      // A process has no page, so its clock is as good as that of an isolated page.
      crossOriginIsolated: true,
    });
  },
  peaks: () => measurePeaks(opened(gpu).device, opened(gpu).isFallback),
  async runLayer(layer, race) {
    const rows = await runLayer(opened(gpu), layer, race, (method) => tellStep(`${layer.name} ${method}`));
    opened(gpu).trim();
    return rows;
  },
  errors: async () => errors.splice(0),

  async openRealm(name, options) {
    await installDawn(options);
    await requestAdapter(options);
    const watch = watchGpu();
    const open = OPENERS[name];
    if (open === undefined) throw new Error(`${name} does not run in Node`);
    realm = realmOf(await open(), watch);
  },
  enterLayer: async (layer) => opened(realm).enterLayer(layer),
  enterNetwork: async (network) => opened(realm).enterNetwork(network),
  enterModel: async (model) => opened(realm).enterModel(model),
  time: async (calls) => opened(realm).time(calls),
  gpuMs: async () => opened(realm).gpuMs(),
  leave: async () => opened(realm).leave(),
});
