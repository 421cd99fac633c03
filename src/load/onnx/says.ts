/**
 * How a node says what it does with its axes: in its attributes, as old files do, or in inputs.
 *
 * @module
 */
import type { GpuCall } from '../dialect';
import { listOf, type HostValue } from '../host-value';
import type { GraphNode } from '../node';

/** How a node says what it does with its axes: of the first input's shape, and of the other inputs, which are on the CPU. */
export type Says<T> = (
  shape: readonly number[],
  input: (i: number) => readonly number[] | undefined,
  node: GraphNode,
) => T;

/** What a call says. */
export function said<T>(call: GpuCall, says: Says<T>): T {
  return says(call.shape(0), (i) => (call.has(i) ? [...call.host(i).values] : undefined), call.node);
}

/** What a node on the CPU says. */
export function saidHost<T>(inputs: readonly (HostValue | undefined)[], node: GraphNode, says: Says<T>): T {
  const list = (i: number): readonly number[] | undefined => {
    const input = inputs[i];
    return input === undefined ? undefined : listOf(input, 4096);
  };
  return says(inputs[0]!.shape, list, node);
}
