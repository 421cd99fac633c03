/**
 * Twin of shaders/copy.wgsl.
 *
 * @module
 */
import shader from '../../shaders/copy.wgsl';
import { sizeOf } from '../conv/check';
import type { Step } from '../step';
import { inLanes, lanesOf, nestSizes, nestStrides, shortestNest, vectorType } from './axes';
import { flatStep } from './flat-step';
import type { Target } from './kernel';

/** How a tensor's elements are reached: element [i, j, ...] is at offset + i * strides[0] + j * strides[1] + ... */
export interface View {
  readonly strides: readonly number[];
  /** Default 0. */
  readonly offset?: number;
}

/**
 * The dispatch that copies a box of elements from one view to another.
 *
 * @param sizes of the box, at most 8 axes
 */
export function copyStep(sizes: readonly number[], x: View, output: View, target: Target): Step {
  const scalars = shortestNest(sizes, x.strides, output.strides);
  const offsets = [x.offset ?? 0, output.offset ?? 0];
  const lanes = lanesOf(scalars, offsets);
  const nest = inLanes(scalars, lanes);
  const count = sizeOf(sizes) / lanes;
  return flatStep(target, {
    kernel: 'copy/strided',
    shader,
    sizes: sizes.join('x'),
    knobs: { RANK: nest.length },
    aliases: { V: vectorType(lanes) },
    uniforms: {
      count,
      x_offset: offsets[0] / lanes,
      output_offset: offsets[1] / lanes,
      sizes: nestSizes(nest),
      x_strides: nestStrides(nest, 0),
      output_strides: nestStrides(nest, 1),
    },
    invocations: count,
  });
}
