/**
 * Deals the pixels of images out to a larger batch, and back. TensorFlow puts this around a convolution in place of
 * dilation.
 *
 * @module
 */
import { check, describe, isCount, show, sizeOf } from '../conv/check';
import { isPair } from '../conv/padding';
import { copy } from '../kernels/copy';
import { tooLarge } from '../kernels/pieces';
import { partCopies, partSizes, spaceBatch, type BlockAxis, type SpaceBatchProblem } from '../kernels/space-batch';
import type { Tensor } from '../tensor/tensor';
import { checkRank } from './arguments';
import { compose, contextOf, run, runAll } from './call';
import { pad, type Paddings } from './pad';

/**
 * Deals images out to a larger batch: pixels whose places have the same remainders, when they are divided by the
 * block's sizes, become an image of their own. Image n of the batch becomes the images n, n + batch, n + 2 * batch,
 * ...; the remainder along the last axis changes fastest.
 *
 * `compile` turns a convolution into a dilated one if it stands between this and {@link batchToSpace}.
 *
 * @param x [batch, ...sizes, ...rest] with one to three sizes, as many as the block has; up to 8 axes
 * @param blockShape how many parts each size is dealt out to, at least 1
 * @param paddings zeros in front of each size and behind it, [before, after], with which the block divides it
 * @returns [batch * block, ...(before + sizes + after) / block, ...rest]
 * @throws at once if the block does not divide a padded size
 * @example
 * ```ts
 * const parts = spaceToBatch(x, [2, 2], [[0, 0], [1, 0]]); // [1, 28, 27, 64] -> [4, 14, 14, 64]
 * ```
 * @see https://www.tensorflow.org/api_docs/python/tf/space_to_batch
 */
export function spaceToBatch(x: Tensor, blockShape: readonly number[], paddings: Paddings): Tensor {
  const op = 'spaceToBatch';
  contextOf(op, { x });
  checkBlock(op, x, blockShape);
  checkSides(op, 'paddings', paddings, blockShape);
  const axes = blockShape.map((block, i): BlockAxis => {
    const [before, after] = paddings[i];
    return { size: x.shape[i + 1], block, before, after };
  });
  for (const [i, { size, block, before, after }] of axes.entries()) {
    const padded = before + size + after;
    check(
      padded % block === 0,
      () =>
        `${op}: axis ${i + 1} of x ${describe(x.shape)} is ${padded} with its paddings, which a block of ${block} does not divide; pad it to ${Math.ceil(padded / block) * block}`,
    );
  }
  const [batch] = x.shape;
  const rest = x.shape.slice(axes.length + 1);
  const problem: SpaceBatchProblem = { to: 'batch', batch, axes, inner: sizeOf(rest) };
  const shape = [batch * sizeOf(blockShape), ...partSizes(axes), ...rest];
  if (!isLarge(x, shape)) return run(op, x.context, { operation: spaceBatch, problem, inputs: { x } }, { shape });
  return compose(x.context, LARGE, () => {
    const none: readonly [number, number] = [0, 0];
    const sides = [none, ...paddings, ...rest.map(() => none)];
    using padded = pad(x, sides);
    const whole = axes.map(({ size, block, before, after }) => ({ size: before + size + after, block, before: 0, after: 0 })); // prettier-ignore
    return copied(op, padded, { ...problem, axes: whole }, shape);
  });
}

/**
 * Puts images together again from their parts in a batch: the inverse of {@link spaceToBatch}.
 *
 * @param x [batch, ...sizes, ...rest] with one to three sizes, as many as the block has; up to 8 axes
 * @param blockShape how many parts each size comes from, at least 1
 * @param crops what is cut off in front of each size and behind it, [before, after], when it is put together
 * @returns [batch / block, ...sizes * block - crops, ...rest]
 * @throws at once if the batch is no multiple of the block, or the crops leave nothing
 * @example
 * ```ts
 * const y = batchToSpace(x, [2, 2], [[0, 0], [1, 0]]); // [4, 14, 14, 64] -> [1, 28, 27, 64]
 * ```
 * @see https://www.tensorflow.org/api_docs/python/tf/batch_to_space
 */
export function batchToSpace(x: Tensor, blockShape: readonly number[], crops: Paddings): Tensor {
  const op = 'batchToSpace';
  contextOf(op, { x });
  checkBlock(op, x, blockShape);
  checkSides(op, 'crops', crops, blockShape);
  const blocks = sizeOf(blockShape);
  const [all] = x.shape;
  check(
    all % blocks === 0,
    () =>
      `${op}: x ${describe(x.shape)} has ${all} images, which ${blocks} (the product of blockShape) does not divide; give a blockShape whose product divides ${all}`,
  );
  const axes = blockShape.map((block, i): BlockAxis => {
    const [before, after] = crops[i];
    const whole = x.shape[i + 1] * block;
    check(
      before + after < whole,
      () =>
        `${op}: crops has ${show(crops[i])} for axis ${i + 1} of x ${describe(x.shape)}, which comes to ${whole}; leave at least 1`,
    );
    return { size: whole - before - after, block, before, after };
  });
  const batch = all / blocks;
  const rest = x.shape.slice(axes.length + 1);
  const problem: SpaceBatchProblem = { to: 'space', batch, axes, inner: sizeOf(rest) };
  const shape = [batch, ...axes.map(({ size }) => size), ...rest];
  if (!isLarge(x, shape)) return run(op, x.context, { operation: spaceBatch, problem, inputs: { x } }, { shape });
  return compose(x.context, LARGE, () => copied(op, x, problem, shape));
}

const LARGE = 'a copy for each place within a block, since one dispatch could not bind it all';

function isLarge({ shape, dtype, context }: Tensor, output: readonly number[]): boolean {
  return tooLarge({ x: { shape, dtype }, output: { shape: output, dtype } }, context.target.limits) !== undefined;
}

function copied(op: string, x: Tensor, problem: SpaceBatchProblem, shape: readonly number[]): Tensor {
  const copies = partCopies(problem).map((own) => ({ operation: copy, problem: own, inputs: { x } }));
  return runAll(op, x.context, copies, { shape });
}

function checkBlock(op: string, { shape }: Tensor, blockShape: readonly number[]): void {
  checkRank(op, 'x', shape);
  check(
    Array.isArray(blockShape) && blockShape.length >= 1 && blockShape.length <= 3 && blockShape.every(isCount),
    () => `${op}: blockShape is ${show(blockShape)}; give a list of one to three whole numbers of at least 1`,
  );
  check(
    shape.length > blockShape.length,
    () =>
      `${op}: x ${describe(shape)} has ${shape.length} axes but a blockShape of ${blockShape.length} needs ${blockShape.length + 1}, with the batch; reshape x`,
  );
}

function checkSides(op: string, name: string, sides: Paddings, blockShape: readonly number[]): void {
  const isSide = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) >= 0;
  check(
    Array.isArray(sides) && sides.length === blockShape.length && blockShape.every((_, i) => isPair(sides[i], isSide)),
    () =>
      `${op}: ${name} is ${show(sides)}; give a pair of whole numbers of at least 0, [before, after], for each of the ${blockShape.length} axes of blockShape`,
  );
}
