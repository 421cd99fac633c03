/**
 * What a model is fed, checked.
 *
 * @module
 */
import { check, checkFilled, describe, fail, show, sizeOf } from '../conv/check';
import type { Form } from '../kernels/dtype';
import type { Gpu } from '../tensor/gpu';
import { byteLengthOf, Tensor } from '../tensor/tensor';
import { isImage, pixelsOf } from './feed-image';
import type { Graph, GraphEnd } from './graph';
import { referenceOf } from './node';
import { keyOf } from './stages';

/**
 * What an input is fed: a tensor, as many numbers as its shape has elements, or an ImageData of its size, whose numbers are
 * taken as they are, from 0 to 255, without alpha where the input has three channels. `tensorFromImage` makes a tensor of
 * all other images, sizes and ranges.
 */
export type ModelFeed = Tensor | ArrayLike<number> | ImageData;

/** What a model is fed, by input; a model with one input also takes the value alone. */
export type ModelFeeds = Readonly<Record<string, ModelFeed>> | ModelFeed;

/** A tensor for each input, by `keyOf`. */
export function feedsOf(
  op: string,
  gpu: Gpu,
  { inputs, unneeded }: Graph,
  feeds: ModelFeeds,
): { readonly tensors: ReadonlyMap<string, Tensor>; readonly own: readonly Tensor[] } {
  const names = (): string => inputs.map(({ name }) => show(name)).join(', ') || 'none';
  const alone = isFeed(feeds);
  check(
    !alone || inputs.length === 1,
    () => `${op}: the model has ${inputs.length} inputs, ${names()}; give an object with a tensor for each`,
  );
  check(
    typeof feeds === 'object' && feeds !== null && !(feeds instanceof ArrayBuffer),
    () => `${op}: feeds are ${show(feeds)}; give an object with a tensor for each input: ${names()}`,
  );
  const given = new Map<string, ModelFeed>(
    alone ? [[inputs[0].reference.node, feeds]] : entriesOf(op, inputs, unneeded, feeds, names),
  );
  const tensors = new Map<string, Tensor>();
  const own: Tensor[] = [];
  try {
    for (const { name, reference, shape } of inputs) {
      const value =
        given.get(reference.node) ?? fail(`${op}: input ${show(name)} is missing; the inputs are ${names()}`);
      const tensor = value instanceof Tensor ? value : uploaded(op, gpu, name, value, shape);
      if (tensor !== value) own.push(tensor);
      tensor.storage(op, `input ${show(name)}`);
      check(
        tensor.context === gpu.context,
        () => `${op}: input ${show(name)} belongs to another gpu than the model; use one gpu for both`,
      );
      checkForm(op, name, shape, tensor.shape);
      tensors.set(keyOf(reference), tensor);
    }
  } catch (error) {
    for (const tensor of own) tensor.dispose();
    throw error;
  }
  return { tensors, own };
}

/** Whether it is the value of one input, not a record of values by input. */
function isFeed(value: unknown): value is ModelFeed {
  if (value instanceof Tensor || ArrayBuffer.isView(value) || Array.isArray(value) || isImage(value)) return true;
  return typeof value === 'object' && value !== null && 'length' in value && typeof value.length === 'number';
}

/** Numbers or pixels as a tensor; errors name the input. */
function uploaded(
  op: string,
  gpu: Gpu,
  name: string,
  value: ArrayLike<number> | ImageData,
  form: readonly number[] | undefined,
): Tensor {
  const { values, shape } = isImage(value)
    ? pixelsOf(op, `input ${show(name)}`, value, form)
    : { values: value, shape: shapeFor(op, name, form, value.length) };
  gpu.context.life.check(op);
  byteLengthOf(op, `input ${show(name)}`, { shape, dtype: 'f32' }, gpu.context, false);
  return gpu.tensor(values, shape, { dtype: 'f32' });
}

/**
 * The forms of a model's inputs, by `keyOf`, before any tensor exists.
 *
 * @param shapes by input; where there is none, the model's own, which must have no open size
 */
