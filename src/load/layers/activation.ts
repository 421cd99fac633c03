/**
 * How a layer's configuration gives its activation: as a name, or as a layer of its own.
 *
 * @module
 * @see https://keras.io/api/layers/activations/
 */
import { fail, show } from '../../conv/check';
import { field } from '../json';

/** An activation by its name, or a layer that is one. */
export type LayerActivation = { readonly name: string } | { readonly kind: string; readonly config: unknown };

/** Keras 2 and 3 also write functions as objects. */
const FUNCTIONS: ReadonlySet<unknown> = new Set(['function', 'builtin_function_or_method']);

/** @param what the layer, for errors */
export function layerActivationOf(what: string, value: unknown): LayerActivation {
  if (value === undefined || value === null) return { name: 'linear' };
  if (typeof value === 'string') return { name: value };
  const [kind, config] = [field(value, 'class_name'), field(value, 'config')];
  if (typeof kind !== 'string') return fail(`${what}: activation is ${show(value)} but must be a name or a layer`);
  if (FUNCTIONS.has(kind) && typeof config === 'string') return { name: config };
  // Files of TensorFlow.js name functions as classes.
  return /^[a-z]/.test(kind) ? { name: kind } : { kind, config };
}
