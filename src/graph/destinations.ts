/**
 * Lets the app have the outputs of a run written into tensors of its own.
 *
 * @module
 */
import { check, checkOptions, describe, show, sizeOf } from '../conv/check';
import type { Storage } from '../gpu/buffers';
import type { GpuContext } from '../gpu/context';
import type { Dispatch } from '../gpu/encode';
import { dispatchesOf } from '../gpu/lower';
import { copy } from '../kernels/copy';
import { Tensor } from '../tensor/tensor';
import { nameOf, type Output } from './outputs';

/** A tensor for the only output, or tensors for some of several outputs. */
export type Into<O> = O extends Tensor ? Tensor : { readonly [name in keyof O]?: Tensor };

/** Options of `program.run` and `program.encode`. */
export interface RunOptions<O> {
  /**
   * Tensors that the outputs are written into, in the form of what the function returned; outputs that are left out are new
   * tensors. Each has the output's shape and type, stays yours, and overlaps neither another one nor what the run reads. Several
   * may lie beside each other in a buffer of yours (`gpu.wrap`), and beside inputs, unless one dispatch reads and writes that
   * buffer. After a loss, a tensor of `keep` gets back the numbers that it was made of, not those of a run.
   *
   * @example
   * ```ts
   * const y = gpu.tensor(new Float32Array(1000), [1, 1000]);
   * program.run({ image }, { into: { logits: y } }); // every frame into the same buffer
   * ```
   */
  readonly into?: Into<O>;
}

/** The options of most runs. */
export const NO_OPTIONS: RunOptions<never> = {};

const NONE: ReadonlyMap<Output, Tensor> = new Map();

/**
 * The tensors by their outputs.
 *
 * @throws if there is no such option or output, or a tensor is none, disposed, of another device, shape or type, or its numbers
 *   must not change
 */
export function destinationsOf(
  op: string,
  context: GpuContext,
  outputs: readonly Output[],
  options: RunOptions<never>,
): ReadonlyMap<Output, Tensor> {
  if (options === NO_OPTIONS) return NONE;
  checkOptions(op, options, ['into']);
  const { into } = options as { readonly into?: unknown };
  if (into === undefined) return NONE;
  const found = new Map<Output, Tensor>();
  const [first] = outputs;
  const isAlone = outputs.length === 1 && first.key === undefined;
  check(
    typeof into === 'object' && into !== null && isAlone === into instanceof Tensor,
    () =>
      `${op}: into is ${show(into)}; give ${isAlone ? 'a tensor' : `an object with tensors for ${outputs.map(({ key }) => key).join(', ')}`}`,
  );
  if (isAlone) return found.set(first, checked(op, context, first, into));
  for (const [key, tensor] of Object.entries(into)) {
    const output = outputs.find((one) => one.key === key);
    check(
      output !== undefined,
      () => `${op}: into names ${key}, which is no output; the outputs are ${outputs.map((one) => one.key).join(', ')}`,
    );
    if (tensor !== undefined) found.set(output, checked(op, context, output, tensor));
  }
  return found;
}

function checked(op: string, context: GpuContext, output: Output, tensor: unknown): Tensor {
  const what = destinationName(output);
  check(
    tensor instanceof Tensor,
    () => `${op}: ${what} is ${show(tensor)}; give a tensor, made by gpu.tensor or gpu.wrap`,
  );
  const { folded } = tensor.storage(op, what);
  check(
    tensor.context === context,
    () => `${op}: ${what} belongs to another gpu than the program; use one gpu for both`,
  );
  check(
    describe(tensor.shape) === describe(output.shape) && tensor.dtype === output.dtype,
    () =>
      `${op}: ${what} is ${tensor.dtype} ${describe(tensor.shape)} but ${nameOf(output.key)} is ${output.dtype} ${describe(output.shape)}; give a tensor of that shape and type`,
  );
  check(
    folded !== true,
    () =>
      `${op}: ${what} ${describe(tensor.shape)} was taken into a program as a constant, which must not change; give another tensor`,
  );
  return tensor;
}

/** A storage, and its name in errors. */
export type Named = readonly [name: string, storage: Storage];

/**
 * Throws if a destination overlaps what the run reads, or another destination.
 *
 * @param read by the run
 * @returns the storages that lie beside each other in a buffer, by their names; none if each has its own
 */
export function checkApart(
  op: string,
  destinations: ReadonlyMap<Output, Tensor>,
  read: Iterable<Named>,
): ReadonlyMap<Storage, string> {
  const taken = [...read];
  const neighbours = new Map<Storage, string>();
  for (const [output, tensor] of destinations) {
    const name = destinationName(output);
    const storage = tensor.storage(op, name);
    for (const [other, place] of taken) {
      if (storage.buffer !== place.buffer) continue;
      check(
        !overlap(storage, place),
        () =>
          `${op}: ${name} is bytes ${spanOf(storage)} of a buffer of which ${other} is bytes ${spanOf(place)}; ` +
          'an output must not overlap it; give another tensor',
      );
      neighbours.set(storage, name).set(place, other);
    }
    taken.push([name, storage]);
  }
  return neighbours;
}

/**
 * Throws if a dispatch reads and writes one buffer: WebGPU refuses that, even if the ranges are apart.
 *
 * @param neighbours the storages that share a buffer with another one
 */
export function checkDispatches(
  op: string,
  neighbours: ReadonlyMap<Storage, string>,
  dispatches: readonly Dispatch[],
): void {
  for (const { step, operands } of dispatches) {
    const bound = step.bindings.filter(({ access }) => access !== 'uniform');
    const written = operands[bound.findIndex(({ access }) => access === 'read_write')].storage;
    const name = neighbours.get(written);
    if (name === undefined) continue;
    for (const { storage } of operands) {
      check(
        storage === written || storage.buffer !== written.buffer,
        () =>
          `${op}: ${name} is bytes ${spanOf(written)} of a buffer of which ${neighbours.get(storage)} is bytes ${spanOf(storage)}, ` +
          `and ${step.label} reads the one and writes the other, which WebGPU does not allow in one buffer; give a tensor in another buffer`,
      );
    }
  }
}

/** The dispatches that copy an output to its destination: several if the device cannot bind all of it. */
export function copiesOf(
  op: string,
  context: GpuContext,
  output: Output,
  from: Storage,
  to: Storage,
): readonly Dispatch[] {
  const { shape, dtype } = output;
  const list = { strides: [1] };
  const call = {
    op,
    operation: copy,
    problem: { sizes: [sizeOf(shape)], x: list, output: list },
    inputs: { x: { value: from, shape, dtype } },
    endings: [],
    output: { value: to, shape, dtype },
    sums: 'f32',
  } as const;
  return dispatchesOf(call, context.plans.of(call));
}

function destinationName({ key }: Output): string {
  return key === undefined ? 'into' : `into.${key}`;
}

function overlap(a: Storage, b: Storage): boolean {
  return a.offset < b.offset + b.byteLength && b.offset < a.offset + a.byteLength;
}

function spanOf({ offset, byteLength }: Storage): string {
  return `${offset} to ${offset + byteLength}`;
}
