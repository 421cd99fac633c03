/** Runs as many random networks as requested. Every failure is reduced and printed. */
import { withGpu } from '../support/gpu';
import { compareNetwork, describeFailure, failureOf, networkOf, type Compared } from './network-check';

/** Which networks to run. */
export interface NetworkBudget {
  readonly count: number;
  /** The seed of the first network; each further one is one more. */
  readonly seed: number;
  /** The command that runs the network of a seed again. */
  readonly again: (seed: number) => string;
  /** A run stops after this many failures. */
  readonly shown: number;
  /** When no further network is begun, by `performance.now()`. */
  readonly deadline: number;
}

/** Networks on one device at once: programs compile and reads arrive side by side. */
const TOGETHER = 10;

/** This many failures are reduced; the others are only reported. */
const CUT_DOWN = 3;

/**
 * Runs networks three ways.
 *
 * @returns the comparison of each network
 * @throws with the networks that failed, if any did
 */
export async function runNetworks({
  count,
  seed,
  again,
  shown,
  deadline,
}: NetworkBudget): Promise<readonly Compared[]> {
  const all: Compared[] = [];
  const failures: string[] = [];
  for (let first = seed; first < seed + count && failures.length < shown; first += TOGETHER) {
    if (performance.now() > deadline) break;
    const seeds = Array.from({ length: Math.min(TOGETHER, seed + count - first) }, (_, i) => first + i);
    const { compared, wrong } = await runSome(seeds);
    all.push(...compared);
    if (wrong === undefined) continue;
    // A failure may disturb the networks beside it, so each is run again alone.
    const before = failures.length;
    for (const one of seeds) {
      if (failures.length >= shown) break;
      const network = await withGpu({}, async (gpu) => networkOf(gpu, one));
      const text = failures.length < CUT_DOWN ? await describeFailure(network) : await failureOf(network);
      if (text !== undefined) failures.push(`network ${one}: ${text}\n  again: ${again(one)}`);
    }
    if (failures.length === before) {
      failures.push(`networks ${seeds[0]} to ${seeds.at(-1)}, but none of them alone: ${wrong}`);
    }
  }
  if (failures.length > 0) {
    throw new Error(
      `${failures.length} of about ${all.length} networks differ from their calls\n\n${failures.join('\n\n')}`,
    );
  }
  return all;
}

interface Some {
  readonly compared: readonly Compared[];
  /** What failed, what the device reports, or what was not disposed. */
  readonly wrong?: string;
}

async function runSome(seeds: readonly number[]): Promise<Some> {
  return withGpu({}, async (gpu, errors) => {
    const settled = await Promise.allSettled(seeds.map(async (seed) => compareNetwork(gpu, networkOf(gpu, seed))));
    const compared = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const { buffersInUse } = gpu.memory();
    const wrong = [
      ...settled.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : (one.value.failure ?? []))),
      ...errors.map((error) => `the device says ${error.message}`),
      ...(buffersInUse > 0 ? [`${buffersInUse} buffers were not disposed`] : []),
    ];
    return wrong.length === 0 ? { compared } : { compared, wrong: wrong.join('; ') };
  });
}
