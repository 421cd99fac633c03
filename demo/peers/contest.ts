/** One task by several libraries: each prepares it, runs it once and is checked; then they are timed in turns. */
import { median } from 'simple-statistics';
import { interleaved, timed, type Contender, type Race } from '../timing';
import type { OpenRealm } from './open-realm';
import type { Measured, Outcome } from './results';
import type { ContenderName, Plan, Prepared, Unsupported } from './strategy';

export interface Task<R = Float32Array> {
  readonly plan: (realm: OpenRealm) => Plan<R> | Unsupported;
  /** How far the result of a library is off, and what is wrong with it, if something is. */
  readonly judge: (values: R) => { readonly maxError: number; readonly wrong?: string };
  /** Whether each run is handed over by itself, as an app does that waits for every result. */
  readonly oneByOne: boolean;
  /** Told who comes next. */
  readonly onTurn?: (name: ContenderName) => void;
}

/** A library that has run the task once, and right. */
interface Ready<R> {
  readonly prepared: Prepared<R>;
  /** What its second run took. */
  readonly knownMs: number;
  readonly known: Omit<Measured, 'ms' | 'spread' | 'hostMs'>;
}

type Attempt<R> = Ready<R> | Outcome;

/** Who has no first result by then hangs; the slowest known takes a fraction of it on a loaded machine. */
const HANGS_MS = 100_000;

export async function contest<R>(
  realms: ReadonlyMap<ContenderName, OpenRealm>,
  task: Task<R>,
  race: Race,
): Promise<readonly Outcome[]> {
  const attempts: Attempt<R>[] = [];
  for (const [name, realm] of realms) {
    task.onTurn?.(name);
    attempts.push(await attempt(name, realm, task));
  }
  const racers = attempts.flatMap((a) => ('prepared' in a ? [racerOf(a, task)] : []));
  const timings = await interleaved(racers, race);
  let racing = 0;
  return attempts.map((a): Outcome => {
    if (!('prepared' in a)) return a;
    const { error, hostMs } = racers[racing];
    const { ms, spread } = timings[racing++];
    const errors = [...(error === undefined ? [] : [error]), ...(realms.get(a.known.name)?.gpu.errors() ?? [])];
    a.prepared.dispose();
    if (errors.length > 0) return { name: a.known.name, error: errors.join('; ') };
    return { ...a.known, ms, spread, hostMs: median(hostMs) };
  });
}

/** A contender that knows what became of it. */
interface Racer extends Contender {
  readonly error: string | undefined;
  /** Of each run: how long the page was kept busy by it, or waited for what the library awaits itself. */
  readonly hostMs: number[];
}

/** Stands still from its first error on, so that the others' race goes on. */
function racerOf<R>({ prepared, knownMs }: Ready<R>, { oneByOne }: Task<R>): Racer {
  let error: string | undefined;
  const hostMs: number[] = [];
  const unlessFailed = async (act: () => void | Promise<void>): Promise<void> => {
    try {
      if (error === undefined) await act();
    } catch (cause) {
      error = String(cause);
    }
  };
  return {
    run: () =>
      unlessFailed(async () => {
        const start = performance.now();
        const running = prepared.run();
        if (running !== undefined) await running;
        if (oneByOne) prepared.submit?.();
        hostMs.push(performance.now() - start);
      }),
    sync: () => unlessFailed(() => prepared.sync()),
    knownMs,
    hostMs,
    get error() {
      return error;
    },
  };
}

async function attempt<R>(name: ContenderName, realm: OpenRealm, { plan, judge }: Task<R>): Promise<Attempt<R>> {
  const { gpu } = realm;
  let prepared: Prepared<R> | undefined;
  try {
    const planned = plan(realm);
    if ('unsupported' in planned) return { name, unsupported: planned.unsupported };
    const start = performance.now();
    const first = planned.prepare().then(async (ready) => {
      await timed(ready);
      return ready;
    });
    prepared = await inTime(first, realm);
    const firstMs = performance.now() - start;

    const before = { dispatches: gpu.dispatches(), submits: gpu.submits() };
    const knownMs = await timed(prepared);
    const dispatches = gpu.dispatches() - before.dispatches;
    const submits = gpu.submits() - before.submits;
    const peakBytes = gpu.peakBytes();
    const { maxError, wrong } = judge(await prepared.read());
    const [error] = gpu.errors();
    if (error !== undefined) throw new Error(error);
    if (dispatches === 0) throw new Error('it did not compute on the GPU');
    if (gpu.devices() !== 1) throw new Error(`it opened ${gpu.devices()} devices; the wait may be for the wrong one`);
    if (wrong !== undefined) throw new Error(`WRONG: ${wrong}`);
    const { program } = prepared;
    const kernels = prepared.kernels?.();
    const known = { name, firstMs, dispatches, submits, peakBytes, maxError, how: planned.how, program, kernels };
    return { prepared, knownMs, known };
  } catch (error) {
    prepared?.dispose();
    return { name, error: String(error) };
  }
}

/** What hangs is cut off, with all that it has on the GPU, so that the others go on. */
async function inTime<T>(first: Promise<T>, realm: OpenRealm): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      realm.close();
      reject(new Error(`it HANGS: no first result after ${HANGS_MS / 1000} s; it is left out from here on`));
    }, HANGS_MS);
  });
  try {
    return await Promise.race([first, late]);
  } finally {
    clearTimeout(timer);
  }
}
