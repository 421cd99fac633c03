/**
 * A stage's programs: one for each set of shapes and types that it is given, compiled when that set first comes. They share
 * the weights. Programs of a lost device are forgotten; if there are many, the least recently used are forgotten, too.
 *
 * @module
 */
import type { GpuContext } from '../gpu/context';
import { compileAs } from '../graph/compile';
import type { Program } from '../graph/program';
import { createCache } from '../kernels/cache';
import type { Form } from '../kernels/dtype';
import type { Gpu } from '../tensor/gpu';
import { untilAborted, type PrepareOptions } from '../tensor/prepare';
import type { Tensor } from '../tensor/tensor';
import type { Executed, Given } from './execute';
import type { HostValue } from './host-value';

/** A stage's calls for some shapes. */
export interface StageProgram {
  /** Gives the stage's `gives`, in order. */
  readonly program: Program<never, readonly Tensor[]>;
  readonly arrays: Executed['arrays'];
}

/** What a stage will be given: forms that stand for tensors which do not exist yet. */
export interface GivenForms {
  readonly takes: ReadonlyMap<string, Form>;
  readonly knows: ReadonlyMap<string, HostValue>;
}

/** Makes the calls of a stage's nodes. */
export type Compute = (op: string, given: Given) => Executed;

export interface Programs {
  /** Hands the program for these forms to `use`; it is not disposed before the promise that `use` returns has settled. */
  with<T>(
    op: string,
    forms: GivenForms,
    use: (made: StageProgram) => T | Promise<T>,
    options?: PrepareOptions,
  ): Promise<T>;
  /** Those for the present device; none of them is disposed before `use` has settled. */
  all<T>(use: (made: readonly StageProgram[]) => Promise<T>): Promise<T>;
  dispose(): void;
}

/** A program, or one that is being made. */
interface Entry {
  readonly making: Promise<StageProgram>;
  /** How many use it or wait for it. */
  users: number;
  /** Whether it is disposed when its last user ends. */
  dropped: boolean;
}

/** Each holds its intermediates. An app may need several: a camera has two orientations, say, and a last batch is smaller. */
const KEPT = 8;

/** @param compute the calls of the nodes; what it makes is virtual while it is traced */
export function createPrograms(gpu: Gpu, compute: Compute): Programs {
  const disposeUnused = ({ making, users, dropped }: Entry): void => {
    if (users > 0 || !dropped) return;
    making.then(
      ({ program }) => program.dispose(),
      () => {},
    );
  };
  const entries = new Set<Entry>();
  const made = createCache<string, Entry>({
    entries: KEPT,
    dropped: (entry) => {
      entry.dropped = true;
      entries.delete(entry);
      disposeUnused(entry);
    },
  });
  let owner: GpuContext = gpu.context;
  const dropLost = (): void => {
    if (gpu.context !== owner) made.clear();
    owner = gpu.context;
  };

  return {
    async with(op, forms, use, options = {}) {
      options.signal?.throwIfAborted();
      dropLost();
      const key = keyOfForms(forms);
      // If one caller stops waiting, the others go on.
      const { onProgress, signal } = options;
      const known = made.get(key);
      const entry = known ?? {
        making: makeProgram(op, gpu, forms, compute, onProgress),
        users: 0,
        dropped: false,
      };
      entry.users++;
      if (known === undefined) {
        made.set(key, entry);
        entries.add(entry);
        // A program that failed is made again next time.
        entry.making.catch(() => {
          if (made.peek(key) === entry) made.delete(key);
        });
      }
      try {
        return await use(await untilAborted(entry.making, signal));
      } finally {
        entry.users--;
        disposeUnused(entry);
      }
    },
    async all(use) {
      dropLost();
      const used = [...entries];
      for (const entry of used) entry.users++;
      try {
        const settled = await Promise.allSettled(used.map(({ making }) => making));
        return await use(settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])));
      } finally {
        for (const entry of used) {
          entry.users--;
          disposeUnused(entry);
        }
      }
    },
    dispose: () => made.clear(),
  };
}

/** Inputs go by number: no name from a file becomes a property. */
export function feedsByNumber<T>(feeds: ReadonlyMap<string, T>): Record<string, T> {
  return Object.fromEntries([...feeds.values()].map((feed, i) => [`input${i}`, feed]));
}

/** Arrays are written into the calls, so a program is for these numbers. */
function keyOfForms({ takes, knows }: GivenForms): string {
  const tensors = Array.from(takes, ([name, { dtype, shape }]) => `${name} ${dtype} ${shape.join('x')}`);
  const arrays = Array.from(knows, ([name, { shape, values }]) => `${name} ${shape.join('x')} ${values.join(' ')}`);
  return [...tensors, ...arrays].join();
}

async function makeProgram(
  op: string,
  gpu: Gpu,
  { takes, knows }: GivenForms,
  compute: Compute,
  onProgress: PrepareOptions['onProgress'],
): Promise<StageProgram> {
  const names = [...takes.keys()];
  let arrays: StageProgram['arrays'] = new Map();
  const traced = (inputs: Readonly<Record<string, Tensor>>): readonly Tensor[] => {
    const made = compute(op, { takes: new Map(names.map((name, i) => [name, inputs[`input${i}`]])), knows });
    arrays = made.arrays;
    return made.given;
  };
  const program = await compileAs(op, gpu, feedsByNumber(takes), traced, { onProgress });
  return { program, arrays };
}
