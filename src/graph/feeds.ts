/**
 * The feeds of a program: tensors, or numbers that are uploaded for the run.
 *
 * @module
 */
import { check, describe, isRecord, show, sizeOf } from '../conv/check';
import type { Storage } from '../gpu/buffers';
import type { GpuContext } from '../gpu/context';
import { encode, type Form } from '../kernels/dtype';
import { Tensor } from '../tensor/tensor';

/** Numbers or a tensor for each input. */
export type Feeds<I> = { readonly [name in keyof I]: Tensor | ArrayLike<number> };

/** An input of a program: its form, and the value that stands for it. */
export interface Input {
  readonly form: Form;
  readonly value: Storage;
}

/** @throws unless every input is fed with what it takes, and nothing else is fed */
export function checkFeeds(
  op: string,
  context: GpuContext,
  inputs: ReadonlyMap<string, Input>,
  feeds: object,
): ReadonlyMap<string, Tensor | ArrayLike<number>> {
  check(
    isRecord(feeds),
    () => `${op}: inputs are ${show(feeds)}; give an object with a tensor or numbers for each input`,
  );
  const given = new Map<string, unknown>(Object.entries(feeds));
  for (const name of given.keys()) {
    check(inputs.has(name), () => `${op}: there is no input ${name}; the inputs are ${[...inputs.keys()].join(', ')}`);
  }
  for (const [name, { form }] of inputs) checkFeed(op, context, name, given.get(name), form);
  return given as ReadonlyMap<string, Tensor | ArrayLike<number>>;
}

function checkFeed(op: string, context: GpuContext, name: string, feed: unknown, form: Form): void {
  if (feed instanceof Tensor) {
    feed.storage(op, name);
    check(
      feed.context === context,
      () => `${op}: ${name} belongs to another gpu than the program; use one gpu for both`,
    );
    check(
      describe(feed.shape) === describe(form.shape) && feed.dtype === form.dtype,
      () =>
        `${op}: ${name} is ${feed.dtype} ${describe(feed.shape)} but the program was compiled for ${form.dtype} ${describe(form.shape)}; give that, or compile another program`,
    );
    return;
  }
  const size = sizeOf(form.shape);
  // A string has a length, too, but is no list of numbers.
  const { length } = (typeof feed === 'object' && feed !== null ? feed : {}) as { readonly length?: unknown };
  check(
    length === size,
    () =>
      `${op}: ${name} is ${typeof length === 'number' ? `${length} numbers` : show(feed)} but the program was compiled for ${describe(form.shape)}; give a tensor of that shape, or ${size} numbers`,
  );
}

/**
 * Maps each input to the storage of its feed.
 *
 * @param uploads gets the storages that are made for numbers
 */
export function placeFeeds(
  op: string,
  context: GpuContext,
  inputs: ReadonlyMap<string, Input>,
  given: ReadonlyMap<string, Tensor | ArrayLike<number>>,
  places: Map<Storage, Storage>,
  uploads: Storage[],
): void {
  for (const [name, { form, value }] of inputs) {
    const feed = given.get(name)!;
    if (feed instanceof Tensor) {
      places.set(value, feed.storage(op, name));
      continue;
    }
    const storage = context.upload(op, encode(feed, form.dtype, `${op}: ${name}`), () => `input ${name}`);
    uploads.push(storage);
    places.set(value, storage);
  }
}
