/** Compiles dispatches and runs them in the emulator. */
import { compileAll, type CompiledShader, type Source, type Statistics } from './compile';
import { DEVICES, type Family } from './devices';
import { totalsOf, type Totals } from './emulator/counts';
import { emulate } from './emulator/emulate';
import { timeOf, type Time } from './model';
import type { Stack } from './stack';

export interface Dispatch extends Source {
  readonly grid: readonly [number, number, number];
  /** Data by binding number, all in group 0. It may include bindings that the program does not use. */
  readonly bindings: ReadonlyMap<number, ArrayBufferView>;
  readonly minimumBytes: number;
}

export interface Simulated {
  readonly statistics: Statistics;
  readonly totals: Totals;
  readonly time: Time;
  /** The contents of a buffer after the run; for outputs, only those of the workgroups that were run. */
  readonly contents: (binding: number) => ArrayBuffer;
}

export type Result = Simulated | { readonly error: string };

/**
 * @param judge reduces each result to what the caller needs, so that only one dispatch's memory is kept at a time
 * @returns the driver in its own words, and the values of `judge`, in the order of the dispatches
 */
export function simulateAll<T>(
  stack: Stack,
  dispatches: readonly Dispatch[],
  family: Family,
  judge: (result: Result, index: number) => T,
): { readonly driver: string; readonly results: readonly T[] } {
  const { driver, shaders } = compileAll(stack, dispatches, family);
  return { driver, results: shaders.map((shader, i) => judge(simulate(shader, dispatches[i], family), i)) };
}

function simulate(shader: CompiledShader | { readonly error: string }, dispatch: Dispatch, family: Family): Result {
  if ('error' in shader) return shader;
  const used = usedBindings(dispatch.code);
  const data = used.map(({ binding, name }) => {
    const bound = dispatch.bindings.get(binding);
    if (bound === undefined) throw new Error(`no data for binding ${binding} (${name})`);
    return bound;
  });
  try {
    const run = emulate(shader, data, dispatch.grid, DEVICES[family]);
    const totals = totalsOf(run);
    return {
      statistics: shader.statistics,
      totals,
      time: timeOf(DEVICES[family], totals, run.clocks, dispatch.minimumBytes),
      contents: (binding) => {
        const { u8, size } = run.buffers[used.findIndex((b) => b.binding === binding)];
        return u8.slice(0, size).buffer;
      },
    };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

const BINDING = /@binding\((\d+)\)\s*(?:@group\(\d+\)\s*)?var<([^>]*)>\s*(\w+)/g;

export interface UsedBinding {
  readonly binding: number;
  readonly name: string;
  readonly isUniform: boolean;
}

/** The bindings that a program uses, in the order of RADV's descriptors: an 'auto' layout leaves the others out. */
export function usedBindings(code: string): UsedBinding[] {
  const text = code.replace(/\/\/.*/g, '');
  const isUsed = (name: string): boolean => [...text.matchAll(new RegExp(`\\b${name}\\b`, 'g'))].length > 1;
  return [...text.matchAll(BINDING)]
    .map(([, binding, kind, name]) => ({ binding: Number(binding), name, isUniform: kind === 'uniform' }))
    .filter(({ name }) => isUsed(name))
    .toSorted((a, b) => a.binding - b.binding);
}
