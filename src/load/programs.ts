import type { GpuContext } from '../gpu/context';
import { compileAs } from '../graph/compile';
import type { Program } from '../graph/program';
/**
 * A model's programs: one for each set of shapes and types that it is fed, compiled when it is first fed so. They share the
 * weights. Those of a lost device are forgotten, and of many those that were used least recently.
 *
 * @module
 */
import { createCache } from '../kernels/cache';
import type { Form } from '../kernels/dtype';
import type { Gpu } from '../tensor/gpu';
import { untilAborted, type PrepareOptions } from '../tensor/prepare';
import { Tensor } from '../tensor/tensor';
import { valueOf, type Value, type Values } from './execute';
import type { HostValue } from './host-value';
import type { Reference } from './topology';

/** What is wanted of a run on the GPU, and how it is come by. */
export interface ModelProgram {
  readonly program: Program<never, readonly Tensor[]>;
  /** The results that the program gives, in order. */
  readonly given: readonly Reference[];
  /** All results that are arrays, since they depend on shapes only. */
  readonly arrays: ReadonlyMap<string, readonly HostValue[]>;
}

/** Makes the calls of a model's nodes. */
export type Compute = (op: string, feeds: ReadonlyMap<string, Tensor>) => Values;

export interface Programs {
  /** Hands the program for inputs like these to `use`; it is not disposed before what that returns has settled. */
  with<T>(
    op: string,
    forms: ReadonlyMap<string, Form>,
    use: (made: ModelProgram) => T | Promise<T>,
    options?: PrepareOptions,
  ): Promise<T>;
  dispose(): void;
}

/** A program, or one that is being made. */
interface Entry {
  readonly making: Promise<ModelProgram>;
  /** How many use it or wait for it. */
  users: number;
  /** Whether it goes with its last user. */
  dropped: boolean;
}

/** Each holds its intermediates; an app's camera, say, has a size for either way up, and a batch a rest. */
const KEPT = 8;

/**
 * @param wanted results of nodes that are outputs, or that the tail reads
 * @param compute the calls of the nodes; what it makes is virtual while it is traced
 */
export function createPrograms(gpu: Gpu, wanted: readonly Reference[], compute: Compute): Programs {
  const disposeUnused = ({ making, users, dropped }: Entry): void => {
    if (users > 0 || !dropped) return;
    making.then(
      ({ program }) => program.dispose(),
      () => {},
    );
  };
  const made = createCache<string, Entry>({
    entries: KEPT,
    dropped: (entry) => {
      entry.dropped = true;
      disposeUnused(entry);
    },
  });
  let owner: GpuContext = gpu.context;

  return {
    async with(op, forms, use, options = {}) {
      options.signal?.throwIfAborted();
      if (gpu.context !== owner) made.clear();
      owner = gpu.context;
      const key = Array.from(forms, ([name, { dtype, shape }]) => `${name} ${dtype} ${shape.join('x')}`).join();
      // Who stops waiting does not stop the others.
      const { onProgress, signal } = options;
      const known = made.get(key);
      const entry = known ?? {
        making: makeProgram(op, gpu, forms, { wanted, compute }, onProgress),
        users: 0,
        dropped: false,
      };
      entry.users++;
      if (known === undefined) {
        made.set(key, entry);
        // What failed is tried again.
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
    dispose: () => made.clear(),
  };
}

/** Inputs go by number: no name from a file becomes a property. */
export function feedsByNumber<T>(feeds: ReadonlyMap<string, T>): Record<string, T> {
  return Object.fromEntries([...feeds.values()].map((feed, i) => [`input${i}`, feed]));
}

async function makeProgram(
  op: string,
  gpu: Gpu,
  forms: ReadonlyMap<string, Form>,
  { wanted, compute }: { readonly wanted: readonly Reference[]; readonly compute: Compute },
  onProgress: PrepareOptions['onProgress'],
): Promise<ModelProgram> {
  const names = [...forms.keys()];
  const given: Reference[] = [];
  let arrays: ModelProgram['arrays'] = new Map();
  const traced = (inputs: Readonly<Record<string, Tensor>>): readonly Tensor[] => {
    given.length = 0;
    const values = compute(op, new Map(names.map((name, i) => [name, inputs[`input${i}`]])));
    arrays = arraysOf(values);
    const results = wanted.map((reference) => ({ reference, value: valueOf(op, values, reference) }));
    return results.flatMap(({ reference, value }) => {
      if (!(value instanceof Tensor)) return [];
      given.push(reference);
      return [value];
    });
  };
  const program = await compileAs(op, gpu, feedsByNumber(forms), traced, { onProgress });
  return { program, given, arrays };
}

function arraysOf(values: Values): ModelProgram['arrays'] {
  const isArray = (results: readonly Value[]): results is readonly HostValue[] =>
    !results.some((result) => result instanceof Tensor);
  return new Map([...values].flatMap(([name, results]) => (isArray(results) ? [[name, results] as const] : [])));
}
