/**
 * Twin of shaders/space-batch.wgsl.
 *
 * @module
 */
import shader from '../../shaders/space-batch.wgsl';
import { sizeOf } from '../conv/check';
import { stridesOf, vectorType } from './axes';
import type { CopyProblem } from './copy';
import { flatStep } from './flat-step';
import { soleOperation, type Operation } from './operation';

/** One axis of whole images. */
export interface BlockAxis {
  readonly size: number;
  /** How many parts the axis is dealt out to. */
  readonly block: number;
  /** Zeros before and after the image, which are dealt out, too. */
  readonly before: number;
  readonly after: number;
}

/** Images, and how they are dealt out: the pixels at the same remainders form an image in a larger batch. */
export interface SpaceBatchProblem {
  /** Whether x holds the images, or their parts. */
  readonly to: 'batch' | 'space';
  /** The number of whole images. */
  readonly batch: number;
  /** 1 to 3. */
  readonly axes: readonly BlockAxis[];
  /** Elements of a pixel. */
  readonly inner: number;
}

/** The sizes of a part, along the axes. */
export function partSizes(axes: readonly BlockAxis[]): readonly number[] {
  return axes.map(({ size, block, before, after }) => (before + size + after) / block);
}

/** Its input is `x`. It is not cut into pieces: a problem that is too large becomes several copies, by {@link partCopies}. */
export const spaceBatch: Operation<SpaceBatchProblem> = /* @__PURE__ */ soleOperation({
  name: 'space-batch/blocks',
  why: 'the one kernel for spaceToBatch and batchToSpace',
  wgsl: shader.code,
  summary: ({ to, batch, axes, inner }) => `${[batch, ...axes.map(({ size }) => size), inner].join('x')} ${to}`,
  step({ to, batch, axes, inner }, _tile, _epilogue, target) {
    const lanes = inner % 4 === 0 ? 4 : 1;
    const isToBatch = to === 'batch';
    const images = axes.map(({ size }) => size);
    const parts = partSizes(axes);
    const blocks = axes.map(({ block }) => block);
    const all = isToBatch ? [batch, ...blocks, ...parts, inner] : [batch, ...images, inner];
    const count = sizeOf(all) / lanes;
    return flatStep(target, {
      kernel: 'space-batch/blocks',
      shader,
      sizes: `${[batch, ...images, inner].join('x')} by ${blocks.join('x')} to ${to}`,
      knobs: { RANK: axes.length, TO_BATCH: isToBatch },
      aliases: { V: vectorType(lanes) },
      uniforms: {
        count,
        batch,
        inner: inner / lanes,
        image_sizes: images.toReversed(),
        part_sizes: parts.toReversed(),
        blocks: blocks.toReversed(),
        before: axes.map(({ before }) => before).toReversed(),
      },
      invocations: count,
    });
  },
});

/** The same as one copy for each place within a block; copies can be cut. They write nothing around the images. */
export function partCopies({ to, batch, axes, inner }: SpaceBatchProblem): readonly CopyProblem[] {
  const isToBatch = to === 'batch';
  const parts = partSizes(axes);
  const partStrides = stridesOf([batch, ...parts, inner]);
  const imageStrides = stridesOf([batch, ...axes.map(({ size }) => size), inner]);
  const count = sizeOf(axes.map(({ block }) => block));
  return Array.from({ length: count }, (_, k): CopyProblem => {
    let rest = k;
    const sizes: number[] = [inner];
    const strides: number[] = [1];
    let partOffset = k * batch * partStrides[0];
    let imageOffset = 0;
    for (const [axis, { size, block, before }] of [...axes.entries()].toReversed()) {
      const remainder = rest % block;
      rest = Math.floor(rest / block);
      // What was put around the image is not copied.
      const skipped = Math.ceil(Math.max(before - remainder, 0) / block);
      const first = skipped * block + remainder - before;
      sizes.unshift(Math.max(Math.ceil((size - first) / block), 0));
      strides.unshift(imageStrides[axis + 1] * block);
      partOffset += skipped * partStrides[axis + 1];
      imageOffset += first * imageStrides[axis + 1];
    }
    const image = { strides: [imageStrides[0], ...strides], offset: imageOffset };
    const part = { strides: partStrides, offset: partOffset };
    const box = [batch, ...sizes];
    return isToBatch ? { sizes: box, x: image, output: part } : { sizes: box, x: part, output: image };
  }).filter(({ sizes }) => !sizes.includes(0));
}
