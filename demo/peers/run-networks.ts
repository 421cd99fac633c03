/** The networks: ours compiled and call by call, and in a comparison every other library. */
import type { Network } from '../networks/network';
import type { Race } from '../timing';
import { compareNetwork } from './compare-network';
import type { RealmOpener } from './realm';
import type { ComparedNetwork } from './results';
import { TITLES, type ContenderName } from './strategy';

export interface NetworksOptions {
  readonly networks: readonly Network[];
  /** The other libraries that are measured. */
  readonly peers: readonly ContenderName[];
  readonly race: Race;
  readonly openRealm: RealmOpener;
  readonly signal: AbortSignal;
  /** Told of every change, and of what comes next. */
  readonly onChange: (compared: readonly ComparedNetwork[], next: string) => void;
}

const OURS = 'ours' as const;

/**
 * The browser frees a library's GPU resources in its own time, and the next library would pay for it: without this pause, our
 * first call of the second network took 3 s instead of 1.
 */
const SETTLE_MS = 3000;

/** Call by call runs after the program and finds shaders that the browser has just compiled, so its first call looks better. */
const EAGER = 'eager' as const;

export async function runNetworks(options: NetworksOptions): Promise<void> {
  const { networks, peers, race, openRealm, signal, onChange } = options;
  const names = [OURS, EAGER, ...peers];
  const compared: ComparedNetwork[] = [];
  for (const [i, network] of networks.entries()) {
    if (i > 0) await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const onTurn = (name: ContenderName): void => {
      signal.throwIfAborted();
      onChange([...compared], `${network.name} by ${TITLES[name]}`);
    };
    compared.push(await compareNetwork(network, names, race, openRealm, onTurn));
    onChange([...compared], '');
  }
}
