/** The comparison: opens every library once, then measures layer after layer. Failures are reported and left out. */
import type { Layer } from '../layer';
import type { Peaks } from '../peaks/peaks';
import type { Drift } from '../report';
import type { Race, Timing } from '../timing';
import { compareLayer } from './compare-layer';
import type { OpenRealm, RealmOpener } from './realm';
import { measured, type ComparedLayer, type Load, type PeersReport } from './results';
import { TITLES, type ContenderName } from './strategy';

export interface PeersOptions {
  readonly layers: readonly Layer[];
  /** The measured libraries, ours first. */
  readonly contenders: readonly ContenderName[];
  /** The libraries that are not available to measure. */
  readonly absent: readonly Load[];
  readonly peaks?: Peaks;
  readonly race: Race;
  readonly openRealm: RealmOpener;
  readonly signal: AbortSignal;
  /** Told of every change, and of what comes next. */
  readonly onChange: (report: PeersReport, next: string) => void;
  /** Told what the first layer takes at the end. */
  readonly onDrift: (drift: Drift) => void;
}

export async function runPeers(options: PeersOptions): Promise<void> {
  const { layers, contenders, absent, peaks, race, openRealm, signal, onChange, onDrift } = options;
  const realms = new Map<ContenderName, OpenRealm>();
  const loads: Load[] = [];
  const compared: ComparedLayer[] = [];
  const tell = (next: string): void => onChange({ loads: loads.map(withShipped), layers: [...compared] }, next);
  // Some files are fetched only when the first task needs them.
  const withShipped = (load: Load): Load => ({ ...load, shipped: realms.get(load.name)?.shipped?.() });
  try {
    for (const name of contenders) {
      signal.throwIfAborted();
      tell(`opening ${TITLES[name]}`);
      const start = performance.now();
      const opened = await openRealm(name).catch((error: unknown) => String(error));
      const error = typeof opened === 'string' ? opened : undefined;
      if (typeof opened !== 'string') realms.set(name, opened);
      loads.push({ name, title: TITLES[name], ms: performance.now() - start, error });
    }
    loads.push(...absent);
    for (const [i, layer] of layers.entries()) {
      signal.throwIfAborted();
      tell(layer.name);
      compared.push(await compareLayer(rotated(realms, i), layer, race, peaks));
    }
    const [layer, ...others] = layers;
    if (others.length > 0) {
      signal.throwIfAborted();
      tell(`${layer.name} once more`);
      const again = await compareLayer(onlyOurs(realms), layer, race, peaks);
      const [first, last] = [compared[0], again].map((task) => measured(task, 'ours'));
      if (first && last) onDrift({ layer: layer.name, first: timingOf(first), last: timingOf(last) });
    }
    tell('');
  } finally {
    for (const realm of realms.values()) realm.close();
  }
}

function onlyOurs(realms: ReadonlyMap<ContenderName, OpenRealm>): ReadonlyMap<ContenderName, OpenRealm> {
  return new Map([...realms].filter(([name]) => name === 'ours'));
}

function timingOf({ ms, spread }: Timing): Timing {
  return { ms, spread };
}

/** Rotates the order, so that no library is always the first to compile, right after the page was busy with the reference. */
function rotated<K, V>(map: ReadonlyMap<K, V>, by: number): ReadonlyMap<K, V> {
  const entries = [...map];
  const start = entries.length === 0 ? 0 : by % entries.length;
  return new Map([...entries.slice(start), ...entries.slice(0, start)]);
}
