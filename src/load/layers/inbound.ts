/**
 * Which layer's results a call of a layer takes, in the forms that versions of Keras have written them.
 *
 * @module
 * @see https://keras.io/guides/serialization_and_saving/
 */
import { check, fail, show } from '../../conv/check';
import { field, integerOf, listOf } from '../json';

/** A result: which call of which layer, and which of its outputs. */
export interface Inbound {
  readonly layer: string;
  readonly call: number;
  readonly output: number;
}

/** How deep lists in lists of arguments go. */
const DEPTH = 4;

/** The calls of a layer: what each of them takes, in order. */
export function callsOf(what: string, inboundNodes: unknown): readonly (readonly Inbound[])[] {
  return Array.from(listOf(`${what}: inbound_nodes`, inboundNodes), (node) =>
    Array.isArray(node) ? inboundList(what, node) : inboundArguments(what, field(node, 'args')),
  );
}

/** Results that a model has for inputs or outputs: a list of [layer, call, output], or one such list alone. */
export function endsOf(what: string, ends: unknown): readonly Inbound[] {
  const list = listOf(what, ends);
  return typeof list[0] === 'string' ? [inboundOf(what, list)] : Array.from(list, (end) => inboundOf(what, end));
}

/** The form of Keras 1 and 2: a list of [layer, call, output, other arguments]. */
function inboundList(what: string, node: readonly unknown[]): readonly Inbound[] {
  return typeof node[0] === 'string' ? [inboundOf(what, node)] : Array.from(node, (entry) => inboundOf(what, entry));
}

function inboundOf(what: string, entry: unknown): Inbound {
  const [layer, call, output] = listOf(what, entry);
  check(
    typeof layer === 'string' && layer !== '',
    () => `${what} refers to ${show(entry)}; a reference is [layer, call, output]`,
  );
  return { layer, call: indexOf(what, call), output: indexOf(what, output) };
}

function indexOf(what: string, value: unknown): number {
  const index = integerOf(`${what}: an index`, value ?? 0);
  return index >= 0 ? index : fail(`${what}: an index is ${index} but must be at least 0`);
}

/** The form of Keras 3: arguments, among them tensors, each with its history. */
function inboundArguments(what: string, value: unknown, depth = DEPTH): readonly Inbound[] {
  if (field(value, 'class_name') === '__keras_tensor__') {
    return [inboundOf(what, field(field(value, 'config'), 'keras_history'))];
  }
  if (!Array.isArray(value) || depth === 0) return [];
  return value.flatMap((entry) => inboundArguments(what, entry, depth - 1));
}
