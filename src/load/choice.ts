/**
 * The part of a model that an app wants, and how it wants its weights: checked before a file is fetched.
 *
 * @module
 */
import { check, show } from '../conv/check';
import { checkDType, type DType } from '../kernels/dtype';
import type { GraphChoice } from './graph';

/** @throws unless inputs and outputs are lists of names, and weights a type */
export function checkChoice(op: string, options: GraphChoice & { readonly weights?: DType }): void {
  const { weights = 'f32' } = options;
  checkDType(op, weights, 'weights');
  for (const name of ['inputs', 'outputs'] as const) {
    const names: unknown = options[name];
    check(
      names === undefined || (Array.isArray(names) && Array.from(names).every((one) => typeof one === 'string')),
      () => `${op}: ${name} is ${show(names)}; give a list of names`,
    );
  }
}
