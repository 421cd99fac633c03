/** The networks: ours compiled and call by call, and in a comparison every other library. */
import type { Network } from '../networks/network';
import type { Race } from '../timing';
import { compareNetwork } from './compare-network';
import type { ComparedNetwork } from './results';
import { CONTENDERS, TITLES, type ContenderName } from './strategy';

export interface NetworksOptions {
  readonly networks: readonly Network[];
  readonly peers: boolean;
  readonly race: Race;
  readonly signal: AbortSignal;
  /** Told of every change, and of what comes next. */
  readonly onChange: (compared: readonly ComparedNetwork[], next: string) => void;
}

const [OURS, ...OTHERS] = CONTENDERS;

/**
 * The browser takes down what the libraries had on the GPU in its own time, and whoever came first would pay for it: without
 * this our first call of the second network took 3 s instead of 1.
 */
const SETTLE_MS = 3000;

/** Call by call comes after the program, and finds shaders that the browser has just compiled: its first call is flattered. */
const EAGER = 'eager';

export async function runNetworks({ networks, peers, race, signal, onChange }: NetworksOptions): Promise<void> {
  const names: readonly ContenderName[] = [OURS, EAGER, ...(peers ? OTHERS : [])];
  const compared: ComparedNetwork[] = [];
  for (const [i, network] of networks.entries()) {
    if (i > 0) await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const onTurn = (name: ContenderName): void => {
      signal.throwIfAborted();
      onChange([...compared], `${network.name} by ${TITLES[name]}`);
    };
    compared.push(await compareNetwork(network, names, race, onTurn));
    onChange([...compared], '');
  }
}
