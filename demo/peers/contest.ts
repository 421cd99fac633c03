/** One task by several libraries: each prepares it, runs it once and is checked; then they are timed in turns. */
import { median } from 'simple-statistics';
import { interleaved, type Race, type Racer } from '../timing';
import type { OpenRealm } from './realm';
import type { Entered } from './realm';
import type { Measured, Outcome } from './results';
import type { ContenderName, Unsupported } from './strategy';

export interface Task<R = Float32Array> {
  readonly enter: (realm: OpenRealm) => Promise<Entered<R> | Unsupported>;
  /** The error of a library's result, and what is wrong with it, if anything. */
  readonly judge: (values: R) => { readonly maxError: number; readonly wrong?: string };
  /** Told who comes next. */
  readonly onTurn?: (name: ContenderName) => void;
}

/** A library that has run the task with a right result. */
interface Ready {
  readonly realm: OpenRealm;
  readonly knownMs: number;
  readonly known: Omit<Measured, 'ms' | 'spread' | 'hostMs'>;
}

type Attempt = Ready | Outcome;

/** The outcome of each library. One that fails, or whose realm ends, is reported and left out, and the others go on. */
export async function contest<R>(
  realms: ReadonlyMap<ContenderName, OpenRealm>,
  task: Task<R>,
  race: Race,
): Promise<readonly Outcome[]> {
  const attempts: Attempt[] = [];
  for (const [name, realm] of realms) {
    task.onTurn?.(name);
    attempts.push(await attempt(name, realm, task));
  }
  const ready = attempts.filter((a) => 'realm' in a);
  const racers = ready.map((it) => racerOf(it, race));
  const timings = await interleaved(racers, race);
  const outcomes = new Map<Attempt, Outcome>();
  for (const [i, it] of ready.entries()) {
    const { error, hostMs } = racers[i];
    const left = await it.realm.leave().catch((cause: unknown) => [String(cause)]);
    const errors = error === undefined ? left : [...new Set([error, ...left])];
    const measured = { ...it.known, ...timings[i], hostMs: hostMs.length > 0 ? median(hostMs) : Number.NaN };
    outcomes.set(it, errors.length > 0 ? { name: it.known.name, error: errors.join('; ') } : measured);
  }
  return attempts.map((a) => outcomes.get(a) ?? (a as Outcome));
}

/** A racer that records its own error. */
interface RealmRacer extends Racer {
  readonly error: string | undefined;
  /** For each batch: how long a run kept the page busy, or waited for what the library awaits itself. */
  readonly hostMs: number[];
}

/** Does nothing after its first error. */
function racerOf({ realm, knownMs }: Ready, { gpuClock = false }: Race): RealmRacer {
  let error: string | undefined;
  const hostMs: number[] = [];
  const unlessFailed = async <T>(act: () => Promise<T>): Promise<T | undefined> => {
    try {
      return error === undefined ? await act() : undefined;
    } catch (cause) {
      error = String(cause);
      return undefined;
    }
  };
  return {
    async time(calls) {
      const timed = await unlessFailed(() => realm.time(calls));
      if (timed !== undefined && calls > 0) hostMs.push(timed.hostMs);
      return timed?.ms ?? Number.NaN;
    },
    ...(gpuClock && { gpuMs: () => unlessFailed(() => realm.gpuMs()) }),
    knownMs,
    hostMs,
    get error() {
      return error;
    },
  };
}

async function attempt<R>(name: ContenderName, realm: OpenRealm, { enter, judge }: Task<R>): Promise<Attempt> {
  try {
    const entered = await enter(realm);
    if ('unsupported' in entered) return { name, unsupported: entered.unsupported };
    const { knownMs, output, errors, devices, ...counts } = entered;
    const { maxError, wrong } = judge(output);
    const [error] = errors;
    if (error !== undefined) throw new Error(error);
    if (counts.dispatches === 0) throw new Error('it did not compute on the GPU');
    if (devices !== 1) throw new Error(`it opened ${devices} devices; the wait may be for the wrong one`);
    if (wrong !== undefined) throw new Error(`WRONG: ${wrong}`);
    return { realm, knownMs, known: { name, ...counts, maxError } };
  } catch (error) {
    await realm.leave().catch(() => undefined);
    return { name, error: String(error) };
  }
}
