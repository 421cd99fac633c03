/** One network by several libraries, each in a realm that computed nothing before, the results checked against ours. */
import { multiplyAddsOf, type Network } from '../networks/network';
import type { Race } from '../timing';
import { contest } from './contest';
import type { OpenRealm, RealmOpener } from './realm';
import type { ComparedNetwork, Failed } from './results';
import type { ContenderName } from './strategy';

/**
 * The allowed difference between two libraries, as a share of the largest output: they add in different orders, layer upon layer.
 */
const TOLERANCE = 1e-3;

/**
 * @param names the libraries, ours first
 * @param onTurn told who comes next
 */
export async function compareNetwork(
  network: Network,
  names: readonly ContenderName[],
  race: Race,
  openRealm: RealmOpener,
  onTurn: (name: ContenderName) => void,
): Promise<ComparedNetwork> {
  const realms = new Map<ContenderName, OpenRealm>();
  const missing: Failed[] = [];
  let expected: Float32Array | undefined;
  try {
    for (const name of names) {
      try {
        realms.set(name, await openRealm(name));
      } catch (error) {
        missing.push({ name, error: `it does not start: ${String(error)}`, isMissing: true });
      }
    }
    const task = {
      enter: (realm: OpenRealm) => realm.enterNetwork(network),
      judge(values: Float32Array) {
        expected ??= values;
        const maxError = differenceOf(values, expected);
        // Not `maxError > TOLERANCE`: NaN must not pass.
        return maxError <= TOLERANCE ? { maxError } : { maxError, wrong: `${maxError} of the largest output off ours` };
      },
      onTurn,
    };
    const outcomes = await contest(realms, task, race);
    return {
      network: network.name,
      multiplyAdds: multiplyAddsOf(network),
      outcomes: [...outcomes, ...missing],
    };
  } finally {
    for (const realm of realms.values()) realm.close();
  }
}

/** The largest difference as a share of the largest number; NaN if any number is NaN or missing. */
function differenceOf(actual: Float32Array, expected: Float32Array): number {
  if (actual.length !== expected.length) return Number.NaN;
  const largest = expected.reduce((max, v) => Math.max(max, Math.abs(v)), 0);
  return actual.reduce((max, v, i) => Math.max(max, Math.abs(v - expected[i])), 0) / largest;
}
