/**
 * The nodes of a file, whatever its format, and what it calls its inputs and outputs. A dialect says what the nodes do.
 *
 * @module
 */
import { check, show } from '../conv/check';
import type { HostDType } from './host-value';

/** One of a node's outputs. */
export interface Reference {
  readonly node: string;
  readonly output: number;
}

/**
 * The attributes of one node; all of them may be missing. Each format reads its own, and throws, naming node and attribute,
 * where one has another type than is asked for.
 */
export interface Attributes {
  text(name: string, fallback: string): string;
  texts(name: string): readonly string[];
  integer(name: string, fallback: number): number;
  /** Undefined if there is none. */
  integers(name: string): readonly number[] | undefined;
  number(name: string, fallback: number): number;
  /** Undefined if there is none. */
  numbers(name: string): readonly number[] | undefined;
  flag(name: string, fallback: boolean): boolean;
  /** Undefined if there is none. */
  dtype(name: string): HostDType | undefined;
  /** Sizes, -1 for those that are unknown; undefined if not even the rank is known. */
  shape(name: string): readonly number[] | undefined;
}

/** A node that holds a constant of the file; its name is that of the weight. */
export const CONSTANT = 'Const';

/** A node that is fed. It has the attributes `dtype` and `shape`. */
export const PLACEHOLDER = 'Placeholder';

/** A node as the file has it. */
export interface GraphNode {
  readonly name: string;
  /** The dialect's name for what it does, or {@link CONSTANT}, or {@link PLACEHOLDER}. */
  readonly op: string;
  /** Undefined for an input that the file leaves out. */
  readonly inputs: readonly (Reference | undefined)[];
  readonly attributes: Attributes;
  /** For errors: `node 'conv1' (Conv2D)`. */
  readonly label: string;
}

/** What a file says of an input or output. */
export interface Endpoint {
  /** What users call it. */
  readonly name: string;
  readonly reference: Reference;
  /** -1 for sizes that are unknown; undefined if the rank is. */
  readonly shape?: readonly number[];
  readonly dtype?: HostDType;
}

/** A file without its weights. */
export interface Topology {
  readonly nodes: ReadonlyMap<string, GraphNode>;
  /** Undefined where the file does not say what its inputs and outputs are. */
  readonly signature?: { readonly inputs: readonly Endpoint[]; readonly outputs: readonly Endpoint[] };
  /** What a name in `options` means, where values have names of their own. */
  readonly find?: (name: string) => Reference | undefined;
}

/** A node's label. */
export function labelOf(name: string, op: string): string {
  return `node ${show(name)} (${op.slice(0, 60)})`;
}

/** `name`, `name:1`, or as functions have it `name:output:1`. */
export function referenceOf(what: string, text: string): Reference {
  const [node, ...rest] = text.split(':');
  const output = Number(rest.at(-1) ?? 0);
  check(
    node !== '' && rest.length <= 2 && Number.isSafeInteger(output) && output >= 0,
    () =>
      `${what} refers to ${show(text)}; a reference is a node's name, or that and the number of an output: 'split:1'`,
  );
  return { node, output };
}