export function formsOf(
  op: string,
  gpu: Gpu,
  { inputs, unneeded }: Graph,
  shapes: Readonly<Record<string, readonly number[]>>,
): ReadonlyMap<string, Form> {
  check(
    typeof shapes === 'object' && shapes !== null,
    () => `${op}: inputs are ${show(shapes)}; give an object with a shape for each input`,
  );
  gpu.context.life.check(op);
  const given = new Map(Object.entries(shapes));
  for (const key of given.keys()) {
    check(
      unneeded.has(key) || inputs.some(({ name, reference }) => name === key || reference.node === key),
      () =>
        `${op}: the model has no input ${show(key)}; the inputs are ${inputs.map(({ name }) => show(name)).join(', ')}`,
    );
  }
  return new Map(
    inputs.map(({ name, reference, shape: own }) => {
      const { node } = reference;
      // An open batch size becomes 1.
      const shape = given.get(name) ?? given.get(node) ?? own?.map((n, axis) => (n < 0 && axis === 0 ? 1 : n));
      if (given.has(name) || given.has(node)) checkFilled(`${op}: input ${show(name)}`, shape ?? []);
      check(
        shape !== undefined && (given.has(name) || given.has(node) || shape.every((n) => n > 0)),
        () => `${op}: the model does not fix every size of input ${show(name)} ${describe(own ?? [])}; give its shape`,
      );
      byteLengthOf(op, `input ${show(name)}`, { shape, dtype: 'f32' }, gpu.context);
      checkForm(op, name, own, shape);
      return [keyOf(reference), { shape, dtype: 'f32' }] as const;
    }),
  );
}

/** Throws unless a shape is one that the model takes. */
function checkForm(op: string, name: string, shape: readonly number[] | undefined, given: readonly number[]): void {
  check(
    shape === undefined || (shape.length === given.length && shape.every((n, axis) => n < 0 || n === given[axis])),
    () =>
      `${op}: input ${show(name)} is ${describe(given)} but the model takes ${describe(shape ?? [])}${shape?.includes(-1) === true ? ', -1 for any size' : ''}`,
  );
}

/** An input may go by its name in the signature, or by the name of its node. */
function entriesOf(
  op: string,
  inputs: readonly GraphEnd[],
  unneeded: ReadonlySet<string>,
  feeds: Readonly<Record<string, ModelFeed>>,
  names: () => string,
): [string, ModelFeed][] {
  return Object.entries(feeds).flatMap(([key, value]): [string, ModelFeed][] => {
    const { node } = referenceOf(op, key);
    const input = inputs.find(({ name, reference }) => name === key || reference.node === node);
    if (input === undefined && (unneeded.has(key) || unneeded.has(node))) return [];
    check(input !== undefined, () => `${op}: the model has no input ${show(key)}; the inputs are ${names()}`);
    check(
      value instanceof Tensor || isImage(value) || (isFeed(value) && Number.isSafeInteger(value.length)),
      () => `${op}: input ${show(key)} is ${show(value)}; give a tensor or an array of numbers`,
    );
    return [[input.reference.node, value]];
  });
}

/** The shape that so many numbers must have; one size may be open. */
function shapeFor(op: string, name: string, shape: readonly number[] | undefined, count: number): readonly number[] {
  const open = shape?.filter((n) => n < 0).length ?? 2;
  if (shape === undefined || open > 1) {
    return fail(`${op}: the model does not say the shape of input ${show(name)}; give a tensor`);
  }
  if (open === 0) {
    check(
      count === sizeOf(shape),
      () =>
        `${op}: input ${show(name)} has ${count} numbers but the model takes ${describe(shape)}, ${sizeOf(shape)} numbers`,
    );
    return shape;
  }
  const known = sizeOf(shape.filter((n) => n >= 0));
  check(
    count > 0 && count % known === 0,
    () =>
      `${op}: input ${show(name)} has ${count} numbers but the model takes ${describe(shape)}; give a multiple of ${known}`,
  );
  return shape.map((n) => (n < 0 ? count / known : n));
}
