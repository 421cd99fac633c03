/** The comparison: every library opened once, then layer after layer. What fails is told and left out; the rest goes on. */
import type { Layer } from '../layer';
import type { Race } from '../timing';
import { compareLayer } from './compare-layer';
import { openRealm, type OpenRealm } from './open-realm';
import type { ComparedLayer, Load, PeersReport } from './results';
import { CONTENDERS, TITLES, type ContenderName } from './strategy';

export interface PeersOptions {
  readonly layers: readonly Layer[];
  readonly race: Race;
  readonly signal: AbortSignal;
  /** Told of every change, and of what comes next. */
  readonly onChange: (report: PeersReport, next: string) => void;
}

export async function runPeers({ layers, race, signal, onChange }: PeersOptions): Promise<void> {
  const realms = new Map<ContenderName, OpenRealm>();
  const loads: Load[] = [];
  const compared: ComparedLayer[] = [];
  const tell = (next: string): void => onChange({ loads: [...loads], layers: [...compared] }, next);
  try {
    for (const name of CONTENDERS) {
      signal.throwIfAborted();
      tell(`opening ${TITLES[name]}`);
      const start = performance.now();
      const opened = await openRealm(name).catch((error: unknown) => String(error));
      const error = typeof opened === 'string' ? opened : undefined;
      if (typeof opened !== 'string') realms.set(name, opened);
      loads.push({ name, title: TITLES[name], ms: performance.now() - start, error });
    }
    for (const [i, layer] of layers.entries()) {
      signal.throwIfAborted();
      tell(layer.name);
      compared.push(await compareLayer(rotated(realms, i), layer, race));
      for (const [name, realm] of realms) {
        if (realm.isClosed()) realms.delete(name);
        else if (hasTrapped(compared[i], name)) {
          realm.close();
          realms.set(name, await openRealm(name));
        }
      }
    }
    tell('');
  } finally {
    for (const realm of realms.values()) realm.close();
  }
}

/** WebAssembly that has trapped is not sound any more: LiteRT.js then runs in circles on the next layer, and the page with it. */
function hasTrapped({ outcomes }: ComparedLayer, peer: ContenderName): boolean {
  return outcomes.some(
    (outcome) => outcome.name === peer && 'error' in outcome && outcome.error.includes('RuntimeError'),
  );
}

/** Nobody is always the first to compile, right after the page has been busy with the reference. */
function rotated<K, V>(map: ReadonlyMap<K, V>, by: number): ReadonlyMap<K, V> {
  const entries = [...map];
  const start = entries.length === 0 ? 0 : by % entries.length;
  return new Map([...entries.slice(start), ...entries.slice(0, start)]);
}
