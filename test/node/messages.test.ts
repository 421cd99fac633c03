/** The processes of the benchmark: requests and answers, and the errors for a process that crashes or hangs. */
import { fork } from 'node:child_process';
import { resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connect, type Connection } from '../../demo/node/messages';
import type { TestChild } from '../support/bench-child';

/** A loaded machine takes long to start a process. */
const START_MS = 120_000;

let patience: number;
let child: Connection<TestChild>;

beforeEach(async () => {
  patience = START_MS;
  const script = resolve(import.meta.dirname, '../support/bench-child.ts');
  const started = fork(script, { execArgv: ['--import', 'tsx'], serialization: 'advanced' });
  child = connect<TestChild>(started, () => patience);
  expect(await child.call('doubled', Float32Array.of(1, 2))).toEqual(Float32Array.of(2, 4));
});

afterEach(() => child.close());

test('an error in the child process rejects the call, and later calls work', async () => {
  await expect(child.call('fail')).rejects.toThrow('it does not fit');
  expect(child.ended()).toBeUndefined();
  expect(await Promise.all([1, 2].map((v) => child.call('doubled', Float32Array.of(v))))).toEqual([
    Float32Array.of(2),
    Float32Array.of(4),
  ]);
});

test('a crash of the child process rejects the call, and every call after it', async () => {
  await expect(child.call('crash')).rejects.toThrow('its process ended by itself (SIGABRT) at crash');
  await expect(child.call('fail')).rejects.toThrow('its process ended by itself (SIGABRT)');
});

test('a child process that hangs is ended, and the error says what it was doing', async () => {
  patience = 2000;
  await expect(child.call('hang', 'dw1 direct')).rejects.toThrow(
    'it hangs: no answer in 2 s (dw1 direct), so its process was ended',
  );
  expect(child.ended()).toContain('it hangs');
});

test('a child process that reports progress is not ended', async () => {
  patience = 2000;
  expect(await child.call('slow', 12)).toBe('done');
});

test('closing the child process rejects the call under way', async () => {
  const answer = child.call('slow', 100);
  child.close();
  await expect(answer).rejects.toThrow('its process was ended');
});
