/**
 * First runs of a program: which of its dispatches run by stand-ins while their own programs are compiled.
 *
 * A program waits for all that it needs, and one stand-in serves many of its layers. So it is not each dispatch that has to gain
 * by its stand-in, as each eager call has: all dispatches of a stand-in have to gain together what it takes to compile it.
 *
 * @module
 */
import type { Pipelines } from '../gpu/pipelines';
import { compilingMs } from '../kernels/stand-in';
import type { Step } from '../step';
import type { Planned } from './parts';

/** Milliseconds for which a compiler is busy with the shortest program. */
const SHORTEST = 30;

/** Compilers that work side by side: as many as the cores for which the paces of kernels are measured. */
const COMPILERS = 2;

/** A text that is not compiled. */
interface Wait {
  /** Milliseconds by which the first result is sooner without it, apart from compiling what stands in. */
  gain: number;
  /** The texts that stand in for it. */
  readonly standIns: Set<string>;
}

/**
 * The steps whose programs the first run waits for: stand-ins where these give the first result sooner.
 *
 * @param pipelines tells which programs are compiled already
 */
export function firstSteps(dispatches: readonly Planned[], pipelines: Pick<Pipelines, 'ready'>): readonly Step[] {
  const spared = sparedBy(dispatches, pipelines);
  return dispatches.map(({ step, standIn }) => (spared.has(step.wgsl) ? standIn!().step : step));
}

/** The texts that the first run need not wait for. */
function sparedBy(dispatches: readonly Planned[], pipelines: Pick<Pipelines, 'ready'>): ReadonlyMap<string, Wait> {
  const waits = new Map<string, Wait>();
  for (const { step, standIn } of dispatches) {
    const { wgsl } = step;
    if (pipelines.ready(wgsl) !== undefined) continue;
    const wait = waits.get(wgsl) ?? { gain: compilingOf(wgsl), standIns: new Set<string>() };
    waits.set(wgsl, wait);
    const other = standIn?.();
    wait.gain -= other?.ms ?? Infinity;
    if (other !== undefined) wait.standIns.add(other.step.wgsl);
  }
  const gains = new Map<string, number>();
  for (const [wgsl, { gain, standIns }] of waits) {
    if (gain <= 0) waits.delete(wgsl);
    else for (const other of standIns) gains.set(other, (gains.get(other) ?? -costOf(other, pipelines)) + gain);
  }
  for (const [wgsl, { standIns }] of waits)
    if ([...standIns].some((other) => gains.get(other)! <= 0)) waits.delete(wgsl);
  return waits;
}

/** Milliseconds that the first run waits for a stand-in; it never uses one that does not compile. */
function costOf(wgsl: string, pipelines: Pick<Pipelines, 'ready'>): number {
  const ready = pipelines.ready(wgsl);
  if (ready instanceof Error) return Infinity;
  return ready === undefined ? compilingOf(wgsl) : 0;
}

function compilingOf(wgsl: string): number {
  return (SHORTEST + compilingMs(wgsl)) / COMPILERS;
}
