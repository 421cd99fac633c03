/** Which dispatches of a program run by stand-ins at first: those that give the first result sooner all together. */
import { expect, test, vi } from 'vitest';
import type { Pipeline } from '../../src/gpu/pipelines';
import { firstSteps } from '../../src/graph/first-runs';
import type { Planned } from '../../src/graph/parts';
import type { Substitute } from '../../src/kernels/stand-in';
import type { Step } from '../../src/step';

/** A program that accesses arrays in so many places: 15 ms of waiting, and an eighth of a millisecond for each access. */
function step(name: string, accesses: number): Step {
  return { wgsl: `${name} ${'a[i] '.repeat(accesses)}` } as Step;
}

function planned(own: Step, other?: Step, ms = 0): Planned {
  const standIn = other && ((): Substitute => ({ step: other, ms, isSooner: () => false }));
  return { step: own, standIn } as Partial<Planned> as Planned;
}

/** What each dispatch begins with, by name. */
function first(dispatches: readonly Planned[], known: Readonly<Record<string, Pipeline | Error>> = {}): string {
  const ready = (wgsl: string): Pipeline | Error | undefined => known[wgsl.split(' ')[0]];
  return firstSteps(dispatches, { ready })
    .map(({ wgsl }) => wgsl.split(' ')[0])
    .join(' ');
}

const compiled = {} as Pipeline;
const quick = step('quick', 100);
const [a, b, c] = [step('a', 120), step('b', 120), step('c', 20)];

test('a stand-in has to pay for all that it serves together', () => {
  expect(first([planned(a, quick)])).toBe('quick');
  // 30 ms of waiting less 10 ms of running are not worth 27 ms of compiling; twice that is.
  expect(first([planned(a, quick, 10)])).toBe('a');
  expect(first([planned(a, quick, 10), planned(b, quick, 10)])).toBe('quick quick');
  // Once it is compiled for those, it serves what would not pay for it alone.
  expect(first([planned(a, quick, 1), planned(b, quick, 1), planned(c, quick, 5)])).toBe('quick quick quick');
});

test('a program is waited for where its dispatches would take longer by the stand-in', () => {
  const three = [planned(a, quick, 9), planned(a, quick, 9), planned(b, quick, 5)];
  expect(first(three)).toBe('quick quick quick');
  expect(first([...three, planned(a, quick, 13)])).toBe('a a b a');
});

test('a program that has to be compiled anyway has no stand-in', () => {
  expect(first([planned(a, quick), planned(a), planned(b, quick)])).toBe('a a quick');
});

test('what is compiled costs nothing, and is not asked for a stand-in', () => {
  expect(first([planned(a, quick, 10)], { quick: compiled })).toBe('quick');
  const standIn = vi.fn<() => Substitute>();
  expect(first([{ ...planned(a), standIn }, planned(b, quick)], { a: compiled })).toBe('a quick');
  expect(standIn).not.toHaveBeenCalled();
});

test('nothing stands in that does not compile, nor for what does not', () => {
  expect(first([planned(a, quick), planned(b, quick)], { quick: new Error('no') })).toBe('a b');
  expect(first([planned(a, quick), planned(b, quick)], { a: new Error('no') })).toBe('a quick');
});
