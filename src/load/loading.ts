/**
 * What all loaders are told: the part of a model that an app wants, how it wants its weights, and how its files are fetched.
 * The options are checked before anything else.
 *
 * @module
 */
import { check, checkOptions, show } from '../conv/check';
import { checkDType, type DType } from '../kernels/dtype';
import { checkProgress, type PrepareOptions } from '../tensor/prepare';
import type { Fetching } from './download';
import type { GraphChoice } from './graph';

/** The options of every loader. */
export interface LoadingOptions extends GraphChoice, Fetching {
  readonly weights?: DType;
  readonly onProgress?: PrepareOptions['onProgress'];
}

/** The names of these options, for `checkOptions`. */
export const LOADING_OPTIONS: readonly (keyof LoadingOptions)[] = [
  'outputs',
  'inputs',
  'weights',
  'onProgress',
  'signal',
  'fetch',
];

/**
 * @param more names of options that the loader has beside these
 * @throws unless inputs and outputs are lists of names, weights a type, callbacks functions, and nothing else is there
 */
export function checkLoading(op: string, options: LoadingOptions, more: readonly string[] = []): void {
  checkOptions(op, options, [...LOADING_OPTIONS, ...more]);
  checkProgress(op, options);
  const { weights = 'f32', fetch } = options;
  checkDType(op, weights, 'weights');
  for (const name of ['inputs', 'outputs'] as const) {
    const names: unknown = options[name];
    check(
      names === undefined || (Array.isArray(names) && Array.from(names).every((one) => typeof one === 'string')),
      () => `${op}: ${name} is ${show(names)}; give a list of names`,
    );
  }
  check(
    fetch === undefined || typeof fetch === 'function',
    () => `${op}: fetch is ${show(fetch)}; give a function like the browser's fetch`,
  );
}
