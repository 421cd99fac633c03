/**
 * How long an encoder may be.
 */
import { expect, test } from 'vitest';
import { mostCommands } from '../../src/gpu/roll';

const info = (vendor: string): GPUAdapterInfo => ({ vendor, description: '' }) as GPUAdapterInfo;

test('an encoder is short on Android and on Adreno, and longer elsewhere', () => {
  const android = 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Mobile';
  const windows = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0';
  expect(mostCommands(info('arm'), android)).toBe(64);
  expect(mostCommands(info(''), android)).toBe(64);
  expect(mostCommands(info('qualcomm'), windows)).toBe(64);
  expect(mostCommands(info('intel'), windows)).toBe(256);
  expect(mostCommands(undefined, undefined)).toBe(256);
});
