/**
 * Where the outputs of a run go, if the app says so: into tensors of its own.
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

/** A tensor for an output, or for some of several. */
export type Into<O> = O extends Tensor ? Tensor : { readonly [name in keyof O]?: Tensor };

/** Options of `program.run` and `program.encode`. */
export interface RunOptions<O> {
  /**
   * Tensors that the outputs are written into, in the form of what the function returned; those that are left out are new
   * tensors. Each has the output's shape and type, stays yours, and shares no memory with what the run reads.
   *
   * @example
   * ```ts
   * const y = gpu.tensor(new Float32Array(1000), [1, 1000]);
   * program.run({ image }, { into: { logits: y } }); // every frame into the same buffer
   * ```
   */
  readonly into?: Into<O>;
}

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
  checkOptions(op, options, ['into']);
  const { into } = options as { readonly into?: unknown };
  const found = new Map<Output, Tensor>();
  if (into === undefined) return found;
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
  const what = `into${output.key === undefined ? '' : `.${output.key}`}`;
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

/**
 * Throws if a destination shares memory with what the run reads, or with another destination.
 *
 * @param read by the run, with the names that errors give them
 */
export function checkApart(
  op: string,
  destinations: ReadonlyMap<Output, Tensor>,
  read: readonly (readonly [name: string, storage: Storage])[],
): void {
  const taken = [...read];
  for (const [output, tensor] of destinations) {
    const name = `into${output.key === undefined ? '' : `.${output.key}`}`;
    const storage = tensor.storage(op, name);
    for (const [other, place] of taken) {
      check(
        storage.buffer !== place.buffer,
        () =>
          `${op}: ${name} is bytes ${spanOf(storage)} of a buffer of which ${other} is bytes ${spanOf(place)}; ` +
          'what is written needs a buffer of its own, give another tensor',
      );
    }
    taken.push([name, storage]);
  }
}

/** A dispatch that copies an output from where it is to where it is wanted. */
export function copyOf(op: string, context: GpuContext, output: Output, from: Storage, to: Storage): Dispatch {
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
  return dispatchesOf(call, context.plans.of(call))[0];
}

function spanOf({ offset, byteLength }: Storage): string {
  return `${offset} to ${offset + byteLength}`;
}
